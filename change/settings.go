package change

import (
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
)

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
func Resize(sc *scene.Scene, all []Resizing) (set *Set, refused []Refused, err error) {
	editable, err := sc.Editable()
	if err != nil {
		return nil, nil, err
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
					return nil, nil, err
				}
				sc.Left.Add(file.Name, err)
				continue
			}
		}
	}
	return set, refused, nil
}
