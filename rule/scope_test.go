package rule_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestAPassHasTheVerbsOfItsScope and no others: a rule of a configuration cannot touch a template, one of a template no
// configuration.
func TestAPassHasTheVerbsOfItsScope(t *testing.T) {
	pod := strings.Fields("Fill Correct Remove AppendEnv AddVolume Mount Annotate MergeTokens Refuse Also")
	conf := strings.Fields("SetConf UnsetConf RenameConf RefuseConf AlsoConf ReportConf")
	reads := strings.Fields("Role Launcher Version Template Main Conf Image")
	says := strings.Fields("Level Message Summary Sets Evidence Cause Next Wanted")
	for _, c := range []struct {
		pass       any
		has, lacks []string
	}{
		{&rule.PodPass{}, slices.Concat(pod, reads, says), conf},
		{&rule.ConfPass{}, slices.Concat(conf, reads, says), pod},
		{&rule.WorkloadPass{}, slices.Concat(pod, conf, reads, says), nil},
	} {
		of := reflect.TypeOf(c.pass)
		for _, name := range c.has {
			if _, ok := of.MethodByName(name); !ok {
				t.Errorf("%s has no %s", of, name)
			}
		}
		for _, name := range c.lacks {
			if _, ok := of.MethodByName(name); ok {
				t.Errorf("%s has %s", of, name)
			}
		}
	}
}

// TestEachScopeIsRunOnWhatItSpeaksOf: what was not run is not said to be checked.
func TestEachScopeIsRunOnWhatItSpeaksOf(t *testing.T) {
	ofPod := inspect("SPK-P901", nil)
	ofPod.Inspect = rule.Pod(func(p *rule.PodPass) { p.Report(p.At("image"), "pod") })
	ofConf := inspect("SPK-P902", nil)
	ofConf.Needs = []rule.Key{rule.FactConf}
	ofConf.Inspect = rule.Conf(func(p *rule.ConfPass) { p.ReportConf("spark.a", "conf") })
	ofBoth := inspect("SPK-P903", func(p *rule.WorkloadPass) {
		p.Pod().Report(nil, "workload")
		p.OfConf().ReportConf("spark.a", "workload")
	})
	set := newSet(t, ofPod, ofConf, ofBoth)
	with, uncertain := subject(t, pod("", "", "")), subject(t, pod("", "", ""))
	with.Conf, uncertain.Identity.Certain = spark.Conf{}, false
	for name, c := range map[string]struct {
		in            rule.Input
		runs, skipped string
	}{
		"template and configuration": {with, "SPK-P901 SPK-P902 SPK-P903", ""},
		"template":                   {subject(t, pod("", "", "")), "SPK-P901 SPK-P903", "SPK-P902"},
		"configuration":              {rule.Input{Identity: spark.Identity{Role: spark.Driver, Container: -1}, Conf: spark.Conf{}}, "SPK-P902 SPK-P903", ""},
		"uncertain template":         {uncertain, "SPK-P903", "SPK-P901 SPK-P902"},
	} {
		d := set.Diagnose(c.in)
		var skipped []string
		for _, s := range d.Skipped {
			skipped = append(skipped, s.Code)
		}
		if strings.Join(d.Checked, " ") != c.runs || strings.Join(skipped, " ") != c.skipped {
			t.Errorf("%s: checked %q, skipped %q", name, d.Checked, d.Skipped)
		}
		if len(d.Findings) < len(d.Checked) {
			t.Errorf("%s: %+v", name, d.Findings)
		}
	}
}

// TestEitherJudgesThePodElseTheConfiguration: of a template that is not certain it says nothing.
func TestEitherJudgesThePodElseTheConfiguration(t *testing.T) {
	var ran []string
	r := inspect("SPK-P901", nil)
	r.Ensure, r.Inspect, r.Admit, r.Parts = rule.Either{Pod: func(*rule.PodPass) { ran = append(ran, "pod") }, Conf: func(*rule.ConfPass) { ran = append(ran, "conf") }}, nil, true, []rule.Part{{Name: "a", Profile: rule.Safe}}
	set, err := rule.NewSet("1", r)
	if err != nil {
		t.Fatal(err)
	}
	template := func() *corev1.PodTemplateSpec {
		return &corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "spark"}}}}
	}
	who := spark.Identity{Role: spark.Executor, Launcher: spark.Submitter(), Certain: true}
	for name, one := range map[string]struct {
		in      rule.Input
		ran     string
		skipped int
	}{
		"a pod":                             {rule.Input{Identity: who, Template: template(), Conf: spark.Conf{}}, "pod", 0},
		"a configuration":                   {rule.Input{Identity: who, Conf: spark.Conf{}, Unseen: "not in the input"}, "conf", 0},
		"neither":                           {rule.Input{Identity: who, Unseen: "not in the input"}, "", 1},
		"a container that cannot be chosen": {rule.Input{Identity: spark.Identity{Role: spark.Executor, Launcher: spark.Submitter()}, Template: template(), Conf: spark.Conf{}}, "", 1},
	} {
		ran = nil
		d := set.Diagnose(one.in)
		if got := strings.Join(ran, " "); got != one.ran || len(d.Skipped) != one.skipped {
			t.Errorf("%s: ran %q, skipped %v", name, got, d.Skipped)
		}
	}
}

func TestAScopeHasItsConditions(t *testing.T) {
	for want, change := range map[string]func(*rule.Rule){
		"what speaks of a configuration needs it": func(r *rule.Rule) { r.Inspect = rule.Conf(func(*rule.ConfPass) {}) },
		"no admission changes a configuration": func(r *rule.Rule) {
			r.Ensure, r.Inspect, r.Admit, r.Parts = rule.Workload(func(*rule.WorkloadPass) {}), nil, true, []rule.Part{{Name: "a", Profile: rule.Safe}}
		},
	} {
		r := inspect("SPK-P901", nil)
		change(r)
		if _, err := rule.NewSet("1", r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
