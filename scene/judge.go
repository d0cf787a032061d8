package scene

import (
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene/cause"
	"github.com/kubectl-spark/kubectl-spark/scene/hidden"
	"github.com/kubectl-spark/kubectl-spark/scene/suppress"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// Wanted says what a run asks of the rules.
type Wanted struct {
	Set     *rule.Set
	Profile rule.Profile // "" unless the user asked for one
	Only    []string     // codes, or codes with a part; nil: all
	Skip    []string     // codes, or codes with a part, that are left out
	Flags   []string     // of the run, for the commands that it prints; in the form of a shell
	Given   []string     // all that the run reads, in the same form; nil for a cluster
	Now     time.Time    // by which an annotation that suppresses a finding has expired or not
}

// Asked is how many rules the run asks for.
func (w *Wanted) Asked() (n int) {
	for _, r := range w.Set.Rules() {
		if w.Asks(r.Code) {
			n++
		}
	}
	return n
}

// Asks says that the run asks for a rule, or for a part of it.
func (w *Wanted) Asks(code string) bool {
	return !rule.Named(w.Skip, code, "") && (w.Only == nil || namesRule(w.Only, code))
}

// Verdict is what the rules say of one subject.
type Verdict struct {
	*Subject
	Findings   []rule.Finding
	Suppressed []Suppressed
	Skipped    []rule.Skip
	Checked    []string // codes of the rules that were run
	Notes      []string
}

// Suppressed is a finding that somebody decided to live with.
type Suppressed struct {
	rule.Finding
	Reason, Until string
}

// Judge runs the rules on one subject, and says which finding goes away with the fix of another one.
func (s *Subject) Judge(want Wanted) Verdict {
	v, _ := s.judge(want, func(in Judging, findings []rule.Finding) {
		if len(findings) > 1 {
			cause.Mark(want.Set, func() rule.Input { return s.again(in) }, findings)
		}
	})
	return v
}

// Find are the findings of Judge, but for what goes away with what. views are all that the rules found in each of Inputs.
func (s *Subject) Find(want Wanted) (found []rule.Finding, views [][]rule.Finding) {
	v, views := s.judge(want, func(Judging, []rule.Finding) {})
	return v.Findings, views
}

func (s *Subject) judge(want Wanted, more func(in Judging, findings []rule.Finding)) (v Verdict, views [][]rule.Finding) {
	inputs, notes := s.Inputs(want)
	v = Verdict{Subject: s, Notes: notes}
	var out rule.Diagnosis
	for _, in := range inputs {
		in.Index = patch.NewIndex(in.Raw) // for each time that rules run
		one := want.Set.Diagnose(in.Input)
		if all := s.Slot.Hidden(); len(all) > 0 {
			one = hidden.Despite(one, s.Slot.Conf, all, func(conf spark.Conf) rule.Diagnosis { return s.with(conf, want) })
		}
		more(in, one.Findings)
		for i := range one.Findings {
			one.Findings[i].Written = s.made() && !in.Carried
		}
		out.Findings, views = append(out.Findings, one.Findings...), append(views, one.Findings)
		if s.servedConf() {
			one.Skipped = slices.DeleteFunc(one.Skipped, func(skip rule.Skip) bool { return skip.Reason == rule.Needs(rule.FactConf) })
		}
		v.Skipped, v.Checked = append(v.Skipped, one.Skipped...), append(v.Checked, one.Checked...)
	}
	if s.Coming() {
		v.Notes = append(v.Notes, s.Workload.Title+": no executor was seen: of the executors the configuration was checked, and not their pods")
	}
	for _, f := range out.Findings {
		one, ignored, note := s.ignored(f.Code, f.Line, want.Now)
		if note != "" {
			v.Notes = append(v.Notes, note)
		}
		if ignored {
			one.Finding = f
			v.Suppressed = append(v.Suppressed, one)
			continue
		}
		v.Findings = append(v.Findings, f)
	}
	return v, views
}

// with is what the rules say of the subject with another configuration.
func (s *Subject) with(conf spark.Conf, want Wanted) rule.Diagnosis {
	next, slot := *s, *s.Slot
	slot.Conf, next.Slot, next.twin = conf, &slot, nil
	next.predict()
	inputs, _ := next.Inputs(want)
	return want.Set.Diagnose(inputs[0].Input)
}

// servedConf says that the configuration of the subject is a ConfigMap's of the scene, which is judged by itself for the
// servers that read it: what asks for the configuration alone is answered there.
func (s *Subject) servedConf() bool {
	folder := s.confFolder()
	if s.Slot.Conf != nil || folder == nil || len(folder.ConfigMaps) != 1 || s.scene.related.texts.Files(folder)[workload.KeyDefaults] == "" {
		return false
	}
	part := folder.ConfigMaps[0]
	return slices.ContainsFunc(s.scene.docs, func(d *workload.Document) bool {
		return d.Kind == "ConfigMap" && d.Namespace == part.Ref.Namespace && d.Name == part.Ref.Name &&
			slices.ContainsFunc(d.Slots, func(o workload.Slot) bool { return o.Served && o.Role == s.Slot.Role })
	})
}

// again is an input as it was before rules ran.
func (s *Subject) again(in Judging) rule.Input {
	template, _, _ := s.shows()
	if s.made() && !in.Carried {
		template = s.Slot.Template
	}
	if in.Template != nil {
		in.Template = template.DeepCopy()
	}
	return in.Input
}

// Ignored lists the codes of those rules whose findings somebody decided to live with, and notes the dates that have
// passed.
func (s *Subject) Ignored(want Wanted) (codes, notes []string) {
	for _, r := range want.Set.Rules() {
		_, ignored, note := s.ignored(r.Code, 0, want.Now)
		if ignored {
			codes = append(codes, r.Code)
		} else if note != "" {
			notes = append(notes, note)
		}
	}
	return codes, notes
}

// ignored says whether an annotation that has not expired suppresses what a rule finds: the object's own, or the pod's. In a Dockerfile
// a comment at the line does so.
func (s *Subject) ignored(code string, line int, now time.Time) (one Suppressed, ignored bool, note string) {
	texts := make([]string, 0, 2)
	for _, held := range []map[string]string{s.Doc.Meta.Annotations, s.Marks().Annotations} {
		if text, ok := held[rule.Prefix+"ignore."+code]; ok {
			texts = append(texts, text)
		}
	}
	if file := s.Doc.Dockerfile; file != nil {
		if text, is := file.Ignored(code, line); is {
			texts = append(texts, text)
		}
	}
	for _, text := range texts {
		reason, until, ended := suppress.Read(text, now)
		if ended == "" {
			return Suppressed{Reason: reason, Until: until}, true, ""
		}
		note = fmt.Sprintf("%s: %s is %s", s.Workload.Title, code, ended)
	}
	return Suppressed{}, false, note
}
