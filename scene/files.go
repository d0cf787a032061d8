package scene

import (
	"context"
	"time"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene/stream"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Files makes the scene of files. Of a file only what rules need is kept: it may be one of thousands.
func Files(ctx context.Context, in Input) (*Scene, error) {
	sc := &Scene{edit: in.Edit, lazy: !in.Edit, everywhere: in.Namespace, related: newRelated(), lives: newLives(time.Time{}), templates: source.Templates{}, files: map[*workload.Document]*source.File{}, fileName: map[*workload.Document]string{}}
	sc.related.neighbours.Everywhere(in.Namespace)
	fold := workload.NewFold()
	looked := unrecognised{}
	var err error
	if !in.Edit {
		in.counts = func(kind string, raw []byte) func() bool {
			if model.Happened(raw) { // each is judged by itself
				return nil
			}
			return fold.Counts(kind, raw)
		}
	}
	take := func(file *source.File) {
		if file.Name != StandardInput {
			stream.WithFolder(file)
		}
		kept := false
		for _, doc := range file.Docs {
			withConf(doc, file.Name)
			sc.lives.file(doc)
			sc.Aside.Add(doc)
			looked.add(doc, file.Name)
			if doc.Kind == "Namespace" && doc.APIVersion == "v1" {
				sc.Namespaces = append(sc.Namespaces, Namespace{doc.Name, rule.Marks{Labels: doc.Meta.Labels, Annotations: doc.Meta.Annotations}})
			}
			if file.Piece {
				if first, _ := fold.Into(doc); first != nil {
					continue
				}
			}
			if !doc.Spark() && len(doc.Notes) == 0 {
				continue
			}
			kept = true
			sc.fileName[doc] = file.Name
			sc.docs = append(sc.docs, doc)
			if in.Edit {
				sc.files[doc] = file
			}
		}
		if kept && in.Edit {
			sc.Files = append(sc.Files, file)
		}
	}
	var open []*source.File // whose pods show no role: what names one as its pod template may come behind it
	sc.Left, err = in.Each(ctx, func(file *source.File) error {
		switch err := sc.related.file(file); {
		case err != nil:
			return err
		case file.Piece && in.Edit:
			return file.Editable()
		case sc.templates.Offer(file):
			open = append(open, file)
		default:
			take(file)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, doc := range sc.docs {
		sc.templates.Give(doc, sc.fileName[doc])
	}
	sc.templates.Drop()
	for _, file := range open {
		take(file)
	}
	sc.Notes = append(sc.Notes, in.below...)
	sc.related.known(sc.Left.Files() == 0)
	sc.Nodes, sc.Daemons = sc.related.neighbours.Nodes()
	for _, n := range in.Nodes {
		sc.related.neighbours.AddShape(n.Name, n.CPUMilli, n.MemoryMiB, n.Pods)
	}
	for _, doc := range sc.docs {
		sc.unread(doc)
	}
	sc.NotRead = append(sc.NotRead, looked.all()...)
	sc.group()
	return sc, nil
}

// Again makes the scene anew of its files as they stand now.
func (sc *Scene) Again() {
	for _, doc := range sc.docs {
		withConf(doc, sc.fileName[doc])
		sc.templates.Give(doc, sc.fileName[doc])
		sc.related.texts.Add(doc)
	}
	sc.group()
}

func (sc *Scene) group() {
	workload.GiveToReaders(sc.docs)
	if sc.edit {
		sc.build(workload.GroupAll(sc.docs))
		return
	}
	sc.build(workload.Group(sc.docs))
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
		doc.Slots = append(doc.Slots, workload.ConfSlot(role, doc.Conf))
	}
}

// namespace is what is known of a namespace's own labels and annotations.
func (sc *Scene) namespace(name string) rule.Marks {
	if marks, known := sc.marks[name]; known || sc.everywhere == nil {
		return marks
	}
	return *sc.everywhere
}
