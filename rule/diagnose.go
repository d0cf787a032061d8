package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule/internal/wording"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Needs is the reason of a rule that was skipped for facts that are not known.
func Needs(facts ...Key) string {
	names := make([]string, len(facts))
	for i, f := range facts {
		names[i] = f.String()
	}
	return needs(names...)
}

func needs(names ...string) string { return "needs " + strings.Join(names, ", ") }

// Diagnose runs every rule that concerns the subject and says what it found. A rule that Ensure states is found
// to be broken exactly when it calls a verb. Input.Template is left as the rules would have it, corrections of
// what a user wrote included. A rule that fails or panics is skipped with the reason.
func (s *Set) Diagnose(in Input) Diagnosis {
	_, d := s.diagnose(in, false)
	return d
}

// diagnose runs the rules. Each sees the configuration as it was handed in or, where changes pile up to mend it, as
// the rules before it left it.
func (s *Set) diagnose(in Input, pile bool) (r *run, d Diagnosis) {
	r = newRun(s, in)
	r.correct = true
	if !in.Identity.Certain {
		r.template = nil
	}
	for _, rule := range s.rules {
		if !r.about(rule) || rule.Spark.Match(in.Identity.Version) == spark.No || Named(in.Skip, rule.Code, "") || !in.asks(rule.Code) {
			continue
		}
		if rule.About != nil && !in.has(rule.About) && !in.Dockerfile {
			continue
		}
		if !pile {
			r.holdConf(r.asGiven)
		}
		held := r.in.Conf
		part := in.ConfRest != "" && !rule.Each
		if part {
			r.holdConf(nil)
		}
		if !in.Dockerfile && !rule.check().runs(r, rule.Ensure != nil && !slices.Contains(rule.Needs, Key(FactConf))) {
			if _, ofWorkload := rule.Ensure.(Workload); ofWorkload && part {
				d.Skipped = append(d.Skipped, Skip{Code: rule.Code, Reason: needs(r.named(FactConf))})
			}
			if ofPod(rule.check()) && in.Template != nil && !in.Identity.Certain {
				d.Skipped = append(d.Skipped, Skip{Code: rule.Code, Reason: needs("to know which container runs Spark")})
			}
			if ofPod(rule.check()) && in.Template == nil && in.Unseen != "" {
				d.Skipped = append(d.Skipped, Skip{Code: rule.Code, Reason: needs(in.unseen())})
			}
			r.holdConf(held)
			continue // nothing that it speaks of
		}
		if missing := r.missing(rule); len(missing) > 0 && !in.Dockerfile {
			r.holdConf(held)
			d.Skipped = append(d.Skipped, Skip{Code: rule.Code, Reason: needs(missing...)})
			continue
		}
		findings, err := r.answer(rule)
		if part {
			r.holdConf(held)
		}
		if err != nil {
			d.Skipped = append(d.Skipped, Skip{Code: rule.Code, Reason: err.Error()})
			continue
		}
		if r.notKnown != "" && len(findings) == 0 {
			d.Skipped = append(d.Skipped, Skip{Code: rule.Code, Reason: needs(r.notKnown)})
			continue
		}
		d.Checked = append(d.Checked, rule.Code)
		d.Findings = append(d.Findings, findings...)
	}
	d.Skipped = append(d.Skipped, r.skipped...)
	return r, d
}

func (r *run) diagnose(rule *Rule) (found []Finding, err error) {
	defer func() {
		if p := recover(); p != nil {
			found, err = nil, fmt.Errorf("the rule panicked (%T)", p) // its value may hold what a user wrote
		}
	}()
	p := r.begin(rule)
	r.err, r.notKnown, r.asked = nil, "", 0
	if r.in.Dockerfile {
		p.found = rule.Build(&r.in)
	} else if rule.Inspect != nil {
		rule.Inspect.on(r)
	} else if !p.declined() {
		rule.Ensure.on(r)
		p.Next()
	}
	found = p.found
	for i := range found {
		f := &found[i]
		if f.Code, f.Area, f.Role = rule.Code, rule.Area, r.in.Identity.Role; r.in.Word != nil {
			f.Message, f.Summary, f.Note = r.in.Word(f.Message, true), r.in.Word(f.Summary, false), r.in.Word(f.Note, true)
			f.NotFixed = r.in.Word(f.NotFixed, false)
			for n := range f.Also {
				f.Also[n].Note = r.in.Word(f.Also[n].Note, true)
			}
		}
	}
	return found, r.err
}

// finding makes one finding of the verbs that an Ensure rule called since the last one.
func (p *pass) finding() Finding {
	path := p.called[0].path
	if last := len(path) - 1; last > 0 && path[last] == "-" {
		path = path[:last] // what is to be appended has no place yet
	}
	key := p.called[0].key
	f := Finding{Level: p.level, Place: Place{Path: path, Key: key, OfConf: key != "", Line: p.confLine(key)}, Also: p.also, Cause: p.cause,
		Message: p.message, Observed: p.observed, Needed: p.needed, Summary: p.summary, Happened: p.happened, Carried: true}
	var states []string
	var parts []*Part
	var refused wording.NotFixed
	keys := []string{key}
	for _, c := range p.called {
		if has(p.run.asGiven, c.key) && !slices.Contains(keys, c.key) {
			keys, f.Also = append(keys, c.key), append(f.Also, p.setting(c.key))
		}
		f.Carried = f.Carried && c.reason == ""
		declared := p.rule.part(c.part, p.run.in.Identity.Role)
		if slices.Contains(f.Parts, c.part) {
			continue
		}
		f.Parts = append(f.Parts, c.part)
		state := declared.State
		if given := p.states[c.part]; given != "" {
			state = given
		}
		if c.reason != "" {
			refused.Add(state, c.says())
		}
		if given := p.orders[c.part]; given != "" {
			one := *declared
			one.Sets, declared = given, &one
		}
		states, parts = append(states, state), append(parts, declared)
	}
	if f.Fault = wording.Fault(p.fault, p.message); f.Message == "" {
		f.Message, f.NotFixed = wording.Message(p.rule.Doc.Subject, states, p.rule.Doc.Consequence), refused.Sentence(len(states))
	}
	if f.Summary == "" {
		f.Summary = p.rule.Doc.order(parts)
	}
	return f
}

// order is what to do about parts that are not as they should be.
func (d *Doc) order(parts []*Part) string {
	if d.Where == "" {
		return d.Remedy
	}
	var order wording.Order
	for _, part := range parts {
		order.Add(part.Sets, cmp.Or(part.Where, d.Where))
	}
	return order.Sentence()
}

// confLine is the line at which the configuration, as it was handed in, sets a key.
func (p *pass) confLine(key string) int { return p.run.asGiven[key].Line }
