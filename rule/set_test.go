package rule_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

func TestASetNamesEveryMistakeOfARule(t *testing.T) {
	for want, spoil := range map[string]func(*rule.Rule){
		"the code is not":                  func(r *rule.Rule) { r.Code = "SPK-P1" },
		"the area does not go":             func(r *rule.Rule) { r.Area = rule.Image },
		"not in kebab case":                func(r *rule.Rule) { r.Name = "Bad_Name" },
		"the document is not complete":     func(r *rule.Rule) { r.Doc.Sources = nil },
		"no level":                         func(r *rule.Rule) { r.Level = "bad" },
		"exactly one of Ensure and":        func(r *rule.Rule) { r.Inspect = rule.Pod(func(*rule.PodPass) {}) },
		"parts belong to Ensure":           func(r *rule.Rule) { r.Parts = nil },
		"only Ensure can be applied":       func(r *rule.Rule) { r.Ensure, r.Parts, r.Inspect = nil, nil, rule.Pod(func(*rule.PodPass) {}) },
		`part "x" is of no profile`:        func(r *rule.Rule) { r.Parts[0].Name, r.Parts[0].Profile = "x", "" },
		"SPK-P901: code or name is taken":  func(r *rule.Rule) { r.Code = "SPK-P901" },
		"SPK-P902: code or name is taken":  func(r *rule.Rule) { r.Name = "rule-p901" },
		"in kebab case; SPK-P902: no leve": func(r *rule.Rule) { r.Name, r.Level = "", "" }, // all of them, not the first
	} {
		r := ensure("SPK-P902", tty)
		spoil(r)
		if _, err := rule.NewSet("1", ensure("SPK-P901", tty), r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestARuleIsFoundByCodeAndPartInAnyCaseOfTheCode(t *testing.T) {
	set := newSet(t, ensure("SPK-S902", tty, "one", "two"), inspect("SPK-I901", func(*rule.WorkloadPass) {}))
	if got := []string{set.Rules()[0].Code, set.Rules()[1].Code}; !reflect.DeepEqual(got, []string{"SPK-I901", "SPK-S902"}) {
		t.Errorf("not in order of code: %v", got)
	}
	for code, found := range map[string]bool{"SPK-S902": true, "spk-s902": true, "SPK-S902/two": true, "spk-s902/one": true,
		"SPK-S902/three": false, "SPK-S902/": false, "SPK-S903": false, "": false, "SPK-I901": true, "SPK-I901/one": false} {
		if (set.Rule(code) != nil) != found {
			t.Errorf("%q: found is not %v", code, found)
		}
	}
}

func TestACodeNamesAllOfItsPartsAndAPartOnlyItself(t *testing.T) {
	for _, c := range []struct {
		list, part string
		want       bool
	}{{"SPK-S901", "", true}, {"SPK-S901", "a", true}, {"SPK-S901/a", "a", true}, {"SPK-S901/a", "b", false}, {"SPK-S901/a", "", false},
		{"SPK-S902", "", false}, {"SPK-S9012", "", false}, {"", "", false}, {"SPK-S902,SPK-S901/b", "b", true}} {
		if got := rule.Named(strings.Split(c.list, ","), "SPK-S901", c.part); got != c.want {
			t.Errorf("%s names part %q: %v", c.list, c.part, got)
		}
	}
}

func TestAProfileHoldsThoseBeforeItAndNoneHoldsWant(t *testing.T) {
	order := rule.Profiles()
	for i, p := range order {
		for j, other := range order {
			if p.Holds(other) != (j <= i) {
				t.Errorf("%s holds %s: %v", p, other, p.Holds(other))
			}
		}
		if back, ok := rule.ParseProfile(string(p)); !ok || back != p || p.Holds(rule.ByWant) || rule.Profile("").Holds(p) {
			t.Errorf("%s: %v %v", p, back, ok)
		}
	}
	if _, ok := rule.ParseProfile("want"); ok {
		t.Error("want is no profile")
	}
	if levels := rule.Levels(); !levels[0].AtLeast(levels[1]) || levels[2].AtLeast(levels[1]) || !levels[1].AtLeast(levels[1]) {
		t.Error("levels are not ordered")
	}
}

func TestThePodsOwnMarksComeBeforeItsNamespaces(t *testing.T) {
	marks := func(label, profile, want, skip string) (m rule.Marks) {
		m.Labels = map[string]string{rule.InjectLabel: label}
		m.Annotations = map[string]string{rule.ProfileAnnotation: profile, rule.WantAnnotation: want, rule.SkipAnnotation: skip}
		return m
	}
	for name, c := range map[string]struct {
		pod, namespace rule.Marks
		want           rule.Settings
		problems       int
	}{
		"nothing":                  {want: rule.Settings{Profile: rule.Safe}},
		"pod disabled":             {pod: marks("disabled", "", "", ""), want: rule.Settings{Disabled: true, Profile: rule.Safe}},
		"namespace disabled":       {namespace: marks("disabled", "", "", ""), want: rule.Settings{Disabled: true, Profile: rule.Safe}},
		"pod enabled nevertheless": {marks("enabled", "", "", ""), marks("disabled", "", "", ""), rule.Settings{Profile: rule.Safe}, 0},
		"pod disabled all the more": {marks("disabled", "", "", ""), marks("enabled", "", "", ""),
			rule.Settings{Disabled: true, Profile: rule.Safe}, 0},
		"a word that means nothing":  {marks("yes", "", "", ""), marks("disabled", "", "", ""), rule.Settings{Disabled: true, Profile: rule.Safe}, 1},
		"namespace's profile":        {namespace: marks("", "standard", "", ""), want: rule.Settings{Profile: rule.Standard}},
		"pod's profile":              {marks("", "restricted", "", ""), marks("", "standard", "", ""), rule.Settings{Profile: rule.Restricted}, 0},
		"pod's profile means less":   {marks("", "safe", "", ""), marks("", "restricted", "", ""), rule.Settings{Profile: rule.Safe}, 0},
		"no such profile":            {marks("", "Standard", "", ""), marks("", "standard", "", ""), rule.Settings{Profile: rule.Standard}, 1},
		"want is no profile":         {pod: marks("", "want", "", ""), want: rule.Settings{Profile: rule.Safe}, problems: 1},
		"lists of both":              {marks("", "", " B/x ,,C", "D"), marks("", "", "A", "E,"), rule.Settings{Profile: rule.Safe, Want: []string{"A", "B/x", "C"}, Skip: []string{"E", "D"}}, 0},
		"every mistake has its line": {marks("1", "2", "", ""), marks("3", "4", "", ""), rule.Settings{Profile: rule.Safe}, 4},
	} {
		got, problems := rule.Resolve(c.pod, c.namespace, rule.Safe)
		if !reflect.DeepEqual(got, c.want) || len(problems) != c.problems {
			t.Errorf("%s: %+v, %q", name, got, problems)
		}
	}
}

func TestAPartIsAppliedByProfileOrWantAndNeverWhenSkipped(t *testing.T) {
	for _, c := range []struct {
		part, profile rule.Profile
		want, skip    string
		applied       bool
	}{{rule.Safe, rule.Safe, "", "", true}, {rule.Standard, rule.Safe, "", "", false}, {rule.Standard, rule.Safe, "SPK-S901", "", true},
		{rule.Standard, rule.Safe, "SPK-S901/a", "", true}, {rule.Standard, rule.Safe, "SPK-S901/b", "", false},
		{rule.Safe, rule.Restricted, "", "SPK-S901", false}, {rule.Safe, rule.Safe, "SPK-S901", "SPK-S901/a", false},
		{rule.ByWant, rule.Restricted, "", "", false}, {rule.ByWant, rule.Safe, "SPK-S901/a", "", true}, {rule.Safe, rule.Safe, "", "SPK-S901/b", true}} {
		r := ensure("SPK-S901", func(p *rule.PodPass) { p.Fill("a", p.At("tty"), true) }, "a", "b")
		r.Parts[0].Profile = c.part
		in := subject(t, pod("", "", ""))
		in.Settings = rule.Settings{Profile: c.profile, Want: strings.Split(c.want, ","), Skip: strings.Split(c.skip, ",")}
		out, err := newSet(t, r).Admit(in)
		if err != nil || (len(out.Edits) > 0) != c.applied {
			t.Errorf("%+v: %v %v", c, err, out.Edits)
		}
	}
}
