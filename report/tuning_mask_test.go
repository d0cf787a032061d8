package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// TestARecommendationTellsNoSecret in any form, unless it is asked to.
func TestARecommendationTellsNoSecret(t *testing.T) {
	for _, format := range append(TuningFormats(), printers.Samples()[1:]...) {
		for _, show := range []bool{false, true} {
			r := Tuning{Coverage: Coverage{LeftOut: []LeftOut{{File: "a", Reason: "odd: password=Ω8ab2cd3Ω"}}}, Workloads: []TunedWorkload{{Name: "etl", Recommendation: tuner.Recommendation{
				Notes: []string{"odd: -Djavax.net.ssl.keyStorePassword=Ω1ab2cd3Ω"},
				Settings: []tuner.Setting{
					{Name: "spark.ssl.keyPassword", Now: "Ω2ab2cd3Ω", Recommended: "Ω3ab2cd3Ω", Verdict: tuner.Keep},
					{Name: "spark.executor.extraJavaOptions", Now: "-Dtoken=Ω4ab2cd3Ω", Recommended: "-Dtoken=Ω5ab2cd3Ω", Verdict: tuner.Change, Why: "stood: -Dsecret=Ω6ab2cd3Ω", Formula: "secret=Ω7ab2cd3Ω"},
					{Name: "spark.executor.memory", Now: "1g", Recommended: "2g", Verdict: tuner.Change},
				}}}}}
			var b bytes.Buffer
			if err := r.Write(&b, Options{Format: format, ShowSecrets: show}); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(b.String(), "Ω") != show || !strings.Contains(b.String(), "2g") {
				t.Errorf("%s, shown %v:\n%s", format, show, b.String())
			}
		}
	}
}
