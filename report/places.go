package report

import (
	"fmt"
	"slices"
	"strings"
)

// messages are the sentences of a finding, each once, with the roles that it is about where that is not plain, and with
// what takes the finding away.
func (f *Finding) messages() (all []string) {
	places := f.placed()
	for _, p := range places {
		all = append(all, p.Message)
	}
	all = unique(all)
	for i, message := range all {
		who := whom(slices.DeleteFunc(slices.Clone(places), func(p Place) bool { return p.Message != message }))
		if who == "" && f.Count > 1 && f.Role == "" {
			who = fmt.Sprintf("%d pods", f.Count)
		}
		if who != "" {
			all[i] += " (" + who + ")"
		}
	}
	if f.CausedBy != "" {
		all[len(all)-1] += "; goes away with " + f.CausedBy
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

// files are the files and lines of a finding's places: jobs/a.yaml:3, jobs/a.yaml:7. Columns are for programs.
func (f *Finding) files() string {
	var all []string
	for _, p := range f.placed() {
		switch at := p.Location; {
		case at == nil:
		case at.Line > 0:
			all = append(all, fmt.Sprintf("%s:%d", at.File, at.Line))
		default:
			all = append(all, at.File)
		}
	}
	return strings.Join(unique(all), ", ")
}

// seen is the evidence of a finding's places, each once.
func (f *Finding) seen(arrow string) (all []string) {
	for _, p := range f.placed() {
		switch e := p.Evidence; {
		case e == nil || e.Observed+e.Needed == "":
		case e.Observed == e.Needed: // both masked, say
		case e.Needed == "", p.Fix != nil && strings.Contains(e.Needed, " ") && strings.Contains(p.Fix.Summary, e.Needed):
			all = append(all, e.Observed)
		case e.Observed == "":
			all = append(all, "needs "+e.Needed)
		default:
			all = append(all, e.Observed+arrow+e.Needed)
		}
	}
	return unique(all)
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
