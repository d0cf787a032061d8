package change

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
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
	set = newSet(editable, sc.Left)
	for _, r := range all {
		w := editable.Same(r.Workload)
		if w == nil {
			continue
		}
		no, file, err := resize(editable, w, r)
		for _, one := range no {
			refused = append(refused, Refused{r.Workload.Title, one})
		}
		switch {
		case err == nil:
		case sc.Left.Given == 0:
			return nil, nil, err
		default:
			sc.Left.Add(file.Name, err)
		}
	}
	return set, refused, nil
}

// Carriable says whether any change has a place in what was read; otherwise they are for what submits the application.
func Carriable(all []Resizing) bool {
	return slices.ContainsFunc(all, func(r Resizing) bool {
		edits, _ := carry.Edits(&r.Workload.Workload, r.Conf, r.Pods)
		return len(edits) > 0
	})
}

// resize makes the changes of one workload. A change that its file does not take, such as one inside an anchor, is refused
// and the others are made, as fix does with findings. An error is about the file that it gives.
func resize(sc *scene.Scene, w *scene.Workload, r Resizing) (refused []carry.Refusal, at *source.File, err error) {
	conf := slices.DeleteFunc(slices.Clone(r.Conf), func(c spark.Change) bool {
		edits, _ := carry.Edits(&w.Workload, []spark.Change{c}, nil)
		return refusedAlone(sc, edits, c.Key, &refused)
	})
	pods := slices.DeleteFunc(slices.Clone(r.Pods), func(c spark.PodChange) bool {
		edits, _ := carry.Edits(&w.Workload, nil, []spark.PodChange{c})
		return refusedAlone(sc, edits, c.Name()+" of the "+string(c.Role), &refused)
	})
	edits, no := carry.Edits(&w.Workload, conf, pods)
	refused = append(refused, no...)
	for _, e := range edits {
		file := sc.FileOf(e.Doc)
		if file == nil {
			continue // only pods were seen: it was refused
		}
		if err := file.Edit(e.Doc, e.Ops); err != nil {
			return refused, file, err
		}
	}
	return refused, nil, nil
}

// refusedAlone says whether a file does not take the edits that one change makes, and notes why.
func refusedAlone(sc *scene.Scene, edits []carry.Edit, key string, refused *[]carry.Refusal) bool {
	for _, e := range edits {
		file := sc.FileOf(e.Doc)
		if file == nil {
			continue
		}
		if at, why := file.Refused(e.Doc, [][]patch.Op{e.Ops}); at >= 0 {
			*refused = append(*refused, carry.Refusal{Key: key, Reason: why})
			return true
		}
	}
	return false
}
