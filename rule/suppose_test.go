package rule_test

import (
	"fmt"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func TestARulePassesOnlyWhereNothingThatIsNotKnownDecides(t *testing.T) {
	const version = "needs the Spark version (set the pod's label spark-version, for example 3.5.6)"
	const library = `needs the image's C library (set the pod's annotation kubectl-spark.io/image, for example "libc: glibc")`
	memo := rule.NewMemo(func(p rule.Pass) bool { return p.Version().AtLeast(4, 0) })
	checks := []struct {
		needs string
		find  func(p *rule.PodPass) bool
	}{
		{version, func(p *rule.PodPass) bool { return p.Version().AtLeast(4, 3) }},
		{version, func(p *rule.PodPass) bool { return memo.Of(p) }},
		{version, func(p *rule.PodPass) bool { return memo.Of(p) }}, // it was made for the rule before
		{"", func(p *rule.PodPass) bool { return p.Version().AtLeast(9, 0) }},
		{library, func(p *rule.PodPass) bool { image, _ := p.Image(); return image.Libc == "musl" }},
		{"", func(p *rule.PodPass) bool { image, _ := p.Image(); return image.Java == 7 }},
		{version + " and " + library[len("needs "):], func(p *rule.PodPass) bool {
			image, _ := p.Image()
			return p.Version().AtLeast(4, 0) && image.Libc == "glibc"
		}},
	}
	var rules []*rule.Rule
	for i, check := range checks {
		r := ensure(fmt.Sprintf("SPK-P9%02d", i), func(p *rule.PodPass) {
			if check.find(p) {
				p.AppendEnv("", "A", "b")
			}
		})
		r.Uses = []rule.Key{rule.FactImage}
		rules = append(rules, r)
	}
	later := ensure("SPK-P990", func(p *rule.PodPass) { p.AppendEnv("", "A", "b") })
	later.Spark = spark.Range{Since: spark.Version{Major: 4}}
	in := subject(t, pod("", "", ""))
	d := newSet(t, append(rules, later)...).Diagnose(in)
	if len(d.Findings) > 0 || in.Template.Spec.Containers[0].Env != nil {
		t.Errorf("what was only supposed is found: %+v, %+v", d.Findings, in.Template.Spec.Containers[0].Env)
	}
	said := map[string]string{}
	for _, s := range d.Skipped {
		said[s.Code] = s.Reason
	}
	for i, check := range checks {
		if got := said[rules[i].Code]; got != check.needs {
			t.Errorf("check %d: got %q, want %q", i, got, check.needs)
		}
	}
	if said["SPK-P990"] != version {
		t.Errorf("a rule of later versions: %q", said["SPK-P990"])
	}
}

// TestWhatIsSupposedCostsLittle: a rule is run on what an image may be without a copy of the pod, and no more than once on each.
func TestWhatIsSupposedCostsLittle(t *testing.T) {
	cost := func(asks bool) (calls int, allocations float64) {
		r := ensure("SPK-P900", func(p *rule.PodPass) {
			if calls++; asks {
				if image, _ := p.Image(); image.Java == 7 {
					p.AppendEnv("", "A", "b")
				}
			}
		})
		r.Uses = []rule.Key{rule.FactImage}
		set, in := newSet(t, r), subject(t, pod("", "", ""))
		const runs = 100
		allocations = testing.AllocsPerRun(runs, func() { set.Diagnose(in) })
		return calls / (runs + 1), allocations
	}
	_, least := cost(false)
	calls, most := cost(true)
	if more := most - least; calls < 3 || calls > 5 || more > 4*float64(calls) {
		t.Errorf("%d runs take %.0f more allocations than one", calls, more)
	}
}
