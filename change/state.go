package change

import (
	"github.com/kubectl-spark/kubectl-spark/change/made"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// subjectState is what is known of a subject while it is fixed. A set of codes is nil until it holds one.
type subjectState struct {
	shown    map[string]bool          // codes found in pods that are judged in its place; nil where none are
	reported map[string]int           // codes that were told, each with the number of its last outcome
	carried  map[string]bool          // codes whose edits it was given, as an owner
	begun    map[string][]made.Change // what was changed in settings for codes, before edits of the pod that they also want
	left     map[string]bool          // codes that are found once all is changed; nil until that was looked for

	views [][]graded // what was found in each view of it; nil where that is not known
	edits [2]int     // how often its documents had been edited then
}

// workloadState is what is known of a workload.
type workloadState struct {
	taken  map[fault]bool // whether a finding of a fault is at the lowest level or above; no entry where none was found
	judged *judged        // for those whose twin it is; nil where it is no example
	led    *led           // so is this
}

// documentState is what was done in a document.
type documentState struct {
	edits   int // so often
	touches []touch
	as      *workload.Document // that it was edited as; nil where it was edited by itself
}

func (f *fixer) subject(s *scene.Subject) *subjectState { return entry(f.subjects, s) }

func (f *fixer) workload(w *scene.Workload) *workloadState { return entry(f.workloads, w) }

func (s *Set) document(d *workload.Document) *documentState { return entry(s.documents, d) }

// entry is the value of a key, a new one where there is none yet.
func entry[K comparable, V any](of map[K]*V, key K) *V {
	value := of[key]
	if value == nil {
		value = new(V)
		of[key] = value
	}
	return value
}

// note adds a code to a set of them.
func note(codes *map[string]bool, code string) {
	if *codes == nil {
		*codes = map[string]bool{}
	}
	(*codes)[code] = true
}
