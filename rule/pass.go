package rule

import (
	"fmt"
	"reflect"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// pass is one rule at one subject: what is known of that, and what the rule has said so far. Rules are given it as the pass
// of their scope, which has the verbs that make sense there.
type pass struct {
	run  *run
	rule *Rule

	level    Level
	message  string
	fault    string // the form of message
	summary  string
	observed string
	needed   string
	cause    string
	happened bool
	pods     int
	also     []Place
	states   map[string]string // of parts, where the current finding words them otherwise
	orders   map[string]string // what parts set, where the current finding words it otherwise
	called   []call
	edited   int // edits of the run before those of the current finding
	found    []Finding
}

func (p *pass) itself() *pass { return p }

// call is a verb that was called: carried, or refused with a reason.
type call struct {
	part   string
	path   patch.Path
	key    string // of the configuration, where the verb speaks of one
	reason Reason // empty: carried
	why    string // what findings say of the reason here; "": as Reasons says
}

// says is why the verb was not carried, in words.
func (c *call) says() string {
	if c.why != "" {
		return c.why
	}
	return Reasons()[c.reason]
}

// Wanted says whether the part is to be applied to the subject's role: by the profile or by want, and not skipped.
// A verb asks it itself; a rule asks where a part decides about another.
func (p *pass) Wanted(part string) bool {
	declared := p.rule.part(part, p.run.in.Identity.Role)
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

// run is one subject on its way through the rules.
type run struct {
	in       Input
	set      *Set
	template *corev1.PodTemplateSpec
	root     reflect.Value // of template
	correct  bool          // Correct and Remove are carried
	edits    []Edit
	refusals []Refusal
	skipped  []Skip // parts at places that cannot be told
	// kept holds what verbs found fulfilled: the undo text of the edit that would have brought it, and its code.
	kept map[string]string
	// asGiven is the configuration before any verb changed it.
	asGiven spark.Conf
	err     error
	memos   map[any]memoized
	index   *patch.Index // of the raw object; see raw
	// notKnown is what the current rule lacked to tell.
	notKnown string
	asked    asked // by the current rule
	// The current rule is run on what is supposed, and found something then.
	supposing, decided bool

	// One pass serves all rules, one after the other, in the form that each is given.
	pass     pass
	pod      PodPass
	conf     ConfPass
	workload WorkloadPass
}

func newRun(s *Set, in Input) *run {
	r := &run{in: in, set: s, template: in.Template, asGiven: in.Conf, index: in.Index, edits: make([]Edit, 0, 12)}
	if in.Template != nil {
		r.root = reflect.ValueOf(in.Template).Elem()
	}
	p := &r.pass
	r.pod, r.conf = PodPass{podVerbs{reader{p}}}, ConfPass{confVerbs{reader{p}}}
	r.workload = WorkloadPass{reader{p}, podVerbs{reader{p}}, confVerbs{reader{p}}}
	return r
}

// begin makes the pass that of a rule.
func (r *run) begin(rule *Rule) *pass {
	r.pass = pass{run: r, rule: rule, level: rule.Level, called: r.pass.called[:0], edited: len(r.edits)}
	return &r.pass
}

func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}
