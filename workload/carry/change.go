package carry

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Edit is what becomes of one document: operations for File.Edit.
type Edit struct {
	Doc *workload.Document
	Ops []patch.Op
}

// Edits turns changes of a workload's configuration and of its containers into edits of the documents that hold them,
// each document once. What has no form there is refused, by the key or by the name of the change and its role.
func Edits(w *workload.Workload, conf []spark.Change, pods []spark.PodChange) (edits []Edit, refused []Refusal) {
	add := func(doc *workload.Document, ops []patch.Op) {
		for i := range edits {
			if edits[i].Doc == doc {
				edits[i].Ops = append(edits[i].Ops, ops...)
				return
			}
		}
		if len(ops) > 0 {
			edits = append(edits, Edit{doc, ops})
		}
	}
	now := map[*workload.Document]*workload.Document{} // as they stand behind the edits
	if len(conf) > 0 {
		doc := w.Owner()
		if doc == nil {
			refused = append(refused, Refusal{"the configuration", "spark-submit made its pods, and no object here holds it: submit with --conf"})
		} else {
			ops, no := ConfOps(doc, conf)
			add(doc, ops)
			refused = no
			now[doc], _ = behind(doc, ops) // each change was tried
		}
	}
	for _, c := range pods {
		who, why := c.Name()+" of the "+string(c.Role), "only pods were seen, not what makes them"
		if s := templateOf(w, c.Role); s != nil {
			doc := now[s.Doc]
			if doc == nil {
				doc = s.Doc
			}
			var ops []patch.Op
			if ops, why = podOps(doc, &doc.Slots[s.Index], c); why == "" {
				if now[s.Doc], why = behind(doc, ops); why == "" {
					add(s.Doc, ops)
					continue
				}
			}
		}
		refused = append(refused, Refusal{who, why})
	}
	return edits, refused
}

func behind(d *workload.Document, ops []patch.Op) (next *workload.Document, why string) {
	next, err := source.Edited(d, ops)
	if err != nil {
		return d, "the edit is not possible: " + err.Error()
	}
	return next, ""
}

// podOps changes one variable or resource of a slot's container. Of a variable that stands several times the last counts.
func podOps(d *workload.Document, s *workload.Slot, c spark.PodChange) (ops []patch.Op, why string) {
	raw, at := d.Raw, s.At.With("spec", "containers", strconv.Itoa(s.Identity.Container))
	if s.Embedded {
		raw, at = s.Raw, patch.Path{"spec", "containers", strconv.Itoa(s.Identity.Container)}
		ops, why = containerOps(raw, at, s, c)
		return patch.Prefix(ops, s.At), why
	}
	return containerOps(raw, at, s, c)
}

func containerOps(raw []byte, at patch.Path, s *workload.Slot, c spark.PodChange) (ops []patch.Op, why string) {
	if c.Resource != "" {
		place := at.With(append([]string{"resources"}, strings.Split(c.Resource, ".")...)...)
		if !c.Unset {
			return []patch.Op{patch.Put(raw, place, patch.Text(c.Value))}, ""
		}
		if _, stands := patch.Lookup(raw, place); !stands {
			return nil, ""
		}
		return []patch.Op{{Op: patch.Remove, Path: place.Pointer()}}, ""
	}
	env := s.Template.Spec.Containers[s.Identity.Container].Env
	for i := len(env) - 1; i >= 0; i-- {
		switch one := at.With("env", strconv.Itoa(i)); {
		case env[i].Name != c.Env:
		case env[i].ValueFrom != nil:
			return nil, "its value comes from elsewhere"
		case c.Unset:
			return []patch.Op{{Op: patch.Remove, Path: one.Pointer()}}, ""
		default:
			return []patch.Op{patch.Put(raw, one.With("value"), patch.Text(c.Value))}, ""
		}
	}
	if c.Unset {
		return nil, ""
	}
	entry, _ := json.Marshal(map[string]string{"name": c.Env, "value": c.Value})
	if len(env) == 0 {
		return []patch.Op{patch.Put(raw, at.With("env"), json.RawMessage("["+string(entry)+"]"))}, ""
	}
	return []patch.Op{{Op: patch.Add, Path: at.With("env", "-").Pointer(), Value: entry}}, ""
}

// templateOf is the owner's template of a role.
func templateOf(w *workload.Workload, role spark.Role) *workload.Subject {
	for i := range w.Subjects {
		if s := &w.Subjects[i]; !s.Live && s.Slot.Role == role && s.Slot.Template != nil && s.Slot.Identity.Container >= 0 {
			return s
		}
	}
	return nil
}
