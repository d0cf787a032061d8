package plugin

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/cli-runtime/pkg/resource"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// files diagnoses what -f names. Of a file only what rules need is kept: it may be one of thousands.
func (o *doctorOptions) files(ctx context.Context, d *diagnosis) error {
	marks, err := namespaceMarks(o.namespaceFile)
	if err != nil {
		return err
	}
	d.marks = func(string) rule.Marks { return marks }
	d.file = map[*workload.Document]string{}
	d.around = newAround()
	var docs []*workload.Document
	fold := workload.NewFold()
	d.left, err = o.each(ctx, o.In, func(file *workload.File) error {
		if err := d.around.file(file); err != nil {
			return err
		}
		kept := false
		if file.Piece && d.opened != nil {
			return file.Editable()
		}
		for _, doc := range file.Docs {
			withConf(doc, file.Name)
			if file.Piece && fold.Into(doc) {
				continue
			}
			if doc.Spark() || len(doc.Notes) > 0 {
				kept = true
				d.file[doc] = file.Name
				docs = append(docs, doc)
			}
		}
		if kept && d.opened != nil {
			d.opened(file)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := d.left.nothing(o.ErrOut); err != nil {
		return err
	}
	d.around.known(len(d.left.errs) == 0)
	for _, doc := range docs {
		d.unread(doc)
	}
	workload.GiveToReaders(docs)
	for _, w := range workload.Group(docs) {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.each(&w)
	}
	return nil
}

// withConf gives the configuration of a file or ConfigMap the places that it is for, so that rules see it: the one pod
// template for a role that stands beside it, else a place without a template.
func withConf(doc *workload.Document, file string) {
	if doc.Conf == nil || len(doc.Slots) > 0 && doc.Kind != "ConfigMap" {
		return
	}
	if doc.Name == "" {
		doc.Name = file
	}
	held := len(doc.Slots)
	for _, role := range workload.ConfRoles(doc.Conf) {
		at := -1
		for i := range doc.Slots[:held] {
			if s := &doc.Slots[i]; s.Role == role && s.Missing {
				return // it was done before
			} else if s.Role == role && at >= 0 {
				at = held // one of several: which of them the configuration is for is not known
			} else if s.Role == role {
				at = i
			}
		}
		if at >= 0 && at < held {
			if doc.Slots[at].Conf == nil {
				doc.Slots[at].Conf = doc.Conf
			}
			continue
		}
		id := spark.Identity{Role: role, Launcher: spark.Native, Container: -1, Certain: true, Finite: true}
		doc.Slots = append(doc.Slots, workload.Slot{Role: role, Launcher: spark.Native, Version: workload.VersionOfConf(doc.Conf), Identity: id, Conf: doc.Conf, Missing: true})
	}
}

// live diagnoses what the API server has.
func (o *doctorOptions) live(ctx context.Context, d *diagnosis) error {
	reader, err := o.reader()
	if err != nil {
		return err
	}
	namespace, _, err := o.flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return fmt.Errorf("read the kubeconfig: %w", err)
	}
	collector := workload.NewCollector()
	var gaps []cluster.Gap
	if len(o.args) > 0 {
		err = o.named(ctx, reader, namespace, func(raw []byte) error { return o.add(d, collector, raw) })
	} else {
		scope := cluster.Scope{Namespace: namespace, Selector: o.selector}
		if o.allNamespaces {
			scope.Namespace = ""
		}
		gaps, err = reader.Workloads(ctx, scope, func(raw []byte) error {
			if finished(raw) {
				return nil
			}
			return o.add(d, collector, raw)
		})
	}
	if err != nil {
		return err
	}
	texts := workload.Texts{}
	if err := o.facts(ctx, d, reader, collector, texts, &gaps); err != nil {
		return err
	}
	all := collector.Workloads()
	where := namespace
	if o.allNamespaces {
		where = ""
	}
	var more []cluster.Gap
	if d.around, more, err = aroundLive(ctx, reader, where, all, texts); err != nil {
		return err
	}
	gaps = append(gaps, more...)
	for _, doc := range d.doubtful {
		d.unread(doc)
	}
	known := map[string]rule.Marks{}
	refused := false
	d.marks = func(name string) rule.Marks {
		marks, ok := known[name]
		if !ok && !refused {
			var gap *cluster.Gap
			if marks, gap = reader.Namespace(ctx, name); gap != nil {
				gaps = append(gaps, *gap)
				refused = true
			}
			known[name] = marks
		}
		return marks
	}
	for _, w := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.each(&w)
	}
	for _, gap := range gaps {
		missing := report.Missing{Verb: gap.Verb, Group: gap.Group, Resource: gap.Resource, Namespace: gap.Namespace, Reason: gap.Reason(), Grant: gap.Grant(), NeededBy: []string{}}
		if gap.Fact != nil {
			missing.NeededBy = needers(d.set, gap.Fact)
		}
		d.report.Coverage.Missing = append(d.report.Coverage.Missing, missing)
	}
	return ctx.Err()
}

// facts reads what the workloads that were found need beyond themselves.
func (o *doctorOptions) facts(ctx context.Context, d *diagnosis, reader *cluster.Reader, collector *workload.Collector, texts workload.Texts, gaps *[]cluster.Gap) error {
	var gap *cluster.Gap
	if d.processors, gap = reader.LargestNode(ctx); gap != nil {
		*gaps = append(*gaps, *gap)
	}
	unread, err := readConfigMap(reader.ConfigMap).configMaps(ctx, collector.ConfigMaps(), maxDriverMaps, func(ref workload.Ref, raw []byte) error {
		if raw == nil {
			texts.Missing(ref)
		} else if doc := o.document(d, raw); doc != nil {
			collector.Add(doc)
			texts.Add(doc)
		}
		return nil
	})
	for i := range unread {
		unread[i].Fact = rule.FactConf
	}
	*gaps = append(*gaps, unread...)
	return err
}

// add hands one live object to the collector. One that cannot be read is named, and the others go on.
func (o *doctorOptions) add(d *diagnosis, collector *workload.Collector, raw []byte) error {
	if doc := o.document(d, raw); doc != nil {
		collector.Add(doc)
	}
	return nil
}

func (o *doctorOptions) document(d *diagnosis, raw []byte) *workload.Document {
	at := patch.Path{"metadata", "managedFields"}
	if _, ok := patch.Lookup(raw, at); ok {
		if slim, err := patchjson.Apply(raw, []patch.Op{{Op: patch.Remove, Path: at.Pointer()}}); err == nil {
			raw = slim
		}
	}
	doc, err := workload.FromObject(raw)
	if err != nil {
		d.notes = append(d.notes, "not looked at: "+err.Error())
		d.report.Coverage.NotChecked = append(d.report.Coverage.NotChecked, report.NotChecked{Reason: err.Error()})
		return nil
	}
	if len(doc.Unread(nil)) > 0 {
		d.doubtful = append(d.doubtful, doc)
	}
	return doc
}

// finished tells pods that have ended: what they were is a matter of their next run's configuration.
func finished(raw []byte) bool {
	phase, ok := patch.Lookup(raw, patch.Path{"status", "phase"})
	return ok && (string(phase) == `"Succeeded"` || string(phase) == `"Failed"`)
}

// named reads the objects that the arguments name.
func (o *doctorOptions) named(ctx context.Context, reader *cluster.Reader, namespace string, visit func(raw []byte) error) error {
	result := resource.NewBuilder(o.flags).Unstructured().NamespaceParam(namespace).DefaultNamespace().
		ResourceTypeOrNameArgs(false, o.args...).RequestChunksOf(500).Flatten().Latest().Do()
	return reader.Answered(ctx, result.Visit(func(info *resource.Info, err error) error {
		if err != nil {
			return err
		}
		raw, err := json.Marshal(info.Object)
		if err != nil {
			return err
		}
		return visit(raw)
	}))
}
