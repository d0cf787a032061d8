package rule_test

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func TestMendingCarriesCorrectionsAndIsDoneOnce(t *testing.T) {
	template := ensure("SPK-S901", func(p *rule.PodPass) {
		p.Correct("a", p.At("imagePullPolicy"), "Always")
		p.Remove("b", p.At("tty"))
		if env := p.Main().Env; len(env) > 0 && env[0].Name == "OLD" {
			p.Remove("c", p.At("env", "0"))
		}
		p.AppendEnv("c", "A", "1")
	}, "a", "b", "c")
	conf := confRule(func(p *rule.ConfPass) {
		p.RenameConf("conf", "spark.old", "spark.new")
		p.SetConf("conf", "spark.new", "2") // a later verb wins
	})
	set := newSet(t, template, conf)
	raw := pod(`"imagePullPolicy":"Never","tty":true,"env":[{"name":"OLD"},{"name":"B"}]`, "", "")
	mend := func(raw string, c spark.Conf, only ...string) rule.Fixed {
		in := subject(t, raw)
		in.Conf, in.Only = c, only
		m, err := set.Fix(in)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := mend(raw, spark.Conf{"spark.old": {Value: "1"}})
	after, err := patchjson.Apply([]byte(raw), m.Ops)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"imagePullPolicy":"Always"`, `{"name":"A","value":"1"}`} {
		if !strings.Contains(string(after), want) || strings.Contains(string(after), "tty") || strings.Contains(string(after), "OLD") {
			t.Errorf("%s is not in %s", want, after)
		}
	}
	if len(m.Changes) != 2 || m.Changes[0] != (spark.Change{Key: "spark.old", Unset: true}) || m.Changes[1] != (spark.Change{Key: "spark.new", Value: "2"}) {
		t.Errorf("changes %+v", m.Changes)
	}
	if again := mend(string(after), spark.Conf{"spark.new": {Value: "2"}}); len(again.Ops)+len(again.Changes)+len(again.Findings) > 0 {
		t.Errorf("twice is not once: %+v", again)
	}
	if m := mend(raw, spark.Conf{"spark.old": {Value: "1"}}, "SPK-S901/b"); len(m.Ops) != 1 || m.Ops[0].Op != patch.Remove || len(m.Changes) > 0 {
		t.Errorf("limited to one part: %+v, %+v", m.Ops, m.Changes)
	}
	if m := mend(raw, spark.Conf{"spark.old": {Value: "1"}}, "SPK-P901"); len(m.Ops) > 0 || len(m.Changes) != 2 {
		t.Errorf("limited to one code: %+v, %+v", m.Ops, m.Changes)
	}
}

func TestAMendThatDoesNotSayWhatWasMeantIsAnError(t *testing.T) {
	set := newSet(t, ensure("SPK-S901", func(p *rule.PodPass) { p.AppendEnv("", "A", "1") }))
	in := subject(t, pod(`"env":[{"name":"B"}]`, "", ""))
	in.Raw = []byte(pod("", "", ""))
	if m, err := set.Fix(in); err == nil || len(m.Ops) > 0 || len(m.Findings) != 1 {
		t.Errorf("%v, %+v", err, m)
	}
}
