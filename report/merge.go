package report

import (
	"slices"
	"sort"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Place is one of several places of a finding. What it does not say is as the finding says it.
type Place struct {
	Role     string     `json:"role,omitempty"`
	Count    int        `json:"count"` // pods on which it was found
	Level    rule.Level `json:"level,omitempty"`
	Subject  *Subject   `json:"subject,omitempty"`
	Path     string     `json:"path,omitempty"`
	Where    string     `json:"where,omitempty"`
	Location *Location  `json:"location,omitempty"`
	Message  string     `json:"message,omitempty"`
	Evidence *Evidence  `json:"evidence,omitempty"`
	Fix      *Fix       `json:"fix,omitempty"`

	said string // the sentence of the finding that it was of
}

// Noted is a further place of a finding, and what stands there.
func Noted(path string, at *Location, note string) Place {
	return Place{Path: path, Location: at, Message: note}
}

// merge makes one finding of the same fault wherever in a workload it is, and sorts what it made.
func (r *Report) merge() {
	all := sameMerged(r.Findings)
	sort.SliceStable(all, func(i, j int) bool { return all[i].Level != all[j].Level && all[i].Level.AtLeast(all[j].Level) })
	groups := map[[2]string][]*gathered{}
	var order []*gathered
	for _, f := range all {
		key := [2]string{f.Workload, f.Code}
		i := slices.IndexFunc(groups[key], func(g *gathered) bool { return g.takes(f) })
		if i < 0 {
			g := &gathered{Finding: f}
			groups[key] = append(groups[key], g)
			order = append(order, g)
			i = len(groups[key]) - 1
		}
		groups[key][i].add(f)
	}
	findings := make([]Finding, 0, len(order))
	for _, g := range order {
		findings = append(findings, g.finding())
	}
	sort.SliceStable(findings, func(i, j int) bool { return findings[i].Rank().Before(findings[j].Rank()) })
	r.Findings = findings
}

// Rank is where a finding stands among others.
type Rank struct {
	Level          rule.Level
	Happened       bool
	Workload, Code string
}

// Rank is that of the finding.
func (f *Finding) Rank() Rank { return Rank{f.Level, f.Happened, f.Workload, f.Code} }

// Before says that the one is shown before the other.
func (r Rank) Before(other Rank) bool {
	switch {
	case r.Level != other.Level:
		return r.Level.AtLeast(other.Level)
	case r.Happened != other.Happened:
		return r.Happened
	case r.Workload != other.Workload:
		return r.Workload < other.Workload
	}
	return r.Code < other.Code
}

// sameMerged makes one finding with a count of those that differ in nothing but the pod.
func sameMerged(in []Finding) []Finding {
	findings := make([]Finding, 0, len(in))
	type same struct {
		workload, code, role, path, message, notFixed string
		level                                         rule.Level
		evidence                                      Evidence
		placed                                        bool
		location                                      Location
	}
	at := map[same]int{}
	for _, f := range in {
		f.Count = max(f.Count, 1)
		key := same{workload: f.Workload, code: f.Code, role: f.Role, path: f.Path, message: f.Message, notFixed: f.notFixed(), level: f.Level}
		if f.Evidence != nil {
			key.evidence = *f.Evidence
		}
		if f.Location != nil {
			key.placed, key.location = true, *f.Location
		}
		if i, ok := at[key]; ok {
			if !f.Once {
				findings[i].Count += f.Count
			}
			findings[i].Of = slices.Concat(findings[i].Of, f.Of)
			continue
		}
		at[key] = len(findings)
		findings = append(findings, f)
	}
	return findings
}

// notFixed says why the fix command does not change all of it.
func (f *Finding) notFixed() string {
	if f.Fix == nil {
		return ""
	}
	return f.Fix.NotFixed
}

// gathered is a finding with all its places: the first is the finding's own.
type gathered struct {
	Finding
	places []Place
	of     []int
	counts map[string]int // pods by role
}

// takes says whether another finding of the same code and workload is of the same fault.
func (g *gathered) takes(f Finding) bool {
	switch {
	case f.Message == g.Message && f.notFixed() == g.notFixed():
		return true
	case f.Fault != "" || g.Fault != "":
		return f.Fault == g.Fault
	}
	return !slices.ContainsFunc(g.places, func(p Place) bool { return p.Role == f.Role }) // parts say what differs between roles
}

func (g *gathered) add(f Finding) {
	g.of = append(g.of, f.Of...)
	if !f.Once {
		if g.counts == nil {
			g.counts = map[string]int{}
		}
		g.counts[f.Role] = max(g.counts[f.Role], f.Count)
	}
	own := Place{Role: f.Role, Count: f.Count, Path: f.Path, Location: f.Location, Message: f.Note, said: f.Message}
	if f.Message != g.Message {
		own.Message = f.Message
	}
	if f.Level != g.Level {
		own.Level = f.Level
	}
	if f.Subject != g.Subject {
		own.Subject = &f.Subject
	}
	if !equal(f.Evidence, g.Evidence) {
		own.Evidence = f.Evidence
	}
	if !equal(f.Fix, g.Fix) {
		own.Fix = f.Fix
	}
	if f.Fix != nil && g.Fix != nil && f.Fix.Command != "" && g.Fix.Command == "" { // it fixes a part of what is told together
		for i := range g.places {
			if g.places[i].Fix == nil {
				g.places[i].Fix = g.Fix // as it was
			}
		}
		fix := *g.Fix
		fix.Kind, fix.Command = f.Fix.Kind, f.Fix.Command
		g.Fix = &fix
	}
	g.places = append(g.places, own)
	for _, also := range f.Places {
		also.Role, also.Count, also.Level, also.Subject, also.Evidence, also.Fix, also.said = own.Role, own.Count, own.Level, own.Subject, own.Evidence, own.Fix, own.said
		if !slices.ContainsFunc(g.places, func(p Place) bool { // pods of one role may show the same
			return p.Role == also.Role && p.Path == also.Path && p.Message == also.Message && equal(p.Location, also.Location)
		}) {
			g.places = append(g.places, also)
		}
	}
	if f.CausedBy == "" {
		g.CausedBy = "" // a part of it stays
	}
}

func (g *gathered) finding() Finding {
	f := g.Finding
	f.Of = g.of
	if f.Places = nil; len(g.places) > 1 {
		f.Places = g.places
	}
	if len(g.counts) > 0 {
		f.Count = 0
		for _, n := range g.counts {
			f.Count += n
		}
	}
	return f
}

func equal[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// placed are all places of a finding, each with all that the finding says of it and the sentence that it is of.
func (f *Finding) placed() []Place {
	places := slices.Clone(f.Places)
	if places == nil {
		places = []Place{{Role: f.Role, Count: f.Count, Path: f.Path, Location: f.Location}}
	}
	for i := range places {
		p := &places[i]
		if p.Level == "" {
			p.Level = f.Level
		}
		if p.Message = p.said; p.said == "" {
			p.Message = f.Message
		}
		if p.Subject == nil {
			p.Subject = &f.Subject
		}
		if p.Evidence == nil {
			p.Evidence = f.Evidence
		}
		if p.Fix == nil {
			p.Fix = f.Fix
		}
	}
	return places
}
