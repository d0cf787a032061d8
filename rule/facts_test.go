package rule_test

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// weather stands for the evidence of a package that rule has never heard of.
type weather struct{ rain bool }

func TestANewSourceOfEvidenceIsAKeyAndNothingElse(t *testing.T) {
	outside, other := rule.NewFact[weather]("weather"), rule.NewFact[weather]("weather")
	look := func(p *rule.WorkloadPass) {
		w, known := rule.Get(p, outside)
		p.Report(p.At("image"), "rain %v, known %v", w.rain, known)
	}
	needs, uses, undeclared := inspect("SPK-P901", look), inspect("SPK-P902", look), inspect("SPK-P903", look)
	needs.Needs, uses.Uses, undeclared.Uses = []rule.Key{outside}, []rule.Key{outside}, []rule.Key{other, rule.FactConf}
	set := newSet(t, needs, uses, undeclared)
	for name, c := range map[string]struct {
		put   func(*rule.Facts)
		finds string
	}{
		"nothing":     {func(*rule.Facts) {}, "SPK-P902 rain false, known false"},
		"other's":     {func(f *rule.Facts) { rule.Put(f, other, weather{true}) }, "SPK-P902 rain false, known false"},
		"all":         {func(f *rule.Facts) { rule.Put(f, outside, weather{true}) }, "SPK-P901 rain true, known true; SPK-P902 rain true, known true"},
		"in part":     {func(f *rule.Facts) { rule.PutPart(f, outside, weather{true}) }, "SPK-P902 rain true, known false"},
		"put anew":    {func(f *rule.Facts) { rule.Put(f, outside, weather{true}); rule.Put(f, outside, weather{}) }, "SPK-P901 rain false, known true; SPK-P902 rain false, known true"},
		"more in all": {func(f *rule.Facts) { rule.PutPart(f, outside, weather{}); rule.Put(f, outside, weather{true}) }, "SPK-P901 rain true, known true; SPK-P902 rain true, known true"},
	} {
		in := subject(t, pod("", "", ""))
		c.put(&in.Facts)
		d := set.Diagnose(in)
		var finds, skips []string
		for _, f := range d.Findings {
			finds = append(finds, f.Code+" "+f.Message)
		}
		for _, s := range d.Skipped {
			skips = append(skips, s.Code+" "+s.Reason)
		}
		want := `SPK-P903 SPK-P903 asks for fact "weather" and declares it in neither Needs nor Uses`
		if !strings.Contains(c.finds, "SPK-P901") {
			want = "SPK-P901 needs weather; " + want
		}
		if got := strings.Join(finds, "; "); got != c.finds || strings.Join(skips, "; ") != want {
			t.Errorf("%s: %s\nskipped %s", name, got, strings.Join(skips, "; "))
		}
		if len(d.Checked)+len(d.Skipped) != 3 || len(d.Checked) != len(d.Findings) {
			t.Errorf("%s: checked %q, skipped %q", name, d.Checked, skips)
		}
	}
}

// TestFactsOfACopyAreItsOwn: an Input is handed on by value.
func TestFactsOfACopyAreItsOwn(t *testing.T) {
	var first rule.Facts
	rule.Put(&first, factCores, 4)
	second, third := first, first
	rule.Put(&second, rule.FactImage, spark.Image{Java: 17})
	rule.Put(&third, rule.FactImage, spark.Image{Java: 21})
	rule.Put(&third, factCores, 8)
	_, known := rule.Known(&first, rule.FactImage)
	image, _ := rule.Known(&second, rule.FactImage)
	if n, _ := rule.Known(&second, factCores); known || image.Java != 17 || n != 4 {
		t.Errorf("%v %v %v", known, image, n)
	}
	if n, _ := rule.Known(&third, factCores); n != 8 {
		t.Errorf("%d", n)
	}
}

func TestTheConfigurationIsAFactLikeOthers(t *testing.T) {
	r := inspect("SPK-P901", func(p *rule.WorkloadPass) {
		conf, known := rule.Get(p, rule.FactConf)
		p.ReportConf("spark.a", "%s %v", conf["spark.a"].Value, known)
	})
	r.Uses = []rule.Key{rule.FactConf}
	for _, want := range []string{" false", "x true"} {
		in := subject(t, pod("", "", ""))
		if want != " false" {
			in.Conf = spark.Conf{"spark.a": {Value: "x"}}
		}
		if d := newSet(t, r).Diagnose(in); len(d.Findings) != 1 || d.Findings[0].Message != want {
			t.Errorf("%q: %+v", want, d)
		}
	}
}
