package change

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Edited is what was done to one object.
type Edited struct {
	File       string     `json:"file"`
	APIVersion string     `json:"apiVersion"`
	Kind       string     `json:"kind"`
	Namespace  string     `json:"namespace,omitempty"`
	Name       string     `json:"name"`
	Operations []patch.Op `json:"operations"`
}

func edited(file *source.File, doc *workload.Document, ops []patch.Op) Edited {
	return Edited{file.Name, doc.APIVersion, doc.Kind, doc.Namespace, doc.Name, append([]patch.Op{}, ops...)}
}

// Resizing is what is recommended for one workload.
type Resizing struct {
	Workload *scene.Workload
	Conf     []spark.Change
	Pods     []spark.PodChange
}

// Refused is a recommendation that has no form where the workload stands.
type Refused struct {
	Title string
	carry.Refusal
}

// Resize makes, in memory, recommended changes of configurations and containers in the objects that hold them.
func Resize(sc *scene.Scene, all []Resizing) (set *Set, made []Edited, refused []Refused, err error) {
	editable, err := sc.Editable()
	if err != nil {
		return nil, nil, nil, err
	}
	set = &Set{Scene: editable, left: sc.Left}
	for _, r := range all {
		w := editable.Same(r.Workload)
		if w == nil {
			continue
		}
		edits, no := carry.Edits(&w.Workload, r.Conf, r.Pods)
		for _, one := range no {
			refused = append(refused, Refused{r.Workload.Title, one})
		}
		for _, e := range edits {
			file := editable.FileOf(e.Doc)
			if file == nil {
				continue // only pods were seen: it was refused
			}
			if err := file.Edit(e.Doc, e.Ops); err != nil {
				if sc.Left.Given == 0 {
					return nil, nil, nil, err
				}
				sc.Left.Add(file.Name, err)
				continue
			}
			made = append(made, edited(file, e.Doc, e.Ops))
		}
	}
	made = slices.DeleteFunc(append([]Edited{}, made...), func(e Edited) bool { return sc.Left.Has(e.File) })
	return set, made, refused, nil
}
