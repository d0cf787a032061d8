package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func tty(p *rule.Pass) { p.Fill("", p.At("tty"), true) }

func TestAPanickingRuleIsAnErrorWithoutOperations(t *testing.T) {
	set := newSet(t, ensure("SPK-P901", tty), ensure("SPK-S901", func(*rule.Pass) { panic("boom") }))
	out, err := set.Admit(subject(t, pod("", "", "")))
	if err == nil || !strings.Contains(err.Error(), "boom") || len(out.Ops) > 0 {
		t.Fatalf("%v %v", err, out.Ops)
	}
	d := set.Diagnose(subject(t, pod("", "", "")))
	if len(d.Findings) != 1 || len(d.Skipped) != 1 || d.Skipped[0].Code != "SPK-S901" || d.Checked != 1 {
		t.Errorf("one rule's panic must not keep the others quiet: %+v", d)
	}
}

func TestNothingIsEditedWhereItMustNot(t *testing.T) {
	full := func(n int) string { return `"annotations":{"k":` + quoted(strings.Repeat("x", n-1)) + `}` }
	for name, c := range map[string]struct {
		raw    string
		change func(*rule.Input)
		edited bool
	}{
		"plain":                     {raw: pod("", "", ""), edited: true},
		"disabled":                  {raw: pod("", "", ""), change: func(in *rule.Input) { in.Disabled = true }},
		"uncertain":                 {raw: pod("", "", ""), change: func(in *rule.Input) { in.Identity = spark.Identity{Role: spark.Driver, Container: -1} }},
		"no template":               {raw: pod("", "", ""), change: func(in *rule.Input) { in.Template = nil }},
		"windows":                   {raw: pod("", "", `"os":{"name":"windows"}`)},
		"linux":                     {raw: pod("", "", `"os":{"name":"linux"}`), edited: true},
		"nameless":                  {raw: strings.Replace(pod("", "", ""), `"name":"spark-kubernetes-executor",`, "", 1), change: func(in *rule.Input) { in.Identity.Certain, in.Identity.Container = true, 0 }},
		"annotations nearly full":   {raw: pod("", full(252<<10+1), "")},
		"annotations with room":     {raw: pod("", full(252<<10), ""), edited: true},
		"no container of the index": {raw: pod("", "", ""), change: func(in *rule.Input) { in.Identity.Container = 3 }},
	} {
		in, _ := rule.Subject([]byte(c.raw), decode(t, c.raw), rule.Marks{}, rule.Options{})
		if c.change != nil {
			c.change(&in)
		}
		out, err := newSet(t, ensure("SPK-P901", tty)).Admit(in)
		if (len(out.Ops) > 0) != c.edited || (err != nil) != (name == "no container of the index") {
			t.Errorf("%s: %v, %v", name, err, out.Ops)
		}
	}
}

func TestAPatchThatDoesNotSayWhatWasMeantIsRefused(t *testing.T) {
	env := func(p *rule.Pass) { p.AppendEnv("", "A", "1") }
	for name, c := range map[string]struct{ typed, raw string }{
		"a parent is missing":         {pod(`"env":[{"name":"B"}]`, "", ""), pod("", "", "")},
		"the list is longer":          {pod(`"env":[{"name":"B"}]`, "", ""), pod(`"env":[{"name":"B"},{"name":"A","value":"2"}]`, "", "")},
		"the list is shorter":         {pod(`"env":[{"name":"B"},{"name":"C"}]`, "", ""), pod(`"env":[{"name":"B"}]`, "", "")},
		"a value would be replaced":   {pod("", "", ""), pod(`"env":[{"name":"A","value":"2"}]`, "", "")},
		"annotations would be lost":   {pod("", "", ""), pod("", `"annotations":{"a":"b"}`, "")},
		"a value is of another kind":  {pod("", "", ""), pod(`"env":"text"`, "", "")},
		"the container is elsewhere":  {pod("", "", ""), `{"metadata":{},"spec":{"containers":[]}}`},
		"raw is not JSON":             {pod("", "", ""), `{"metadata":`},
		"raw is another sort of JSON": {pod("", "", ""), `[]`},
	} {
		in := subject(t, c.typed)
		in.Raw = []byte(c.raw)
		if out, err := newSet(t, ensure("SPK-P901", env)).Admit(in); err == nil || len(out.Ops) > 0 {
			t.Errorf("%s: %v, %v", name, err, out.Ops)
		}
	}
}

// wordy refuses and carries as many parts as it is told, with names of the given length.
func wordy(refused, carried, length int) *rule.Rule {
	var parts []string
	for i := range refused + carried {
		parts = append(parts, fmt.Sprintf("p%03d%s", i, strings.Repeat("x", length)))
	}
	return ensure("SPK-P901", func(p *rule.Pass) {
		for i, part := range parts {
			if i < refused {
				p.Refuse(part, p.At("env"), rule.ValueFrom)
			} else {
				p.AppendEnv(part, fmt.Sprintf("E%03d_%s", i, strings.Repeat("Y", length)), "1")
			}
		}
	}, parts...)
}

func TestALongReportIsCutInTheStatedOrderAndStable(t *testing.T) {
	for name, c := range map[string]struct {
		refused, carried, length int
		keepsUndo, keepsRefusal  bool
		allApplied               bool
	}{
		"everything fits":            {5, 5, 10, true, true, true},
		"refusals go first":          {60, 10, 10, true, false, true},
		"then the undo texts":        {60, 30, 25, false, false, true},
		"refusals in their place":    {3, 35, 15, false, true, true},
		"at last the applied's tail": {0, 150, 10, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			set := newSet(t, wordy(c.refused, c.carried, c.length))
			out, after := admit(t, set, pod("", "", ""))
			r := report(t, after)
			if len(out.Report) > 2048 {
				t.Errorf("%d bytes", len(out.Report))
			}
			if (len(r.Undo) > 0) != c.keepsUndo || (len(r.Refused) > 0) != c.keepsRefusal || (len(r.Applied) == c.carried) != c.allApplied {
				t.Errorf("%d applied, %d undo, %d refused", len(r.Applied), len(r.Undo), len(r.Refused))
			}
			if again, _ := admit(t, set, after); len(again.Ops) > 0 {
				t.Errorf("twice is not once:\n%s\n%s", out.Report, again.Report)
			}
		})
	}
}

func TestARuleThatDoesNotConcernThePodIsNotRunAtAdmission(t *testing.T) {
	for name, limit := range map[string]func(*rule.Rule){
		"another role":     func(r *rule.Rule) { r.Roles = spark.Roles{spark.Driver} },
		"another launcher": func(r *rule.Rule) { r.Launchers = []spark.Launcher{spark.Bitnami} },
		"another version":  func(r *rule.Rule) { r.Spark = spark.Range{Since: spark.Version{Major: 9}} },
		"a fact lacks":     func(r *rule.Rule) { r.Needs = []rule.Fact{rule.FactNode} },
		"not for there":    func(r *rule.Rule) { r.Admit = false },
		"another's part":   func(r *rule.Rule) { r.Parts[0].Roles = spark.Roles{spark.Driver} },
	} {
		r := ensure("SPK-P901", tty)
		limit(r)
		out, err := newSet(t, r).Admit(subject(t, pod("", "", "")))
		if err != nil || len(out.Ops) > 0 || out.Report != "" {
			t.Errorf("%s: %v, %v", name, err, out.Ops)
		}
	}
}
