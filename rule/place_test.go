package rule_test

import (
	"fmt"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func TestAPlaceRendersItself(t *testing.T) {
	field := patch.Path{"spec", "containers", "0", "image"}
	for want, p := range map[string]rule.Place{
		"":                         {},
		"spec.containers[0].image": {Path: field},
		"spark.a":                  {Path: patch.Path{"spec", "sparkConf", "spark.a"}, Key: "spark.a", OfConf: true},
		"pod/etl-driver spec.containers[0].image": {Path: field, Object: "pod/etl-driver"},
		"pod/etl-driver": {Object: "pod/etl-driver"},
		"a.yaml:4:7":     {Path: field, File: "a.yaml", Line: 4, Column: 7, Object: "pod/etl-driver"},
		"a.yaml:4":       {Key: "spark.a", File: "a.yaml", Line: 4},
		"a.yaml":         {Key: "spark.a", File: "a.yaml", Column: 7},
	} {
		if got := fmt.Sprint(p); got != want {
			t.Errorf("%+v: %q, want %q", p, got, want)
		}
	}
}

// TestAFindingNamesAllItsPlacesAndItsCause: what one finding tells does not leak into the next.
func TestAFindingNamesAllItsPlacesAndItsCause(t *testing.T) {
	conf := spark.Conf{"spark.a": {Value: "1", Line: 4, Path: patch.Path{"data", "spark.a"}}, "spark.b": {Value: "2", Line: 5}}
	tell := func(p *rule.WorkloadPass, do func(key string)) {
		p.Cause("SPK-P001")
		p.Also(p.At("tty"))
		p.AlsoConf("spark.none")
		do("spark.a")
	}
	both := confRule(nil)
	both.Ensure = rule.Workload(func(p *rule.WorkloadPass) {
		tell(p, func(key string) {
			p.UnsetConf("conf", key)
			p.UnsetConf("conf", "spark.b")
			p.SetConf("conf", "spark.b", "3")   // one place, named once
			p.SetConf("conf", "spark.new", "5") // stands nowhere
		})
		p.Next()
		p.SetConf("conf", "spark.c", "4")
	})
	for name, r := range map[string]*rule.Rule{
		"ensure": both,
		"inspect": inspect("SPK-P901", func(p *rule.WorkloadPass) {
			tell(p, func(key string) {
				p.AlsoConf("spark.b")
				p.ReportConf(key, "seen")
			})
			p.ReportConf("spark.c", "seen")
		}),
	} {
		if name == "inspect" {
			r.Needs = []rule.Key{rule.FactConf}
		}
		in := subject(t, pod("", "", ""))
		in.Conf = conf
		d := newSet(t, r).Diagnose(in)
		if len(d.Findings) != 2 {
			t.Fatalf("%s: %+v", name, d)
		}
		first, second := d.Findings[0], d.Findings[1]
		got := fmt.Sprintf("%v %d %v %d %s", first.Place, first.Line, first.Also, first.Also[2].Line, first.Cause)
		if want := "spark.a 4 [spec.containers[0].tty spark.none spark.b] 5 SPK-P001"; got != want || first.Path.Pointer() != "/data/spark.a" {
			t.Errorf("%s: %s at %s, want %s", name, got, first.Path, want)
		}
		if second.Key != "spark.c" || second.Also != nil || second.Cause != "" {
			t.Errorf("%s: %+v", name, second)
		}
	}
}
