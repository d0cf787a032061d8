package rule

import (
	"fmt"
	"reflect"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Pass is what a rule is given: one subject, the facts that the rule declared, and the verbs.
// What it returns is for reading: a rule changes nothing but by a verb.
type Pass struct {
	run  *run
	rule *Rule

	level    Level
	message  string
	summary  string
	observed string
	needed   string
	cause    string
	also     []Place
	called   []call
	edited   int // edits of the run before those of the current finding
	found    []Finding
}

// call is a verb that was called: carried, or refused with a reason.
type call struct {
	part   string
	path   patch.Path
	key    string // of the configuration, where the verb speaks of one
	reason Reason // empty: carried
}

// Role is the role of the subject.
func (p *Pass) Role() spark.Role { return p.run.in.Identity.Role }

// Launcher is what brought the subject.
func (p *Pass) Launcher() spark.Launcher { return p.run.in.Identity.Launcher }

// Identity is everything that is known of who the subject is.
func (p *Pass) Identity() *spark.Identity { return &p.run.in.Identity }

// Version is the subject's Spark version; zero where it is not known.
func (p *Pass) Version() spark.Version { return p.run.in.Identity.Version }

// Submitted says that the template is handed to Spark, which makes the pod of it.
func (p *Pass) Submitted() bool { return p.run.in.Submitted }

// Template is the pod template, or nil where the subject has none.
func (p *Pass) Template() *corev1.PodTemplateSpec { return p.run.template }

// Main is the container that plays the role, or nil where there is no template.
func (p *Pass) Main() *corev1.Container {
	if p.run.template == nil {
		return nil
	}
	return &p.run.template.Spec.Containers[p.run.in.Identity.Container]
}

// At is the path of a field of the main container.
func (p *Pass) At(fields ...string) patch.Path {
	at := make(patch.Path, 0, 3+len(fields))
	return append(append(at, "spec", "containers", strconv.Itoa(p.run.in.Identity.Container)), fields...)
}

// Conf is the workload's Spark configuration. The rule must declare FactConf.
func (p *Pass) Conf() (spark.Conf, bool) {
	p.asks(FactConf)
	return p.run.in.Conf, p.run.in.Conf != nil
}

// Outside are the lists of arguments and variables that stand in no template.
func (p *Pass) Outside() []Outside { return p.run.in.Outside }

// Image is what is known of the main container's image. The rule must declare FactImage.
func (p *Pass) Image() (spark.Image, bool) {
	p.asks(FactImage)
	return Known(&p.run.in.Facts, FactImage)
}

// Wanted says whether the part is to be applied to the subject's role: by the profile or by want, and not skipped.
// A verb asks it itself; a rule asks where a part decides about another.
func (p *Pass) Wanted(part string) bool {
	declared := p.rule.part(part, p.Role())
	if declared == nil {
		if !p.rule.declares(part) {
			p.run.fail(fmt.Errorf("%s calls a verb for part %q and declares none of that name", p.rule.Code, part))
		}
		return false
	}
	in := &p.run.in
	if Named(in.Skip, p.rule.Code, part) || in.Only != nil && !Named(in.Only, p.rule.Code, part) {
		return false
	}
	return in.Profile.Holds(declared.Profile) || Named(in.Want, p.rule.Code, part)
}

// Next ends the finding that the verbs so far make, and begins another: level, message, summary and evidence start anew.
// Without a verb since the last one there is nothing to end. An Ensure rule calls it between things that a user would
// mend apart, such as two keys.
func (p *Pass) Next() {
	if len(p.called) > 0 {
		f := p.finding()
		f.Edits = append([]Edit(nil), p.run.edits[p.edited:]...)
		p.found = append(p.found, f)
	}
	p.called, p.edited = nil, len(p.run.edits)
	p.level, p.message, p.summary, p.observed, p.needed, p.cause, p.also = p.rule.Level, "", "", "", "", "", nil
}

// Level gives the current finding another level than the rule's usual one.
func (p *Pass) Level(level Level) { p.level = level }

// Message replaces the finding's sentence that is otherwise made of the parts' states and the consequence.
func (p *Pass) Message(format string, args ...any) { p.message = fmt.Sprintf(format, args...) }

// Summary says in a few words what the fix does.
func (p *Pass) Summary(format string, args ...any) { p.summary = fmt.Sprintf(format, args...) }

// Evidence names what was observed and what is needed.
func (p *Pass) Evidence(observed, needed string) { p.observed, p.needed = observed, needed }

// Cause names the code of another rule, the fix of whose finding takes the current one away, too.
func (p *Pass) Cause(code string) { p.cause = code }

// Also names a further place in the template of the fault that the current finding tells: of an Inspect rule, of the
// finding that it reports next.
func (p *Pass) Also(at patch.Path) { p.also = append(p.also, Place{Path: at}) }

// AlsoConf names a further setting of the configuration, as Also does a place. What an Ensure rule's verbs change besides
// the first key is named by itself.
func (p *Pass) AlsoConf(key string) { p.also = append(p.also, p.setting(key)) }

// setting is the place of a key, as the configuration was handed in.
func (p *Pass) setting(key string) Place {
	given := p.run.asGiven[key]
	return Place{Path: given.Path, Line: given.Line, Key: key, OfConf: true}
}

// Report makes a finding of an Inspect rule at a place in the template.
func (p *Pass) Report(at patch.Path, format string, args ...any) {
	p.report(Finding{Place: Place{Path: at}, Message: fmt.Sprintf(format, args...)})
}

// ReportConf makes a finding of an Inspect rule at a setting of the configuration.
func (p *Pass) ReportConf(key, format string, args ...any) {
	p.report(Finding{Place: p.setting(key), Message: fmt.Sprintf(format, args...)})
}

// ReportOwner makes a finding of an Inspect rule at a field of the object that owns the pods: path begins at its root.
func (p *Pass) ReportOwner(path patch.Path, format string, args ...any) {
	p.report(Finding{Place: Place{Path: path, OfConf: true}, Message: fmt.Sprintf(format, args...)})
}

func (p *Pass) report(f Finding) {
	if p.rule.Inspect == nil {
		p.run.fail(fmt.Errorf("%s reports, and only an Inspect rule may", p.rule.Code))
		return
	}
	f.Level, f.Observed, f.Needed, f.Summary, f.Cause, f.Also = p.level, p.observed, p.needed, p.summary, p.cause, p.also
	p.cause, p.also = "", nil
	p.found = append(p.found, f)
}

// run is one subject on its way through the rules.
type run struct {
	in       Input
	set      *Set
	template *corev1.PodTemplateSpec
	root     reflect.Value // of template
	correct  bool          // Correct and Remove are carried
	edits    []Edit
	refusals []Refusal
	// kept holds what verbs found fulfilled: the undo text of the edit that would have brought it, and its code.
	kept map[string]string
	// asGiven is the configuration before any verb changed it.
	asGiven spark.Conf
	err     error
}

func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}
