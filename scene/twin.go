package scene

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// compare says of each workload which one before it is its twin, and predicts the pods of the others where they are to be edited:
// later a document is no longer what they were made of.
func (sc *Scene) compare() {
	first := map[*workload.Document]*Workload{}
	for _, w := range sc.Workloads {
		if of := w.original(); of != nil {
			if before := first[of]; before == nil {
				first[of] = w
			} else if w.sameAs(before) {
				w.Twin, before.Example = before, true
				for i, s := range w.Subjects {
					s.twin = before.Subjects[i]
				}
			}
		}
		if w.Twin == nil && !sc.lazy {
			for _, s := range w.Subjects {
				s.Pod()
			}
		}
	}
}

// original is the document that stands for all that are its twins, which may be the workload's own; nil where the workload is more than
// such a document.
func (w *Workload) original() *workload.Document {
	if len(w.Subjects) == 0 {
		return nil
	}
	d := w.Subjects[0].Doc
	for _, s := range w.Subjects {
		if s.Live || s.Doc != d {
			return nil
		}
	}
	if w.Name != d.Name || w.ConfDoc != nil && w.ConfDoc != d {
		return nil
	}
	if d.Twin != nil {
		return d.Twin
	}
	return d
}

// Separate makes a workload one that is judged by itself.
func (w *Workload) Separate() {
	w.Twin = nil
	for _, s := range w.Subjects {
		s.twin = nil
		if !s.scene.lazy {
			s.Pod() // as the document stands now
		}
	}
}

// sameAs says that nothing beside the documents of two twins tells of the one what it does not tell of the other.
func (w *Workload) sameAs(other *Workload) bool {
	sc := w.Subjects[0].scene
	if len(w.Subjects) != len(other.Subjects) || !sameObject(w.Subjects[0].Doc, other.Subjects[0].Doc) || sc.lives.knows(w) || sc.lives.knows(other) {
		return false
	}
	for i, s := range w.Subjects {
		as := other.Subjects[i]
		if s.File != as.File || s.Slot.Role != as.Slot.Role || s.Shown != as.Shown || s.shared != as.shared || s.Slot.At.Pointer() != as.Slot.At.Pointer() {
			return false
		}
		t, raw, _ := as.shows()
		if spec, _ := patch.Lookup(raw, patch.Path{"spec"}); bytes.Contains(spec, []byte(other.Name)) {
			return false // it names objects by it
		}
		if t != nil && sc.related.neighbours.Selects(s.Doc.Namespace) && !sc.related.neighbours.SelectsBoth(s.Doc.Namespace, t, renamed(t, other.Name, w.Name)) {
			return false
		}
	}
	return true
}

// sameObject says that two objects still differ in their names alone: one may have been edited since it was read.
func sameObject(a, b *workload.Document) bool {
	at, end := bytes.Index(a.Raw, []byte(a.Name)), len(a.Name)
	return at >= 0 && len(a.Raw) == len(b.Raw) && len(a.Name) == len(b.Name) && bytes.Equal(a.Raw[:at], b.Raw[:at]) && bytes.Equal(a.Raw[at+end:], b.Raw[at+end:])
}

// renamed is a pod whose labels have another name.
func renamed(t *corev1.PodTemplateSpec, old, name string) *corev1.PodTemplateSpec {
	next := *t
	next.Labels = maps.Clone(t.Labels)
	for key, value := range next.Labels {
		if strings.Contains(value, old) {
			next.Labels[key] = strings.ReplaceAll(value, old, name)
		}
	}
	return &next
}

// knows says that something is known to have happened to a workload.
func (l *lives) knows(w *Workload) bool {
	return len(l.about[w]) > 0 || slices.ContainsFunc(w.Subjects, func(s *Subject) bool { return l.bySubject[w][s.ID()] != nil })
}
