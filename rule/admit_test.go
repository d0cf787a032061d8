package rule_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func tty(p *rule.PodPass) { p.Fill("", p.At("tty"), true) }

func TestAPanickingRuleIsAnErrorWithoutOperations(t *testing.T) {
	set := newSet(t, ensure("SPK-P901", tty), ensure("SPK-S901", func(*rule.PodPass) { panic("boom") }))
	out, err := set.Admit(subject(t, pod("", "", "")))
	if err == nil || err.Error() != "SPK-S901 panicked (string)" || len(out.Ops) > 0 {
		t.Fatalf("%v %v", err, out.Ops)
	}
	d := set.Diagnose(subject(t, pod("", "", "")))
	if len(d.Findings) != 1 || len(d.Skipped) != 1 || d.Skipped[0].Code != "SPK-S901" || len(d.Checked) != 1 {
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
	env := func(p *rule.PodPass) { p.AppendEnv("", "A", "1") }
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
	return ensure("SPK-P901", func(p *rule.PodPass) {
		for i, part := range parts {
			if i < refused {
				p.Refuse(part, p.At("env"), rule.ValueFrom)
			} else {
				p.AppendEnv(part, fmt.Sprintf("E%03d_%s", i, strings.Repeat("Y", length)), "1")
			}
		}
	}, parts...)
}

// TestALongReportIsCutInTheStatedOrderAndStable: refusals first, then edits are refused for want of room. What was done
// can always be taken back.
func TestALongReportIsCutInTheStatedOrderAndStable(t *testing.T) {
	for name, c := range map[string]struct {
		refused, carried, length int
		allApplied               bool
		told                     func(refused map[string]rule.Reason) bool
	}{
		"everything fits":   {5, 5, 10, true, func(r map[string]rule.Reason) bool { return len(r) == 5 }},
		"refusals go first": {60, 10, 10, true, func(r map[string]rule.Reason) bool { return len(r) == 0 }},
		"then their names":  {0, 150, 10, false, func(r map[string]rule.Reason) bool { return len(r) == 1 && r["SPK-P901"] == rule.NoRoom }},
	} {
		t.Run(name, func(t *testing.T) {
			set := newSet(t, wordy(c.refused, c.carried, c.length))
			out, after := admit(t, set, pod("", "", ""))
			r := report(t, after)
			if len(out.Report) > 2048 {
				t.Errorf("%d bytes", len(out.Report))
			}
			if len(out.Edits) == 0 || len(r.Applied) != len(out.Edits) || len(r.Undo) < len(out.Edits) || (len(r.Applied) == c.carried) != c.allApplied || !c.told(r.Refused) {
				t.Errorf("%d edits, %d applied, %d undo, %d refused: %s", len(out.Edits), len(r.Applied), len(r.Undo), len(r.Refused), out.Report)
			}
			if again, _ := admit(t, set, after); len(again.Ops) > 0 {
				t.Errorf("twice is not once:\n%s\n%s", out.Report, again.Report)
			}
			back, kept, err := undo(t, set, after)
			if err != nil || len(kept) > 0 || apply(t, after, back) != pod("", "", "") {
				t.Errorf("taken back to %s, kept %q, %v", apply(t, after, back), kept, err)
			}
		})
	}
}

// TestEditsForWhichThereIsNoRoomAreNamed by part where that fits, else by rule.
func TestEditsForWhichThereIsNoRoomAreNamed(t *testing.T) {
	byPart, byRule := 0, 0
	for i := range 200 {
		carried := 12 + i/20
		out, err := newSet(t, wordy(0, carried, 20+i%20)).Admit(subject(t, pod("", "", "")))
		if err != nil {
			t.Fatal(err)
		}
		r, err := rule.ReadReport(out.Report)
		if err != nil || len(r.Refused) == 0 != (len(out.Edits) == carried) {
			t.Errorf("%d edits: %v, %s", len(out.Edits), err, out.Report)
		}
		for code, reason := range r.Refused {
			switch {
			case reason != rule.NoRoom:
				t.Errorf("%s: %s", code, reason)
			case code == "SPK-P901":
				byRule++
			case strings.HasPrefix(code, fmt.Sprintf("SPK-P901/p%03d", len(out.Edits))):
				byPart++
			}
		}
	}
	if byPart == 0 || byRule == 0 {
		t.Errorf("%d by part, %d by rule", byPart, byRule)
	}
}

// TestWhatIsWantedBeyondTheProfileIsLeftOutFirst where the report has no room for all.
func TestWhatIsWantedBeyondTheProfileIsLeftOutFirst(t *testing.T) {
	r := wordy(0, 30, 30)
	r.Parts[3].Profile = rule.ByWant
	in := subject(t, pod("", "", ""))
	in.Want = []string{"SPK-P901"}
	out, err := newSet(t, r).Admit(in)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, refusal := range out.Refusals {
		left = append(left, refusal.Part[:4])
	}
	if len(left) < 2 || left[0] != "p003" || left[1] != "p029" || slices.Contains(left, "p000") {
		t.Errorf("left out: %q", left)
	}
}

func TestAnAppendedTextIsWrittenWithoutItsPlaceWhereThatWasJustNamed(t *testing.T) {
	undo := []string{"@/env/A", "@/env/A/value -Da", "spec/volumes/v", "@/env/A/value -Db", "@/env/B/value -Dc d", "@/env/B/value -De", "@/env/A/value -Df"}
	full, err := json.Marshal(rule.Report{Undo: undo})
	if err != nil {
		t.Fatal(err)
	}
	read, err := rule.ReadReport(string(full)) // as an older release wrote it
	if err != nil || !slices.Equal(read.Undo, undo) {
		t.Errorf("%q, %v", read.Undo, err)
	}
	read, err = rule.ReadReport(`{"undo":["@/env/A","@/env/A/value -Da","spec/volumes/v"," -Db","@/env/B/value -Dc d"," -De","@/env/A/value -Df"]}`)
	if err != nil || !slices.Equal(read.Undo, undo) {
		t.Errorf("%q, %v", read.Undo, err)
	}
	if read, err = rule.ReadReport(`{"undo":[" -Da",""," "]}`); err != nil || len(read.Undo) != 3 {
		t.Errorf("nothing stands before it: %q, %v", read.Undo, err)
	}
}

func TestARuleThatDoesNotConcernThePodIsNotRunAtAdmission(t *testing.T) {
	for name, limit := range map[string]func(*rule.Rule){
		"another role":     func(r *rule.Rule) { r.Roles = spark.Roles{spark.Driver} },
		"another launcher": func(r *rule.Rule) { r.Launchers = []spark.Launcher{spark.Bitnami} },
		"another version":  func(r *rule.Rule) { r.Spark = spark.Range{Since: spark.Version{Major: 9}} },
		"a fact lacks":     func(r *rule.Rule) { r.Needs = []rule.Key{factCores} },
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

// TestErrorsHoldNoValuesOfThePod: they are logged where everybody reads them.
func TestErrorsHoldNoValuesOfThePod(t *testing.T) {
	const secret = "hunter2"
	in := subject(t, pod(`"env":[{"name":"PASSWORD","value":"`+secret+`"}]`, "", ""))
	for name, broken := range map[string]func(*rule.PodPass){
		"a panic with a value": func(p *rule.PodPass) { panic(p.Main().Env[0].Value) },
		"a patch that differs": func(p *rule.PodPass) {
			p.Fill("", p.At("tty"), true)
			p.AppendEnv("", "A", secret)
			p.Main().Env[1].Value = secret + secret // the typed copy goes its own way
		},
	} {
		if _, err := newSet(t, ensure("SPK-P901", broken)).Admit(in); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
		in = subject(t, pod(`"env":[{"name":"PASSWORD","value":"`+secret+`"}]`, "", ""))
	}
}
