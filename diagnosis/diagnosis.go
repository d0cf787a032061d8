// Package diagnosis judges a scene: what doctor reports of it, and what becomes of each finding when fix makes its changes.
// Start reading at [Of].
package diagnosis

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/restart"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// diagnosis turns a scene into a report.
type diagnosis struct {
	want   scene.Wanted
	scene  *scene.Scene
	report *report.Report
	notes  []string
	led    map[*scene.Workload]func() example // of workloads that are the twins of others
}

// judged is what the rules say of a subject, and the commands that fix its findings.
type judged struct {
	scene.Verdict
	commands []string
	restarts []string // of each finding the command that makes the pods anew, where their template is right already
}

// example is what the rules say of the subjects of a workload, and whether it holds for those whose twin it is.
type example struct {
	all   []judged
	holds bool
}

// Of judges everything in a scene, and lets go of the subjects of each workload once it is judged: pods and what is found in them are
// not held together. The notes are for people: what was not read, and annotations that no longer hold.
// progress, which may be nil, is told how many of all workloads were judged.
func Of(ctx context.Context, sc *scene.Scene, want scene.Wanted, progress func(done, total int)) (*report.Report, []string, error) {
	d := &diagnosis{want: want, scene: sc, report: &report.Report{Checked: map[string]bool{}}, notes: slices.Clone(sc.Notes), led: map[*scene.Workload]func() example{}}
	d.report.Asked = want.Asked()
	coverage, unread := Coverage(sc, &want)
	d.report.Coverage, d.notes = coverage, append(d.notes, unread...)
	for _, ns := range sc.Namespaces {
		d.notes = append(d.notes, unknownMarksOf("namespace "+ns.Name, ns.Marks, want.Set)...)
	}
	for _, w := range sc.Workloads {
		if w.Example {
			d.led[w] = sync.OnceValue(func() example { return d.example(w) })
		}
	}
	for from := 0; from < len(sc.Workloads); from += atOnce {
		if progress != nil {
			progress(from, len(sc.Workloads))
		}
		d.several(ctx, sc.Workloads[from:min(from+atOnce, len(sc.Workloads))])
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
	}
	return d.report, each(d.notes), ctx.Err()
}

// each are the notes without those that stood before: what is said of a namespace is said of each of its workloads.
func each(notes []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(notes, func(note string) bool {
		again := seen[note]
		seen[note] = true
		return again
	})
}

// atOnce is how many workloads are judged before they are told of.
const atOnce = 128

// several judges workloads on every processor, and tells of them in their order.
func (d *diagnosis) several(ctx context.Context, workloads []*scene.Workload) {
	parts := make([]diagnosis, len(workloads))
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(workloads)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(workloads) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				parts[i] = diagnosis{want: d.want, scene: d.scene, report: &report.Report{Checked: map[string]bool{}}, led: d.led}
				parts[i].workload(workloads[i])
			}
		})
	}
	group.Wait()
	if ctx.Err() != nil {
		return
	}
	for _, part := range parts {
		r := part.report
		d.notes = append(d.notes, part.notes...)
		maps.Copy(d.report.Checked, r.Checked)
		d.report.Skipped, d.report.Suppressed = append(d.report.Skipped, r.Skipped...), append(d.report.Suppressed, r.Suppressed...)
		d.report.Findings, d.report.Workloads = append(d.report.Findings, r.Findings...), append(d.report.Workloads, r.Workloads...)
	}
	for _, w := range workloads {
		if !w.Example && w.Twin == nil {
			w.Subjects, w.Workload.Subjects, w.Conf, w.ConfDoc = nil, nil, nil, nil
		}
	}
}

// Coverage is what was not read, and which of the rules that are asked for that concerns; want is nil for a command that runs none. What
// none of them goes by is not missed. The notes say the same to people.
func Coverage(sc *scene.Scene, want *scene.Wanted) (c report.Coverage, notes []string) {
	c.LeftOut = LeftOut(sc.Left)
	for _, one := range sc.NotRead {
		n := report.NotChecked{Object: one.Object, Reason: one.Reason}
		if one.File != "" {
			n.Location = &report.Location{File: one.File, Line: one.Line}
		}
		note := one.String()
		if one.Object == "" && one.File == "" {
			note = "not looked at: " + note
		}
		notes = append(notes, note)
		c.NotChecked = append(c.NotChecked, n)
	}
	if want == nil {
		c.Missing = Missing(sc.Gaps)
		return c, notes
	}
	for _, gap := range sc.Gaps {
		one := gapOf(gap)
		if gap.Fact != nil {
			one.NeededBy = needers(want, gap.Fact)
		}
		if gap.Also != nil {
			one.NeededBy = append(one.NeededBy, needers(want, gap.Also)...)
			slices.Sort(one.NeededBy)
			one.NeededBy = slices.Compact(one.NeededBy)
		}
		if gap.Fact != nil && len(one.NeededBy) == 0 {
			continue
		}
		c.Missing = append(c.Missing, one)
	}
	return c, notes
}

func gapOf(gap cluster.Gap) report.Missing {
	return report.Missing{Verb: gap.Verb, Group: gap.Group, Resource: gap.Resource, Namespace: gap.Namespace, Reason: gap.Reason(), Grant: gap.Grant(), NeededBy: []string{}}
}

// Missing is what a report says of gaps, each once.
func Missing(gaps []cluster.Gap) (all []report.Missing) {
	seen := map[string]bool{}
	for _, gap := range gaps {
		m := gapOf(gap)
		if key := m.Verb + m.Group + m.Resource + m.Namespace; !seen[key] {
			seen[key] = true
			all = append(all, m)
		}
	}
	return all
}

func (d *diagnosis) workload(w *scene.Workload) {
	about := report.Workload{Name: w.Title, Launcher: string(w.Launcher), Kind: w.Kind, State: w.State()}
	if w.Guessed() {
		about.Guess = "a guess by its shape"
	}
	if w.Version.Known() {
		about.Spark = w.Version.String()
	}
	about.Pods, about.Driver, about.Executors = w.Pods()
	var older []report.Finding
	for _, one := range d.judge(w) {
		older = append(older, d.tell(one)...)
	}
	d.report.Findings = append(d.report.Findings, once(older)...)
	d.report.Workloads = append(d.report.Workloads, about)
}

// judge judges the subjects of a workload, or takes what was said of those of its twin.
func (d *diagnosis) judge(w *scene.Workload) []judged {
	if w.Example {
		return d.led[w]().all
	}
	if w.Twin == nil {
		return d.judged(w)
	}
	of := d.led[w.Twin]()
	if !of.holds {
		w.Separate()
		return d.judged(w)
	}
	all := slices.Clone(of.all)
	for i, s := range w.Judged() {
		all[i].Subject = s
	}
	return all
}

// example judges a workload for those whose twin it is. What speaks of it by its name is none.
func (d *diagnosis) example(w *scene.Workload) example {
	all := d.judged(w)
	return example{all, !slices.ContainsFunc(all, func(one judged) bool {
		return len(one.Notes) > 0 || change.Mentions([]any{one.Findings, one.Suppressed, one.Skipped, one.commands}, w)
	})}
}

func (d *diagnosis) judged(w *scene.Workload) (all []judged) {
	for _, s := range w.Judged() {
		one := judged{Verdict: s.Judge(d.want)}
		one.Notes = append(one.Notes, unknownMarks(s, d.want.Set)...)
		fixes, command := change.Command(s, d.want), restart.Of(s, d.want)
		for _, f := range one.Findings {
			one.commands, one.restarts = append(one.commands, fixes(f)), append(one.restarts, command(f))
		}
		all = append(all, one)
	}
	return all
}

// tell reports what the rules say of a subject, but for what shows only that its pods are older than their template: that it gives.
func (d *diagnosis) tell(v judged) (older []report.Finding) {
	s := v.Subject
	d.notes = append(d.notes, v.Notes...)
	for _, code := range v.Checked {
		d.report.Checked[code] = true
	}
	for _, skip := range v.Skipped {
		d.report.Skipped = append(d.report.Skipped, report.Skipped{Code: skip.Code, Reason: skip.Reason})
	}
	for _, one := range v.Suppressed {
		d.report.Suppressed = append(d.report.Suppressed, report.Suppressed{Code: one.Code, Subject: subject(s, one.Finding), Reason: one.Reason, Until: one.Until})
	}
	for i, f := range v.Findings {
		one := reported(s, f, v.commands[i])
		one.Title = d.want.Set.Rule(f.Code).Doc.Title
		if command := v.restarts[i]; command != "" {
			one.Fix, one.Edited = &report.Fix{Kind: report.FixManual, Summary: command}, false
			older = append(older, one)
			continue
		}
		d.report.Findings = append(d.report.Findings, one)
	}
	return older
}

// once makes one finding of those whose pods the same command makes anew: that of the highest level, which names the others.
func once(older []report.Finding) (all []report.Finding) {
	groups := map[string]*restart.Older{} // by command
	for _, f := range older {
		i := slices.IndexFunc(all, func(one report.Finding) bool { return one.Fix.Summary == f.Fix.Summary })
		if i < 0 {
			all = append(all, f)
			groups[f.Fix.Summary] = &restart.Older{Restart: f.Fix.Summary}
		} else if !all[i].Level.AtLeast(f.Level) {
			f.Count = max(f.Count, all[i].Count)
			all[i] = f
		}
		groups[f.Fix.Summary].Add(f.Code)
	}
	for i := range all {
		of := groups[all[i].Fix.Summary]
		all[i].Message, all[i].Evidence, all[i].Places, all[i].Parts, all[i].Fault, all[i].CausedBy = of.Says(), nil, nil, nil, "", ""
		all[i].Fix = &report.Fix{Kind: report.FixManual, Summary: "restart them: " + of.Restart}
	}
	return all
}

// subject is the object that a finding is about.
func subject(s *scene.Subject, f rule.Finding) report.Subject {
	doc, slot := s.Doc, s.Slot
	out := report.Subject{APIVersion: doc.APIVersion, Kind: doc.Kind, Namespace: doc.Namespace, Name: doc.Name}
	if doc.Properties {
		out.Kind, out.Name = "File", s.File
	}
	if !f.OfConf && slot.Template != nil && slot.Identity.Container >= 0 {
		out.Container = slot.Template.Spec.Containers[slot.Identity.Container].Name
	}
	return out
}

// reported is a finding as reports have it, before those of the same fault are merged.
func reported(s *scene.Subject, f rule.Finding, command string) report.Finding {
	places := s.Places(f)
	out := report.Finding{Code: f.Code, Level: f.Level, Area: f.Area, Workload: s.Workload.Title, Role: string(f.Role), Parts: f.Parts, Count: s.Count,
		Subject: subject(s, f), Path: places[0].Path.Field(), Message: f.Message, Fault: f.Fault, CausedBy: f.Cause, Location: location(places[0]), Note: places[0].Note,
		Edited: len(f.Edits) > 0 && f.Parts != nil, Happened: f.Happened}
	if f.OfConf && f.Key != "" && f.Line+len(f.Place.Path) == 0 { // nothing sets it yet: the field that would
		if field := s.WordOf(f.Key); out.Path == "" || strings.HasPrefix(field, "spec.") {
			out.Path = field
		}
	}
	if f.Pods > 0 {
		out.Count = f.Pods
	}
	for _, p := range places[1:] {
		out.Places = append(out.Places, report.Noted(p.Path.Field(), location(p), p.Note))
	}
	if f.OfConf {
		out.Role, out.Count, out.Once = "", 1, true
	}
	if f.Observed+f.Needed != "" {
		out.Evidence = &report.Evidence{Observed: f.Observed, Needed: f.Needed}
	}
	if f.Summary != "" {
		out.Fix = &report.Fix{Kind: report.FixManual, Summary: f.Summary, NotFixed: f.NotFixed}
		switch {
		case f.OfConf && f.Key != "":
			out.Fix.Kind = report.FixConf
		case f.Creates():
			out.Fix.Kind = report.FixCompanion
		case s.Doc.Dockerfile != nil && len(f.Edits) > 0:
			out.Fix.Kind = report.FixDockerfile
		case f.Carried && f.Parts != nil:
			out.Fix.Kind = report.FixTemplate
		}
		if why := change.MadeBySubmit(s); why != "" && f.EditsTemplate() && !s.Live { // as fix says it
			out.Fix.NotFixed = "Not fixed automatically: " + why
		}
		out.Fix.Command = command
	}
	return out
}

// location is where a place stands in its file; nil for a live object.
func location(p rule.Place) *report.Location {
	if p.File == "" {
		return nil
	}
	return &report.Location{File: p.File, Line: p.Line, Column: p.Column}
}

// needers lists the rules that are asked for and go by a fact.
func needers(want *scene.Wanted, fact rule.Key) []string {
	codes := []string{}
	for _, r := range want.Set.Rules() {
		if want.Asks(r.Code) && (r.About == fact || slices.Contains(r.Needs, fact) || slices.Contains(r.Uses, fact)) {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

// LeftOut is what a report says of files and workloads that were left out.
func LeftOut(left *scene.LeftOut) (all []report.LeftOut) {
	for _, one := range left.Items {
		all = append(all, report.LeftOut(one))
	}
	return all
}
