package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// messages are the sentences of a finding, each once, with the roles that it is about where that is not plain, and with
// what takes the finding away.
func (f *Finding) messages() []string {
	all := f.said(func(p *Place) string { return p.Message })
	if f.CausedBy != "" {
		all[len(all)-1] += "; goes away with " + f.CausedBy
	}
	return all
}

// notMade says why edits are not made, with the roles where that differs between them.
func (f *Finding) notMade() []string {
	why := func(p *Place) string {
		if p.Fix == nil {
			return ""
		}
		return p.Fix.NotFixed
	}
	var all []string
	for _, p := range f.placed() {
		all = append(all, why(&p))
	}
	if all = unique(all); len(all) > 1 {
		all = f.said(why)
	}
	return slices.DeleteFunc(all, func(one string) bool { return one == "" })
}

// said are the sentences of a finding's places, each once, with the roles that it is about where that is not plain.
func (f *Finding) said(of func(*Place) string) (all []string) {
	places := f.placed()
	var sentences []string
	for i := range places {
		sentences = append(sentences, of(&places[i]))
	}
	for _, sentence := range unique(sentences) {
		var those []Place
		for i, one := range sentences {
			if one == sentence {
				those = append(those, places[i])
			}
		}
		who := whom(those)
		if who == "" && len(those) < len(places) {
			who = those[0].Role // the others are of other roles
		}
		if who == "" && f.Count > 1 && f.Role == "" {
			who = fmt.Sprintf("%d pods", f.Count)
		}
		if who != "" && sentence != "" {
			sentence += " (" + who + ")"
		}
		all = append(all, sentence)
	}
	return all
}

// whom names the roles of places, with how many pods of each.
func whom(places []Place) string {
	var roles, all []string
	counts := map[string]int{}
	for _, p := range places {
		roles = append(roles, p.Role)
		counts[p.Role] = max(counts[p.Role], p.Count)
	}
	for _, role := range unique(roles) {
		switch n := counts[role]; {
		case role != "" && n > 1:
			all = append(all, fmt.Sprintf("%d %ss", n, role))
		case role == "driver" || role == "executor" || role != "" && len(unique(roles)) > 1:
			all = append(all, role)
		}
	}
	return strings.Join(all, ", ")
}

// say words where each finding is, for programs that show one without the rest of the report.
func (r *Report) say() {
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Where = f.Subject.where(f.Location, f.Path)
		for j := range f.Places {
			p := &f.Places[j]
			p.Where = cmp.Or(p.Subject, &f.Subject).where(p.Location, p.Path)
		}
	}
}

// where is a line of a file or the name of a live object, and the field: jobs/a.yaml:40: spec.executor.coreLimit.
func (s *Subject) where(at *Location, field string) string {
	place := s.String()
	if at != nil {
		place = at.String()
	} else if s.Namespace != "" {
		place += " in " + s.Namespace
	}
	return strings.TrimSuffix(place+": "+field, ": ")
}

// files are the files and lines of a finding's places: jobs/a.yaml:3, jobs/a.yaml:7. Columns are for programs.
func (f *Finding) files() string {
	var all []string
	for _, p := range f.placed() {
		if p.Location != nil {
			all = append(all, p.Location.String())
		}
	}
	return strings.Join(unique(all), ", ")
}

// seen is the evidence of a finding's places, each once. What the message or the fix says is not said again.
func (f *Finding) seen(arrow string) (all []string) {
	for _, p := range f.placed() {
		fix := ""
		if p.Fix != nil {
			fix = p.Fix.Summary
		}
		switch e := p.Evidence; {
		case e == nil || e.Observed+e.Needed == "":
		case e.Observed == e.Needed: // both masked, say
		case holds(p.Message, e.Observed) && (holds(p.Message, e.Needed) || holds(fix, e.Needed)):
		case e.Needed == "", strings.Contains(e.Needed, " ") && holds(fix, e.Needed):
			all = append(all, e.Observed)
		case e.Observed == "":
			all = append(all, "needs "+e.Needed)
		default:
			all = append(all, e.Observed+arrow+e.Needed)
		}
	}
	return unique(all)
}

// holds tells whether a text has the words of another, or of a setting K=V the words "K is V".
func holds(text, words string) bool {
	if key, value, is := strings.Cut(words, "="); is && !strings.Contains(key, " ") && holds(text, key+" is "+value) {
		return true
	}
	return strings.Contains(plain(text), plain(words))
}

// plain are the words of a text without punctuation, a blank before and behind each.
func plain(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = strings.Trim(word, `,;:.()"`)
	}
	if len(words) == 0 {
		return " "
	}
	return " " + strings.Join(words, " ") + " "
}

// summaries are what fixes a finding's places, each once: "set b" is said by "set a, b".
func (f *Finding) summaries() (all []string) {
	for _, p := range f.placed() {
		if p.Fix != nil && p.Fix.Summary != "" {
			all = append(all, p.Fix.Summary)
		}
	}
	all = unique(all)
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool {
		fields, sets := strings.CutPrefix(s, "set ")
		return sets && slices.ContainsFunc(all, func(o string) bool { return strings.HasPrefix(o, "set ") && strings.HasSuffix(o, ", "+fields) })
	})
}

// unique are the texts in their order, each once.
func unique(all []string) (once []string) {
	for _, text := range all {
		if !slices.Contains(once, text) {
			once = append(once, text)
		}
	}
	return once
}
