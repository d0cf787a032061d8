package rule

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/nested"
	"github.com/kubectl-spark/kubectl-spark/rule/internal/typed"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Set is a rulebook ready to run. It is safe for use by many goroutines.
type Set struct {
	// Revision names the rules' state; the report annotation carries it.
	Revision string
	rules    []*Rule
	fields   typed.Fields
}

// Input is one subject and what is known about it.
type Input struct {
	// Template is the subject's pod template, nil where it has none. The engine changes it; hand in a copy
	// where it is needed unchanged.
	Template *corev1.PodTemplateSpec
	// Raw is the JSON that Template was decoded from: an object with metadata and spec.
	Raw []byte
	// Index is that of Raw, where somebody has made it already. nil: it is made where it is needed.
	Index    *patch.Index
	Identity spark.Identity
	// Submitted says that the template is one that spark-submit or an operator's application hands to Spark, which
	// makes the pod of it: no pod yet, and no template of a controller.
	Submitted bool
	// Unseen says why the subject has no Template although a pod is made for it; "" where nothing hides one.
	Unseen string
	// Unknown are places of Template that cannot be told: nothing is wanted there, and the rule says so.
	Unknown    []Unknown
	Dockerfile bool       // it is one: it has no pod, and no configuration
	Conf       spark.Conf // nil: not known
	// ConfRest says why Conf is only a part of the configuration; "" where it is the whole. Then it is shown to the
	// rules that judge settings one by one, and to no other: what it lacks may be set where nobody looked.
	ConfRest string
	// Outside are arguments and variables of the application that stand in no template, but in the object that brings it.
	Outside []Outside
	// Late says, between two rules of an admission, that its time is over: then it ends with ErrLate. nil: never.
	Late func() bool
	// Word writes settings in a finding's text as the object does that they stand in, or would; nil: by their keys.
	Word func(text string, standing bool) string
	// earlier is what remains true of an earlier call's report; nil: the report of Template is read for it.
	earlier *Report
	// NullAs tells how the text that Raw was made of spells a null of it, for uninject to give that back; nil: as JSON.
	NullAs func(at patch.Path) patch.Null
	Facts
	Settings
}

// ErrLate is the end of an admission that took too long.
var ErrLate = errors.New("the rules took too long")

// Unknown is a place of a template that cannot be told, and why.
type Unknown struct {
	Path   patch.Path
	Reason string
}

// Admitted is what an admission run wants done to a template.
type Admitted struct {
	Ops      []patch.Op
	Report   string // the report annotation's value; "" where there is nothing to tell
	Edits    []Edit
	Refusals []Refusal
	// Back is how many of Ops, the first, take back edits of an earlier call.
	Back int
}

// Diagnosis is what the rules say of one subject.
type Diagnosis struct {
	Findings []Finding // each with the edits that mend it
	Skipped  []Skip
	Checked  []string // codes of the rules that were run
}

// NewSet checks the rules and makes a Set of them, in order of code. Its error names every mistake.
func NewSet(revision string, rules ...*Rule) (*Set, error) {
	s := &Set{Revision: revision, rules: append([]*Rule(nil), rules...), fields: typed.Of[corev1.PodTemplateSpec]()}
	sort.SliceStable(s.rules, func(i, j int) bool { return s.rules[i].Code < s.rules[j].Code })
	seen := map[string]bool{}
	var wrong []string
	for _, r := range s.rules {
		for _, problem := range r.problems() {
			wrong = append(wrong, r.Code+": "+problem)
		}
		if seen[r.Code] || seen[r.Name] {
			wrong = append(wrong, r.Code+": code or name is taken")
		}
		seen[r.Code], seen[r.Name] = true, true
	}
	if wrong != nil {
		return nil, fmt.Errorf("rules: %s", strings.Join(wrong, "; "))
	}
	return s, nil
}

var (
	codeForm = regexp.MustCompile(`^SPK-[PMSIT][0-9]{3}$`)
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
)

func (r *Rule) problems() (wrong []string) {
	check := func(ok bool, problem string) {
		if !ok {
			wrong = append(wrong, problem)
		}
	}
	// T is for what tune recommends: no code of the rulebook, so that no annotation of a user speaks of it.
	letters := map[byte]Area{'P': Performance, 'M': Monitoring, 'S': Security, 'I': Image, 'T': Performance}
	check(codeForm.MatchString(r.Code), "the code is not SPK- with an area's letter and three digits")
	check(len(r.Code) > 4 && letters[r.Code[4]] == r.Area, "the area does not go with the code's letter")
	check(nameForm.MatchString(r.Name), "the name is not in kebab case")
	check(r.Doc.Title != "" && r.Doc.Why != "" && r.Doc.Remedy != "" && r.Doc.Since != "" && len(r.Doc.Sources) > 0, "the document is not complete")
	check(r.Level.rank() > 0, "no level")
	check(r.Ensure == nil || r.Inspect == nil, "exactly one of Ensure and Inspect must be set, and not both")
	check(r.check() != nil || r.Build != nil, "exactly one of Ensure and Inspect must be set, or Build")
	check((r.Ensure == nil) == (len(r.Parts) == 0), "parts belong to Ensure, and Ensure needs them")
	check(!r.Admit || r.Ensure != nil, "only Ensure can be applied at admission")
	switch r.check().(type) {
	case Pod, Either, nil:
	case Conf:
		check(slices.Contains(r.Needs, Key(FactConf)), "what speaks of a configuration needs it")
		check(!r.Admit, "no admission changes a configuration")
	default:
		check(!r.Admit, "no admission changes a configuration")
	}
	check(r.Ensure != nil || len(r.None) == 0, "only Ensure can leave anything alone")
	for i := range r.None {
		n := &r.None[i]
		check(n.Part == "" || r.declares(n.Part), fmt.Sprintf("it leaves part %q alone and declares none of that name", n.Part))
		check(Reasons()[n.Reason] != "", fmt.Sprintf("reason %q is not explained", n.Reason))
	}
	for i := range r.Parts {
		p := &r.Parts[i]
		check(p.Profile == ByWant || p.Profile.rank() > 0, fmt.Sprintf("part %q is of no profile", p.Name))
	}
	return wrong
}

// Rules lists the rules in order of code.
func (s *Set) Rules() []*Rule { return s.rules }

// Rule finds a rule by its code, or by its code with a part; nil where there is none.
func (s *Set) Rule(code string) *Rule {
	code, part, has := strings.Cut(code, "/")
	for _, r := range s.rules {
		if !strings.EqualFold(r.Code, code) {
			continue
		}
		for i := range r.Parts {
			if !has || r.Parts[i].Name == part {
				return r
			}
		}
		if !has {
			return r
		}
	}
	return nil
}

// Admit runs the rules that may be applied at admission and gives the operations that bring the template into
// the wanted state, checked against the raw object. Input.Template is left in that state. An error means that
// the template must be left as it was: a rule's mistake, or a patch that would not say what was meant.
// A panic in a rule is such an error.
func (s *Set) Admit(in Input) (out Admitted, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = Admitted{}, fmt.Errorf("the engine panicked (%T)", p)
		}
	}()
	if in.Disabled || !in.Identity.Certain || in.Template == nil || in.Template.Spec.Containers[in.Identity.Container].Name == "" {
		return Admitted{}, nil
	}
	room := maxAnnotations - maxReport
	for k, v := range in.Template.Annotations {
		if k != ReportAnnotation { // whose place is taken by a true one
			room -= len(k) + len(v)
		}
	}
	if room < maxReport {
		return s.withoutReport(in)
	}
	if in.Template.Spec.OS != nil && in.Template.Spec.OS.Name == corev1.Windows {
		return Admitted{}, nil
	}
	old, had := in.Template.Annotations[ReportAnnotation]
	var back []patch.Op
	if had {
		back = s.again(&in)
	}
	r, report, err := s.admit(in)
	if err != nil {
		return Admitted{}, err
	}
	out = Admitted{Edits: r.edits, Refusals: r.refusals, Report: report, Back: len(back)}
	out.Ops = append(make([]patch.Op, 0, len(back)+len(r.edits)+1), back...)
	for _, e := range r.edits {
		out.Ops = append(out.Ops, e.Ops...)
	}
	if out.Report != "" && out.Report != old {
		out.Ops = append(out.Ops, r.annotate(out.Report))
	}
	if r.err == nil && len(out.Ops) > len(back) {
		r.err = r.verify(out.Ops[len(back):])
	}
	if r.err != nil {
		return Admitted{}, r.err
	}
	return out, nil
}

// annotate writes the report annotation: the engine's own edit, and the only one that replaces what it wrote.
func (r *run) annotate(report string) patch.Op {
	at := patch.Path{"metadata", "annotations", ReportAnnotation}
	depth, _ := r.stands(at)
	op := patch.Op{Op: patch.Add, Path: at[:depth+1].Pointer()}
	if _, had := r.template.Annotations[ReportAnnotation]; had {
		op.Op = patch.Replace
	}
	op.Value, _ = nested.JSON(at[depth+1:], report)
	if err := r.put(at, reflect.ValueOf(report)); err != nil {
		r.fail(err)
	}
	return op
}

// concerns says whether the rule is for the subject, for certain; about says so of whichever Spark.
func (r *run) concerns(rule *Rule) bool {
	return r.about(rule) && (r.in.Dockerfile || rule.Spark.Has(r.in.Identity.Version))
}

func (r *run) about(rule *Rule) bool {
	if r.in.Dockerfile || rule.check() == nil {
		return r.in.Dockerfile && rule.Build != nil
	}
	id := &r.in.Identity
	return !(id.Client && id.Role == spark.Driver && !rule.Client) && rule.Concerns(id.Role, id.Launcher)
}

// missing lists the facts that the rule needs and the subject lacks.
func (r *run) missing(rule *Rule) (facts []string) {
	if rule.SkipNeeds != nil && rule.SkipNeeds.Has(r.in.Identity.Role) && r.template != nil {
		return nil
	}
	for _, f := range rule.Needs {
		if !r.in.has(f) {
			facts = append(facts, r.named(f))
		}
	}
	return facts
}

// named is what a reason calls a fact that is not known.
func (r *run) named(f Key) string {
	if f == FactConf && r.in.ConfRest != "" {
		return f.String() + " (" + r.in.ConfRest + ")"
	}
	return f.String()
}

// placeUnknown says whether the value at a place is unknown. It then records that the part was not checked.
func (r *run) placeUnknown(code, part string, at patch.Path) bool {
	for _, u := range r.in.Unknown {
		if len(at) < len(u.Path) || !slices.Equal(at[:len(u.Path)], u.Path) {
			continue
		}
		skip := Skip{Code: fullCode(code, part), Reason: "needs " + u.Path.Field() + " (" + u.Reason + ")"}
		if u.Path[len(u.Path)-1] == part { // which the code names already
			skip.Reason = u.Reason
		}
		if !slices.Contains(r.skipped, skip) {
			r.skipped = append(r.skipped, skip)
		}
		return true
	}
	return false
}
