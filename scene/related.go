package scene

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene/configmap"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/crd"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// maxConfigMaps bounds how many mounted ConfigMaps are read, one call each, beyond the drivers' own.
const maxConfigMaps = 200

// related is what other objects say of workloads.
type related struct {
	neighbours *neighbour.Set
	texts      workload.Texts
	operator   *neighbour.Operator // nil: not known
	configMaps *configmap.Reader   // of a cluster
	notRead    []NotRead           // objects that are not as they have to be
}

func newRelated() *related {
	return &related{neighbours: neighbour.New(), texts: workload.Texts{}}
}

// file takes it from the documents that stand beside the workloads; after an error nothing was taken.
func (a *related) file(file *source.File) error {
	for _, set := range []*neighbour.Set{neighbour.New(), a.neighbours} { // tried out first
		for _, d := range file.Docs {
			if err := set.Add(d.APIVersion, d.Kind, d.Raw); err != nil {
				line := d.Line
				if of := (*patch.TypeError)(nil); errors.As(err, &of) {
					line = d.LineOf(of.At)
				}
				return fmt.Errorf("%s:%d: %w", file.Name, max(line, 1), err)
			}
		}
	}
	for _, d := range file.Docs {
		a.texts.Add(d)
	}
	return nil
}

// known ends the taking: in files that were left out there may be more.
func (a *related) known(whole bool) {
	if !whole {
		a.neighbours.Cut("", "", "files were left out")
	}
}

// live reads it from the server, in a number of calls that does not grow with the pods. Who asks for nodes, or for none,
// computes sizes: of the neighbours only Services are read then.
func (a *related) live(ctx context.Context, reader *cluster.Reader, scope Scope, all []workload.Workload) ([]cluster.Gap, error) {
	if len(all) == 0 {
		return nil, nil
	}
	var gaps []cluster.Gap
	var err error
	if scope.Nodes || scope.NoNodes {
		gaps, err = reader.Exposure(ctx, scope.Namespace, a.neighbours)
	} else {
		gaps, err = reader.Neighbours(ctx, cluster.Scope{Namespace: scope.Namespace, Servers: workload.WriteEventLogs(all)}, a.neighbours)
	}
	if err != nil {
		return nil, err
	}
	more, err := a.readTexts(ctx, all)
	if err != nil {
		return nil, err
	}
	gaps = append(gaps, more...)
	if works, why := a.neighbours.OperatorWebhook(); works != spark.Unknown {
		a.operator = &neighbour.Operator{Webhook: works, Why: why}
	}
	return gaps, ctx.Err()
}

// readTexts reads the ConfigMaps that are mounted into configuration folders and were not read yet.
func (a *related) readTexts(ctx context.Context, all []workload.Workload) (gaps []cluster.Gap, err error) {
	var refs []workload.Ref
	seen := map[workload.Ref]bool{}
	for _, w := range all {
		for _, s := range w.Subjects {
			wanted := s.Slot.ConfMaps()
			if folder := confFolder(s.Doc, s.Slot); folder != nil {
				for _, part := range folder.ConfigMaps {
					wanted = append(wanted, part.Ref)
				}
			}
			for _, ref := range wanted {
				if _, read := a.texts[ref]; !read && !seen[ref] {
					seen[ref] = true
					refs = append(refs, ref)
				}
			}
		}
	}
	gaps, err = a.configMaps.All(ctx, refs, maxConfigMaps, func(ref workload.Ref, raw []byte) error {
		if raw == nil {
			a.texts.Missing(ref)
		} else if doc, err := launcher.FromObject(raw); err != nil {
			a.notRead = append(a.notRead, NotRead{Object: "configmap " + ref.Namespace + "/" + ref.Name, Reason: err.Error()})
		} else {
			a.texts.Add(doc)
		}
		return nil
	})
	for i := range gaps {
		gaps[i].Fact = rule.FactFiles
	}
	return gaps, err
}

func confFolder(doc *workload.Document, slot *workload.Slot) *workload.ConfFolder {
	if slot.Template == nil || slot.Identity.Container < 0 {
		return nil
	}
	return workload.ConfFolderOf(doc.Namespace, slot.Template, slot.Identity.Container)
}

// fill completes a subject's facts.
func (a *related) fill(facts *rule.Facts, s *Subject) {
	if folder := s.confFolder(); folder != nil {
		if text := a.texts.Files(folder); text != nil {
			rule.Put(facts, rule.FactFiles, rule.Files{Text: text, Whole: folder.Whole})
		}
	}
	pod, _, _ := s.shows()
	if s.unseen() != "" || s.Slot.Embedded {
		pod = nil // the pods carry labels that their template does not show
	}
	a.neighbours.Put(facts, s.Doc.Namespace, pod)
	s.scene.logs().Put(facts, s.Doc.Namespace)
	var fields []string // which hang on the operator's webhook
	for _, field := range s.Slot.Defaulted {
		fields = append(fields, field.Path.Field())
	}
	neighbour.PutOperator(facts, a.operator.For(fields, s.Live))
	if schemas, err := crd.New(); err == nil {
		schemas.Put(facts, s.Doc.APIVersion, s.Doc.Kind, s.Doc.Raw)
	}
}

// eventLogs is where the workloads write event logs, and read them. Of applications no pod is predicted for it.
func (sc *Scene) eventLogs() (logs neighbour.EventLogs) {
	for _, w := range sc.Workloads {
		for _, s := range w.Judged() {
			t, who, files := s.Slot.Template, s.Slot.Identity, map[string]string(nil)
			if s.Slot.Role == spark.History {
				t, _, who = s.shows()
				files = sc.related.texts.Files(s.confFolder())
			}
			logs.Add(s.Slot.Role, neighbour.LogUser{Namespace: s.Doc.Namespace, Name: w.Title, Version: w.Version}, t, who.Container, s.Slot.Conf, files)
		}
	}
	logs.AddOthers(sc.related.neighbours)
	return logs
}
