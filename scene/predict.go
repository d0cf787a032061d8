package scene

import (
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
)

// predict finds the pod that will be made for the subject, which is what rules judge, once somebody asks for it.
func (s *Subject) predict() {
	doc, slot, sc := s.Doc, s.Slot, s.scene
	if s.Live || doc.Dockerfile != nil {
		s.predicted = func() *pod.Pod { return nil }
		return
	}
	s.predicted = sync.OnceValue(func() *pod.Pod {
		// Where the owner speaks of the pod in a place of its own, its settings need not be known.
		if slot.Section == nil && slot.ConfRest(sc.related.texts) != "" {
			return nil
		}
		made, _ := launcher.Predict(doc, slot)
		return made
	})
}

// model is the subject that stands for this one: itself, or its twin.
func (s *Subject) model() *Subject {
	if s.twin != nil {
		return s.twin
	}
	return s
}

// unseen says why the pod that will be made for the subject cannot be told; "" where it can, or where there is none.
func (s *Subject) unseen() string {
	made := s.model().Pod()
	switch {
	case made != nil:
	case s.Live || s.Slot.Template != nil || s.Slot.Served || s.Doc.Dockerfile != nil:
		return ""
	default:
		return "the object that starts it is not in the input"
	}
	for _, u := range made.Unknown {
		if len(u.Path) == 0 {
			return u.Reason
		}
	}
	return ""
}

// made says that rules judge the predicted pod.
func (s *Subject) made() bool { return s.model().Pod() != nil && s.unseen() == "" }

// shows is the pod or template that rules judge, and who it is; nil where there is none.
func (s *Subject) shows() (t *corev1.PodTemplateSpec, raw []byte, who spark.Identity) {
	if s.made() {
		made := s.Pod()
		return made.Template, made.Raw, made.Identity
	}
	return s.Slot.Template, s.Slot.Raw, s.Slot.Identity
}

// Inputs are the subject as rules want it: the pod that it becomes and, where that is another one, the template as it is
// written, for the rules that speak of templates. Only, Skip and Want of in hold for both.
func (s *Subject) Inputs(want Wanted) (inputs []Judging, notes []string) {
	in, notes := s.Input(want.Profile)
	in.Only = want.Only
	in.Skip = append(in.Skip[:len(in.Skip):len(in.Skip)], want.Skip...)
	first := Judging{Input: in, Carried: s.made()}
	if !s.made() {
		return []Judging{first}, notes
	}
	var written []string
	for _, r := range want.Set.Rules() {
		if !r.Written {
			continue
		}
		first.Skip = append(first.Skip, r.Code)
		if in.Only == nil || namesRule(in.Only, r.Code) {
			written = append(written, r.Code)
		}
	}
	if written == nil || s.Slot.Template == nil {
		return []Judging{first}, notes
	}
	second := Judging{Input: in}
	second.Template, second.Raw, second.Identity = s.Slot.Template.DeepCopy(), s.Slot.Raw, s.Slot.Identity
	second.Only, second.Submitted = written, s.Slot.Submitted
	return []Judging{first, second}, notes
}

// Judging is one view of a subject.
type Judging struct {
	rule.Input
	// Carried says that the template is a predicted pod: its edits are carried to where its owner has its fields.
	Carried bool
}

// namesRule says whether a list names a rule or a part of it.
func namesRule(list []string, code string) bool {
	return slices.ContainsFunc(list, func(entry string) bool { return entry == code || strings.HasPrefix(entry, code+"/") })
}

// confFolder is what is mounted into the configuration folder of the pod; nil where that cannot be told.
func (s *Subject) confFolder() *workload.ConfFolder {
	t, _, who := s.shows()
	if t == nil || who.Container < 0 || who.Container >= len(t.Spec.Containers) {
		return nil
	}
	return workload.ConfFolderOf(s.Doc.Namespace, t, who.Container)
}
