package change

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change/made"
	"github.com/kubectl-spark/kubectl-spark/change/restart"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// rounds bounds how often a subject is looked at: what is fixed may bring to light what it hid, as encryption that is now
// in force does with its cipher.
const rounds = 4

// Declined are the codes that are not to be fixed, by the title of their workload. What shows only once others are fixed is fixed with
// them, as without it.
type Declined map[string]map[string]bool

// Add declines a code of a workload.
func (d Declined) Add(title, code string) {
	if d[title] == nil {
		d[title] = map[string]bool{}
	}
	d[title][code] = true
}

// Fix makes, in memory, the changes that fix what the rules find in the scene at the lowest level or above, and that is
// not declined. A file that an
// edit would break is left out whole; an edit that a file does not take leaves its one finding to people, and the others
// are made. When the context ends so does it, with the context's error.
func Fix(ctx context.Context, sc *scene.Scene, want scene.Wanted, lowest rule.Level, declined Declined) (*Set, error) {
	editable, err := sc.Editable()
	if err != nil {
		return nil, err
	}
	f := newFixer(newSet(editable, sc.Left), want, lowest)
	f.declined = declined
	for _, w := range editable.Workloads {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f.judge(w)
	}
	for _, w := range editable.Workloads {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if f.follow(w) {
			continue
		}
		if err := f.lead(w, func() error { return f.fixWorkload(w) }); err != nil {
			return nil, err
		}
	}
	f.companions(ctx)
	f.placeUnknown(ctx)
	f.below(ctx)
	return f.Set, ctx.Err()
}

// fixWorkload fixes the subjects of a workload, one behind the other. A file that is wrong is left out.
func (f *fixer) fixWorkload(w *scene.Workload) error {
	for _, s := range w.Editable() {
		if f.LeftOut(f.Scene.FileOf(s.Doc)) {
			continue
		}
		if s.Doc.Dockerfile != nil {
			f.fixDockerfile(s)
			continue
		}
		if at, err := f.fixSubject(s); err != nil && at != nil && f.left.Given > 0 {
			f.left.Add(at.Name, err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

type fixer struct {
	*Set
	want     scene.Wanted
	lowest   rule.Level // of the findings that are fixed
	declined Declined
	late     []Found // wants of objects to create, of any round

	subjects  map[*scene.Subject]*subjectState
	workloads map[*scene.Workload]*workloadState
}

func newFixer(set *Set, want scene.Wanted, lowest rule.Level) *fixer {
	return &fixer{Set: set, want: want, lowest: lowest, subjects: map[*scene.Subject]*subjectState{}, workloads: map[*scene.Workload]*workloadState{}}
}

// judge notes what is found before anything is changed. Of owners whose pods are judged in their place nothing else is
// changed.
func (f *fixer) judge(w *scene.Workload) {
	var all []Found
	of := f.find(w)
	for i, s := range w.Judged() {
		for j := range of.found[i] {
			all = append(all, Found{s, &of.found[i][j]})
		}
		if owner := s.Owner(); s.Live && owner != nil && f.subject(owner).shown == nil {
			f.subject(owner).shown = map[string]bool{}
		}
	}
	taken := of.taken
	f.workload(w).taken = taken
	older := map[string]*restart.Older{} // by what makes the pods anew
	restarts := map[*scene.Subject]func(rule.Finding) string{}
	for _, one := range all {
		if !taken[faultOf(one.Finding)] {
			f.Below = append(f.Below, one)
			continue
		}
		if f.declined[w.Title][one.Finding.Code] {
			continue
		}
		if restarts[one.Subject] == nil {
			restarts[one.Subject] = restart.Of(one.Subject, f.want)
		}
		if command := restarts[one.Subject](*one.Finding); command != "" {
			if older[command] == nil {
				older[command] = &restart.Older{Title: w.Title, Restart: command}
			}
			older[command].Add(one.Finding.Code)
			continue
		}
		f.Found = append(f.Found, one)
		if owner := one.Subject.Owner(); one.Subject.Live && owner != nil {
			f.subject(owner).shown[one.Finding.Code] = true
		}
	}
	for _, command := range slices.Sorted(maps.Keys(older)) {
		f.Restarts = append(f.Restarts, older[command].String())
	}
}

// Found is a finding where it was found.
type Found struct {
	Subject *scene.Subject
	Finding *rule.Finding // which twins share
}

// placeUnknown tells of findings that no round told of: what changed for another one fixed them, or only a pod shows them, and
// no change of its owner fixes them.
func (f *fixer) placeUnknown(ctx context.Context) {
	reported := map[string]bool{} // by workload and code
	for _, o := range f.Outcomes {
		reported[o.Title+" "+o.Finding.Code] = true
	}
	for _, one := range f.Found {
		if ctx.Err() != nil {
			return
		}
		if key := one.Subject.Workload.Title + " " + one.Finding.Code; !reported[key] {
			reported[key] = true
			f.rest(one.Subject, *one.Finding)
		}
	}
}

// goneWithOthers is what fixed a finding for which nothing was changed.
const goneWithOthers = "no longer found after the other changes"

// rest tells of one finding by whether it is still there.
func (f *fixer) rest(s *scene.Subject, found rule.Finding) {
	files := []*source.File{f.Scene.FileOf(s.Doc), f.Scene.FileOf(s.ConfDoc())}
	if f.leftIn(s)[found.Code] {
		found.Edits = nil
		f.tell(s, found, fate{}, files...)
		return
	}
	found.Summary = goneWithOthers
	f.Outcomes = append(f.Outcomes, Outcome{Finding: &found, Title: s.Workload.Title, Role: s.Slot.Role, Fate: Fixed, files: files})
}

// fixSubject fixes one template with its configuration, in the documents that hold them. An error is about the file that it
// gives.
func (f *fixer) fixSubject(s *scene.Subject) (at *source.File, err error) {
	for range rounds {
		edited, at, err := f.round(s)
		if err != nil || !edited {
			return at, err
		}
	}
	return nil, nil
}

// round fixes what is found now, and says whether it edited anything. Codes that an earlier round told of are not told
// again: what is left of them is evidence of what was, in pods that will be made anew.
func (f *fixer) round(given *scene.Subject) (edited bool, at *source.File, err error) {
	s := given.Now()
	if s == nil {
		return false, nil, nil
	}
	file := f.Scene.FileOf(s.Doc)
	want := f.want
	want.Only = f.only(given)
	inputs, notes := s.Inputs(want)
	ignored, passed := s.Ignored(f.want)
	f.Notes = append(append(f.Notes, notes...), passed...)
	views := f.unchanged(given, s)
	whole := len(ignored) == 0 && len(f.declined[given.Workload.Title]) == 0
	known := len(views) == len(inputs) && whole
	if !known {
		views = make([][]graded, len(inputs))
	}
	complete := whole
	for i, in := range inputs {
		in.Skip = append(slices.Clone(in.Skip), ignored...)
		if f.subject(given).shown == nil && f.lowers() {
			if !known {
				views[i] = f.diagnose(in)
			}
			in.Skip = append(in.Skip, f.lower(s, views[i])...)
			if len(views[i]) == 0 {
				continue
			}
		} else {
			complete = false
		}
		if in.Carried { // what its owner has been given once is not given again
			in.Skip = append(in.Skip, slices.Sorted(maps.Keys(f.subject(given).carried))...)
		}
		one, at, err := f.view(given, s, file, in)
		if edited = edited || one; err != nil {
			return false, at, err
		}
		if one {
			f.document(s.Doc).edits++
			if conf := s.ConfDoc(); conf != nil && conf != s.Doc {
				f.document(conf).edits++
			}
			return true, nil, nil // the document was read anew: the other view follows in the next round
		}
	}
	if complete {
		f.see(given, s, views)
	}
	return edited, nil, nil
}

// view fixes what is found in one view of a subject.
func (f *fixer) view(given, s *scene.Subject, file *source.File, in scene.Judging) (edited bool, at *source.File, err error) {
	confDoc := s.ConfDoc()
	var mended *rule.Fixed
	if in.Carried {
		// Settings first: edits of the pod may go into the same text, and follow in the next round.
		var edited bool
		if mended, edited, err = f.settings(given, s, confDoc, in); edited || err != nil {
			return edited, f.Scene.FileOf(confDoc), err
		}
	}
	t, err := f.template(file, s, in, mended)
	if err != nil {
		return false, file, err
	}
	fates := make([]fate, len(t.mended.Findings))
	if len(t.mended.Ops) > 0 {
		edited = t.edited
		for i, found := range t.mended.Findings {
			switch {
			case !found.EditsTemplate():
			case t.why[i] != "":
				fates[i].why = t.why[i]
			case file == nil:
				fates[i].why = "no owner of the pods was found: change what creates them"
				if s.Workload.Launcher.Traits().Submits {
					fates[i].why = "created by spark-submit: change the submit command"
				}
			default:
				fates[i].some = true
				if in.Carried {
					note(&f.subject(given).carried, found.Code)
				}
			}
		}
	}
	if len(t.mended.Changes) > 0 {
		configured, err := f.configure(s.Workload.Title, confDoc, t.mended, fates)
		if err != nil {
			return false, f.Scene.FileOf(confDoc), err
		}
		edited = edited || configured
	}
	begun := f.subject(given).begun
	report := f.reporter(given, s, file, f.Scene.FileOf(confDoc))
	for _, no := range t.refused {
		report(no.finding, fate{why: no.why, some: begun[no.finding.Code] != nil})
	}
	for i, found := range t.mended.Findings {
		fates[i].some = fates[i].some || begun[found.Code] != nil
		if i < len(t.did) {
			fates[i].did = append(t.did[i], fates[i].did...)
		}
		report(found, fates[i])
	}
	return edited, nil, nil
}

// reporter tells of findings of a view of a subject in files. What was told of in an earlier one is not told again; what was changed for
// it since is added.
func (f *fixer) reporter(given, s *scene.Subject, files ...*source.File) func(rule.Finding, fate) {
	at := f.subject(given)
	before := maps.Clone(at.reported)
	return func(found rule.Finding, done fate) {
		if last, known := before[found.Code]; known {
			for _, one := range done.did {
				f.Outcomes[last].Did = made.Join(f.Outcomes[last].Did, one)
			}
			return
		}
		if at.reported == nil {
			at.reported = map[string]int{}
		}
		at.reported[found.Code] = len(f.Outcomes)
		done.did = slices.Concat(at.begun[found.Code], done.did)
		f.tell(s, found, done, files...)
	}
}

// fate is what became of a finding's changes: whether some were made, whether others are for what submits the
// application, and why others were not made.
type fate struct {
	some, submit bool
	why          string
	did          []made.Change
}

func (s *Set) tell(subject *scene.Subject, found rule.Finding, done fate, files ...*source.File) {
	o := Outcome{Finding: &found, Title: subject.Workload.Title, Role: subject.Slot.Role, Why: done.why, Did: done.did, files: files}
	switch {
	case done.why != "" && done.some:
		o.Fate = Partly
	case done.why != "":
		o.Fate = Manual
	case len(found.Edits) == 0:
		o.Fate, o.Why = Manual, found.Message
	case !found.Carried:
		o.Fate, o.Why = Partly, strings.TrimSuffix(found.Message+". "+found.NotFixed, ". ")
	case done.submit && done.some:
		o.Fate, o.Submit = Partly, true
	case done.submit:
		o.Fate, o.Submit = Submit, true
	default:
		o.Fate = Fixed
	}
	s.Outcomes = append(s.Outcomes, o)
}

func hasConf(f rule.Finding) bool {
	return slices.ContainsFunc(f.Edits, func(e rule.Edit) bool { return len(e.Conf) > 0 })
}

// settings makes the changes of the configuration alone, and tells the findings that they are for, where it edited anything;
// where it did not, all is as the rules would fix it.
func (f *fixer) settings(given, s *scene.Subject, confDoc *workload.Document, in scene.Judging) (all *rule.Fixed, edited bool, err error) {
	input := in.Input
	input.Template = in.Template.DeepCopy()
	mended, err := f.fixes(s, input)
	if err != nil {
		return nil, false, nil // it is told by what comes next
	}
	if len(mended.Changes) == 0 {
		return &mended, false, nil
	}
	fates := make([]fate, len(mended.Findings))
	if edited, err = f.configure(s.Workload.Title, confDoc, mended, fates); !edited || err != nil {
		return &mended, false, err
	}
	report := f.reporter(given, s, f.Scene.FileOf(confDoc))
	at := f.subject(given)
	for i, found := range mended.Findings {
		switch {
		case hasConf(found) && !found.EditsTemplate():
			report(found, fates[i])
		case fates[i].some:
			if at.begun == nil {
				at.begun = map[string][]made.Change{}
			}
			at.begun[found.Code] = append(at.begun[found.Code], fates[i].did...)
		}
	}
	return nil, true, nil
}
