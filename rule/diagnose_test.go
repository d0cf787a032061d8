package rule_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func TestAFindingExistsExactlyWhenAVerbWasCalled(t *testing.T) {
	both := func(p *rule.PodPass) {
		p.Level(rule.Advice) // says nothing alone
		p.Message("never seen")
		p.Message("")
		p.Fill("one", p.At("tty"), true)
		p.AppendEnv("two", "A", "1")
		p.Decline("one", rule.RunsToEnd) // nor does a deliberate none
	}
	set := newSet(t, ensure("SPK-S901", both, "one", "two"))
	for name, c := range map[string]struct {
		container string
		message   string
		carried   bool
		path      string
		notFixed  string
	}{
		"all is well":  {container: `"tty":true,"env":[{"name":"A"}]`},
		"both":         {``, "one is missing, two is missing; consequence", true, main0 + "tty", ""},
		"one of two":   {`"tty":true`, "two is missing; consequence", true, main0 + "env", ""},
		"one refused":  {`"envFrom":[{"secretRef":{"name":"s"}}]`, "one is missing, two is missing; consequence", false, main0 + "tty", "Not fixed automatically: two is missing (the container's envFrom may set the variable already)"},
		"only refused": {`"tty":true,"envFrom":[{"secretRef":{"name":"s"}}]`, "two is missing; consequence", false, main0 + "envFrom", "Not fixed automatically: the container's envFrom may set the variable already"},
	} {
		raw := pod(c.container, "", "")
		d := set.Diagnose(subject(t, raw))
		out, _ := admit(t, set, raw)
		deliberate := 0
		for _, r := range out.Refusals {
			if r.Deliberate {
				deliberate++
			}
		}
		if acts := len(out.Edits)+len(out.Refusals)-deliberate > 0; acts != (len(d.Findings) == 1) || acts != (c.message != "") || deliberate != 1 || len(d.Checked) != 1 {
			t.Errorf("%s: admission %q, findings %+v", name, told(out), d.Findings)
			continue
		}
		if c.message == "" {
			continue
		}
		f := d.Findings[0]
		if f.Message != c.message || f.NotFixed != c.notFixed || f.Carried != c.carried || f.Path.Pointer() != c.path || f.Level != rule.Advice || f.Summary != "remedy" || f.Role != spark.Executor {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestNextPartsTheFindingsOfAnEnsureRule(t *testing.T) {
	both := func(p *rule.PodPass) {
		p.Next() // nothing to end
		p.Level(rule.Advice)
		p.Message("first")
		p.Summary("one")
		p.Evidence("a", "b")
		p.Fill("one", p.At("tty"), true)
		p.Fill("one", p.At("stdin"), true)
		p.Next()
		p.Next() // nothing since
		p.AppendEnv("two", "A", "1")
	}
	set := newSet(t, ensure("SPK-S901", both, "one", "two"))
	raw := pod("", "", "")
	d := set.Diagnose(subject(t, raw))
	if len(d.Findings) != 2 || len(d.Checked) != 1 {
		t.Fatalf("%+v", d)
	}
	first, second := d.Findings[0], d.Findings[1]
	if first.Message != "first" || first.Level != rule.Advice || first.Summary != "one" || first.Observed != "a" || len(first.Edits) != 2 || first.Path.Pointer() != main0+"tty" {
		t.Errorf("first: %+v", first)
	}
	if second.Message != "two is missing; consequence" || second.Level != rule.Warning || second.Summary != "remedy" || second.Observed != "" ||
		len(second.Edits) != 1 || second.Edits[0].Part != "two" || second.Code != "SPK-S901" || second.Area != rule.Security {
		t.Errorf("second: %+v", second)
	}
	if out, _ := admit(t, set, raw); len(out.Edits) != 3 {
		t.Errorf("at admission: %s", told(out))
	}
}

func TestWhatAUserWroteIsCorrectedAndRemovedByDiagnosisOnly(t *testing.T) {
	r := ensure("SPK-S901", func(p *rule.PodPass) {
		p.Correct("a", p.At("imagePullPolicy"), corev1.PullAlways)
		p.Remove("b", p.At("tty"))
		p.Remove("b", rule.Path{"metadata", "labels", "x"})
	}, "a", "b")
	raw := pod(`"imagePullPolicy":"Never","tty":true`, "", "")
	raw = strings.Replace(raw, `"labels":{`, `"labels":{"x":"y",`, 1)
	in := subject(t, raw)
	d := newSet(t, r).Diagnose(in)
	c := in.Template.Spec.Containers[0]
	if _, label := in.Template.Labels["x"]; label || c.ImagePullPolicy != corev1.PullAlways || c.TTY || len(d.Findings) != 1 || !d.Findings[0].Carried {
		t.Errorf("%+v, %+v", c, d)
	}
	out, after := admit(t, newSet(t, r), raw)
	if len(out.Edits) > 0 || len(out.Refusals) != 3 || report(t, after).Refused["SPK-S901/a"] != rule.UserSet {
		t.Errorf("at admission: %s", told(out))
	}
}

func TestAnInspectRuleThatCallsAVerbIsAnError(t *testing.T) {
	for name, verb := range map[string]func(*rule.PodPass){
		"fill": tty, "env": func(p *rule.PodPass) { p.AppendEnv("", "A", "1") }, "refuse": func(p *rule.PodPass) { p.Refuse("", p.At("tty"), rule.UserSet) },
		"token": func(p *rule.PodPass) { p.MergeTokens("", "-Da") }, "remove": func(p *rule.PodPass) { p.Remove("", p.At("args")) },
	} {
		in := subject(t, pod("", "", ""))
		d := newSet(t, inspect("SPK-S901", func(p *rule.WorkloadPass) { verb(p.Pod()); p.Report(p.At("tty"), "seen") })).Diagnose(in)
		if len(d.Findings) > 0 || len(d.Skipped) != 1 || !strings.Contains(d.Skipped[0].Reason, "SPK-S901") || in.Template.Spec.Containers[0].TTY {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestARuleDoesWithoutItsFactsWhereAContainerTellsEnough(t *testing.T) {
	r := inspect("SPK-P901", func(p *rule.WorkloadPass) {
		conf, known := p.Conf()
		p.Report(p.At("image"), "%v %v", conf, known)
	})
	r.Needs, r.SkipNeeds = []rule.Key{rule.FactConf}, spark.Roles{spark.Worker}
	set := newSet(t, r)
	in := subject(t, pod("", "", ""))
	if d := set.Diagnose(in); len(d.Skipped) != 1 || len(d.Findings) != 0 {
		t.Errorf("a %s: %+v", in.Identity.Role, d)
	}
	in.Identity.Role = spark.Worker
	if d := set.Diagnose(in); len(d.Skipped) != 0 || len(d.Findings) != 1 {
		t.Errorf("a worker: %+v", d)
	}
	in.Template = nil
	if d := set.Diagnose(in); len(d.Skipped) != 1 || len(d.Findings) != 0 {
		t.Errorf("a worker without a container: %+v", d)
	}
}

// factCores is a fact as another package declares it.
var factCores = rule.NewFact[int]("the nodes")

func TestARuleWithoutTheFactsThatItNeedsIsSkippedWithTheReason(t *testing.T) {
	needs := inspect("SPK-P901", func(p *rule.WorkloadPass) {
		conf, _ := p.Conf()
		cores, _ := rule.Get(p, factCores)
		p.Evidence("observed", "needed")
		p.ReportConf("spark.a", "%s on %d", conf["spark.a"].Value, cores)
	})
	needs.Needs = []rule.Key{rule.FactConf, factCores}
	uses := inspect("SPK-I901", func(p *rule.WorkloadPass) {
		if _, known := p.Image(); !known {
			p.Report(p.At("image"), "not known")
		}
	})
	uses.Uses = []rule.Key{rule.FactImage}
	set := newSet(t, needs, uses)
	d := set.Diagnose(subject(t, pod("", "", "")))
	if len(d.Skipped) != 1 || d.Skipped[0] != (rule.Skip{Code: "SPK-P901", Reason: "needs the Spark configuration, the nodes"}) || len(d.Findings) != 1 || len(d.Checked) != 1 {
		t.Fatalf("%+v", d)
	}
	conf, err := spark.ParseProperties([]byte("# c\nspark.a b\n"))
	if err != nil {
		t.Fatal(err)
	}
	in := subject(t, pod("", "", ""))
	in.Conf, in.Skip = conf, []string{"SPK-I901"}
	rule.Put(&in.Facts, factCores, 4)
	d = set.Diagnose(in)
	if len(d.Findings) != 1 || len(d.Skipped) > 0 {
		t.Fatalf("%+v", d)
	}
	if f := d.Findings[0]; f.Message != "b on 4" || !f.OfConf || f.Line != 2 || f.Observed != "observed" || f.Needed != "needed" {
		t.Errorf("%+v", f)
	}
}

func TestWithoutACertainTemplateOnlyInspectRulesRun(t *testing.T) {
	set := newSet(t, ensure("SPK-P901", tty), inspect("SPK-P902", func(p *rule.WorkloadPass) {
		if p.Main() == nil && p.Template() == nil {
			p.Report(nil, "no template")
		}
	}))
	uncertain := subject(t, pod("", "", ""))
	uncertain.Identity.Certain = false
	for name, in := range map[string]rule.Input{"none": {Identity: spark.Identity{Role: spark.Driver, Container: -1}}, "uncertain": uncertain} {
		if d := set.Diagnose(in); len(d.Findings) != 1 || d.Findings[0].Code != "SPK-P902" || len(d.Checked) != 1 {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// Where a configuration is known in part, only rules that judge each setting by itself are shown it; the others are
// skipped with the reason, or do without it.
func TestConfInPart(t *testing.T) {
	seen := map[string]bool{}
	of := func(code string, change func(*rule.Rule)) *rule.Rule {
		r := &rule.Rule{Code: code, Name: "n" + strings.ToLower(code[5:]), Level: rule.Warning, Area: rule.Performance, Doc: ensure("SPK-P900", nil).Doc,
			Uses: []rule.Key{rule.FactConf}, Inspect: rule.Workload(func(p *rule.WorkloadPass) { _, seen[code] = p.Conf() })}
		change(r)
		return r
	}
	both := func(r *rule.Rule) {
		r.Parts = []rule.Part{{Name: "a", Profile: rule.Safe, State: "s", Says: "s"}}
		r.Ensure, r.Inspect = rule.Workload(func(*rule.WorkloadPass) {}), nil
	}
	set, err := rule.NewSet("1",
		of("SPK-P901", func(r *rule.Rule) { r.Each = true }),
		of("SPK-P902", func(*rule.Rule) {}),
		of("SPK-P903", func(r *rule.Rule) { r.Needs, r.Uses = r.Uses, nil }),
		of("SPK-P904", both),
		of("SPK-P905", func(r *rule.Rule) { r.Each = true }),
	)
	if err != nil {
		t.Fatal(err)
	}
	in := rule.Input{Conf: spark.Conf{}, ConfRest: "a file is not read"}
	var skipped []string
	for _, s := range set.Diagnose(in).Skipped {
		skipped = append(skipped, s.Code+" "+s.Reason)
	}
	if want := "SPK-P903 needs the Spark configuration (a file is not read), SPK-P904 needs the Spark configuration (a file is not read)"; strings.Join(skipped, ", ") != want {
		t.Errorf("skipped: %s", strings.Join(skipped, ", "))
	}
	if !seen["SPK-P901"] || seen["SPK-P902"] || seen["SPK-P903"] || !seen["SPK-P905"] {
		t.Errorf("the configuration was shown to %v", seen)
	}
}
