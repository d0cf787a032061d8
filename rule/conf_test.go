package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// confRule is a rule of a configuration with one part.
func confRule(do func(*rule.ConfPass)) *rule.Rule {
	r := ensure("SPK-P901", nil, "conf")
	r.Ensure, r.Admit, r.Needs = rule.Conf(do), false, []rule.Key{rule.FactConf}
	return r
}

func TestVerbsOfAConfigurationAreFindingsAtTheirKeysAndNeedNoTemplate(t *testing.T) {
	conf := spark.Conf{
		"spark.old":  {Value: "1", Line: 4, Path: patch.Path{"data", "spark.old"}},
		"spark.both": {Value: "2", Line: 5},
		"spark.kept": {Value: "3", Line: 6},
	}
	for name, c := range map[string]struct {
		do      func(*rule.ConfPass)
		changes string
		line    int
	}{
		"set":                     {func(p *rule.ConfPass) { p.SetConf("conf", "spark.a", "x") }, "spark.a=x", 0},
		"set as it is":            {func(p *rule.ConfPass) { p.SetConf("conf", "spark.old", "1") }, "", 0},
		"set otherwise":           {func(p *rule.ConfPass) { p.SetConf("conf", "spark.old", "2") }, "spark.old=2", 4},
		"unset":                   {func(p *rule.ConfPass) { p.UnsetConf("conf", "spark.old") }, "-spark.old", 4},
		"unset what is not there": {func(p *rule.ConfPass) { p.UnsetConf("conf", "spark.none") }, "", 0},
		"rename":                  {func(p *rule.ConfPass) { p.RenameConf("conf", "spark.old", "spark.new") }, "-spark.old spark.new=1", 4},
		"rename to what is taken": {func(p *rule.ConfPass) { p.RenameConf("conf", "spark.both", "spark.kept") }, "-spark.both", 5},
		"rename to what was named": {func(p *rule.ConfPass) {
			p.RenameConf("conf", "spark.old", "spark.new")
			p.RenameConf("conf", "spark.both", "spark.new")
		}, "-spark.old spark.new=1 -spark.both spark.new=1", 4},
		"a later verb sees the edit": {func(p *rule.ConfPass) { p.UnsetConf("conf", "spark.old"); p.UnsetConf("conf", "spark.old") }, "-spark.old", 4},
		"skipped":                    {func(p *rule.ConfPass) { p.SetConf("conf", "spark.a", "x") }, "", 0},
		"refused":                    {func(p *rule.ConfPass) { p.RefuseConf("conf", "spark.kept", rule.UserSet) }, "", 6},
	} {
		in := rule.Input{Identity: spark.Identity{Role: spark.Driver, Container: -1}, Conf: conf, Settings: rule.Settings{Profile: rule.Safe}}
		if name == "skipped" {
			in.Skip = []string{"SPK-P901/conf"}
		}
		d := newSet(t, confRule(c.do)).Diagnose(in)
		if len(d.Skipped) > 0 {
			t.Errorf("%s: skipped: %+v", name, d.Skipped)
		}
		if (len(d.Findings) == 1) != (c.changes != "" || name == "refused") {
			t.Errorf("%s: %+v", name, d.Findings)
			continue
		}
		if len(d.Findings) == 0 {
			continue
		}
		f := d.Findings[0]
		var changes []string
		for _, e := range f.Edits {
			for _, change := range e.Conf {
				if change.Unset {
					changes = append(changes, "-"+change.Key)
				} else {
					changes = append(changes, fmt.Sprintf("%s=%s", change.Key, change.Value))
				}
			}
		}
		if got := strings.Join(changes, " "); got != c.changes || !f.OfConf || f.Line != c.line || f.Carried == (name == "refused") {
			t.Errorf("%s: %q, %+v", name, got, f)
		}
		if len(conf) != 3 || conf["spark.old"].Value != "1" {
			t.Fatalf("%s: the configuration that was handed in was changed: %v", name, conf)
		}
	}
}

func TestAnUnknownConfigurationSkipsItsRules(t *testing.T) {
	r := confRule(func(p *rule.ConfPass) { p.SetConf("conf", "spark.a", "x") })
	d := newSet(t, r).Diagnose(subject(t, pod("", "", "")))
	if len(d.Findings) > 0 || len(d.Skipped) != 1 || d.Skipped[0].Reason != "needs the Spark configuration" {
		t.Errorf("%+v", d)
	}
	r.Admit = true
	if _, err := rule.NewSet("1", r); err == nil {
		t.Error("a rule of a configuration was taken for one of admission")
	}
}

func TestARuleOfBothIsRunOnATemplateAConfigurationOrBoth(t *testing.T) {
	r := confRule(nil)
	r.Ensure = rule.Workload(func(p *rule.WorkloadPass) {
		if p.Main() != nil {
			p.Correct("conf", p.At("tty"), true)
		}
		p.SetConf("conf", "spark.a", "x")
	})
	r.Needs, r.Uses = nil, []rule.Key{rule.FactConf}
	set := newSet(t, r)
	for name, c := range map[string]struct {
		template bool
		conf     spark.Conf
		checked  int
		edits    int
	}{
		"template":      {true, nil, 1, 2},
		"configuration": {false, spark.Conf{}, 1, 1},
		"both":          {true, spark.Conf{"spark.a": {Value: "x"}}, 1, 1},
		"neither":       {false, nil, 0, 0},
	} {
		in := rule.Input{Identity: spark.Identity{Role: spark.Driver, Container: -1}, Settings: rule.Settings{Profile: rule.Safe}}
		if c.template {
			in = subject(t, pod("", "", ""))
		}
		in.Conf = c.conf
		d := set.Diagnose(in)
		edits := 0
		for _, f := range d.Findings {
			edits += len(f.Edits)
		}
		if len(d.Checked) != c.checked || edits != c.edits || len(d.Skipped) > 0 {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// TestAFindingDoesNotLeanOnAnEarlierOne: what an earlier finding sets may be refused, so a later one sets it again, and
// sees what was there as handed in.
func TestAFindingDoesNotLeanOnAnEarlierOne(t *testing.T) {
	in := rule.Input{Identity: spark.Identity{Role: spark.Driver, Container: -1}, Conf: spark.Conf{"spark.kept": {Value: "3"}}, Settings: rule.Settings{Profile: rule.Safe}}
	var given []bool
	d := newSet(t, confRule(func(p *rule.ConfPass) {
		p.SetConf("conf", "spark.a", "x")
		p.SetConf("conf", "spark.kept", "4")
		p.Next()
		given = append(given, p.Given("spark.a"), p.Given("spark.kept"))
		p.SetConf("conf", "spark.a", "x")
		p.SetConf("conf", "spark.kept", "3")
	})).Diagnose(in)
	if len(d.Findings) != 2 || len(d.Findings[1].Edits) != 2 || given[0] || !given[1] {
		t.Errorf("given %v, %+v", given, d.Findings)
	}
}
