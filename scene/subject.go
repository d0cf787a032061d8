package scene

import (
	"cmp"
	"fmt"
	"strings"

	runs "github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/image/model"
	life "github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

// Now is the subject as its document stands after edits; nil where it is no longer there. The place in the document
// and the role tell it, and no index.
func (s *Subject) Now() *Subject {
	withConf(s.Doc, s.scene.fileName[s.Doc])
	s.scene.templates.Give(s.Doc, s.scene.fileName[s.Doc])
	if s.Coming() {
		next, slot := *s, *s.Slot
		next.Slot = &slot
		slot.Conf, _ = next.conf()
		return &next
	}
	for i := range s.Doc.Slots {
		slot := &s.Doc.Slots[i]
		if slot.Role != s.Slot.Role || slot.At.Pointer() != s.Slot.At.Pointer() {
			continue
		}
		next := *s
		next.Slot = slot
		slot.Conf, _ = next.conf()
		next.twin = nil
		next.predict()
		next.Pod() // as the document stands now
		return &next
	}
	return nil
}

// conf is the configuration that is in effect for the subject, and the document that holds it.
func (s *Subject) conf() (spark.Conf, *workload.Document) {
	return s.Workload.ConfOf(workload.Subject{Doc: s.Doc, Shared: s.shared}, s.Slot)
}

// ConfDoc is the document that holds the subject's configuration.
func (s *Subject) ConfDoc() *workload.Document {
	_, doc := s.conf()
	return doc
}

// word writes settings as the object does that people edit for the subject.
func (s *Subject) word() func(text string, standing bool) string {
	doc := s.ConfDoc()
	if owner := s.Owner(); owner != nil && owner.Doc.Operator() != "" {
		doc = owner.Doc
	}
	return func(text string, standing bool) string { return launcher.InWords(doc, text, standing) }
}

// WordOf is what the subject's document writes for a setting: a field of a resource, or the key itself.
func (s *Subject) WordOf(key string) string { return s.word()(key, false) }

// ConfFile is the file that the subject's configuration stands in; "" where it is a live object's, or none is known.
func (s *Subject) ConfFile() string { return s.scene.fileName[s.ConfDoc()] }

// Image is the image that the subject's pods run.
func (s *Subject) Image() string {
	if made := s.Pod(); made != nil {
		return made.Template.Spec.Containers[made.Identity.Container].Image
	}
	one := workload.Subject{Doc: s.Doc, Slot: s.Slot, Live: s.Live && !s.Coming()}
	return launcher.Image(&one, s.Slot.Conf)
}

// Marks are the labels and annotations of the subject's pod.
func (s *Subject) Marks() rule.Marks {
	if t, _, _ := s.shows(); t != nil {
		return rule.Marks{Labels: t.Labels, Annotations: t.Annotations}
	}
	return rule.Marks{Labels: s.Doc.Meta.Labels, Annotations: s.Doc.Meta.Annotations}
}

// NamespaceMarks are the labels and annotations of the subject's namespace, as far as they are known.
func (s *Subject) NamespaceMarks() rule.Marks { return s.scene.namespace(s.Doc.Namespace) }

// Input is all that is known of a subject, as rules want it. profile is the one that was asked for; "" leaves it to the
// pod and its namespace. The problems are notes for the reader.
func (s *Subject) Input(profile rule.Profile) (in rule.Input, problems []string) {
	sc, slot, doc := s.scene, s.Slot, s.Doc
	template, raw, who := s.shows()
	in = rule.Input{Raw: raw, Identity: who, Submitted: slot.Submitted && !s.made(), Conf: slot.Conf, Unseen: s.unseen()}
	if s.made() {
		for _, u := range s.Pod().Unknown {
			in.Unknown = append(in.Unknown, rule.Unknown(u))
		}
	}
	if doc.Dockerfile != nil {
		in.Dockerfile = true
		rule.Put(&in.Facts, dockerfile.Fact, doc.Dockerfile)
		in.Settings, problems = rule.Resolve(rule.Marks{}, rule.Marks{}, rule.Standard)
		return in, problems
	}
	in.Word = s.word()
	sc.related.fill(&in.Facts, s)
	sc.lives.fill(&in.Facts, s)
	if s.Workload.Runs != nil {
		rule.Put(&in.Facts, runs.FactRuns, s.Workload.Runs)
	}
	for _, list := range slot.Outside {
		in.Outside = append(in.Outside, rule.Outside(list))
	}
	in.ConfRest = slot.ConfRest(sc.related.texts)
	pod := s.Marks()
	if template != nil {
		in.Template = template.DeepCopy()
	}
	in.Settings, problems = rule.Resolve(pod, sc.namespace(doc.Namespace), rule.Standard)
	if profile != "" {
		in.Profile = profile
	}
	if template != nil && who.Container >= 0 {
		digest := ""
		if doc.Kind == "Pod" && len(sc.images) > 0 {
			if status, err := status(doc); err == nil {
				digest = life.DigestOf(&status, template.Spec.Containers[who.Container].Name)
			}
		}
		if err := model.Put(&in.Facts, s.Image(), digest, pod.Annotations[rule.ImageAnnotation], sc.images); err != nil {
			problems = append(problems, err.Error())
		}
	}
	for i, p := range problems {
		problems[i] = s.Workload.Title + ": " + p
	}
	if !who.Certain && template != nil {
		problems = append(problems, fmt.Sprintf("%s: which container of the %s holds Spark is not certain (%s): only its configuration was checked", s.Workload.Title, slot.Role, who.Why))
	}
	return in, problems
}

// Places are where the subject's documents hold what a finding is about: of each the path in the object and, of what stands
// in a file, its line and column there.
func (s *Subject) Places(f rule.Finding) []rule.Place {
	places := []rule.Place{s.placed(f.Place)}
	for _, also := range f.Also {
		also.Written = f.Written
		places = append(places, s.placed(also))
	}
	return places
}

// Stands is the document that a finding stands in, and the field or setting of it; "" where that is the whole of it.
func (s *Subject) Stands(f rule.Finding) (doc *workload.Document, field string) {
	doc, at := s.stands(f.Place)
	if field = at.Field(); field == "" && f.Line > 0 {
		field = f.Key
	}
	return doc, field
}

// stands is the document that a place is in, and the path there.
func (s *Subject) stands(p rule.Place) (doc *workload.Document, at rule.Path) {
	doc, at = s.Doc, s.Slot.At.With(p.Path...)
	switch {
	case p.OfConf:
		if at = p.Path; p.Key != "" && p.Line+len(at) > 0 { // it is set, and maybe in another object
			doc = s.ConfDoc()
		} else if len(at) == 0 {
			at = s.Slot.ConfAt()
		}
	case s.made() && !p.Written:
		at, _ = s.model().Pod().Place(p.Path)
	}
	return doc, at
}

func (s *Subject) placed(p rule.Place) rule.Place {
	doc, at := s.stands(p)
	p.Path = at
	if p.File = s.scene.fileName[doc]; p.File == "" {
		p.Object, p.Line, p.Column = strings.ToLower(doc.Kind)+"/"+doc.Name, 0, 0
		return p
	}
	if doc.Properties && p.Key != "" {
		at = rule.Path{p.Key}
	}
	if s.twin != nil && p.Line > 0 {
		p.Line += s.Doc.Line - s.twin.Doc.Line // it was found in the other
	}
	if doc.Dockerfile != nil { // the rule itself says where
		return p
	}
	if line, column := doc.Position(at); p.Line == 0 || p.Line == line {
		p.Line, p.Column = line, column
	}
	return p
}

// ConfPart says why the configuration of the workload is known in part only; "" where it is the whole.
func (w *Workload) ConfPart() string {
	for _, s := range w.Subjects {
		if why := cmp.Or(s.Slot.ConfRest(s.scene.related.texts), s.Slot.HiddenSizes()); why != "" {
			return why
		}
	}
	return ""
}
