package generator

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// notWanted is what no generated pod asks for. Its rule's own tests have pods that do; to ask here would change the pods over
// which the budgets of test/allocations are counted.
const notWanted = "SPK-M022"

// TestPodsOfEveryKindAreGenerated: of every role, launcher, line of Spark and profile, and for every edit one that gets it.
func TestPodsOfEveryKindAreGenerated(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for seed := range uint64(5000) {
		raw, profile := Pod(seed)
		var template corev1.PodTemplateSpec
		if err := utiljson.Unmarshal(raw, &template); err != nil {
			t.Fatal(err)
		}
		in, _ := rule.Subject(raw, &template, rule.Marks{}, rule.Options{Profile: profile})
		if !in.Identity.Certain {
			continue
		}
		for _, what := range []string{"role " + string(in.Identity.Role), "launcher " + string(in.Identity.Launcher), "profile " + string(in.Profile), "Spark " + in.Identity.Version.String()} {
			seen[what]++
		}
		out, err := set.Admit(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range out.Edits {
			seen["edit "+e.Code+"/"+e.Part]++
		}
	}
	var wanted []string
	for _, role := range slices.Concat(spark.Jobs, spark.Servers) {
		wanted = append(wanted, "role "+string(role))
	}
	for _, l := range spark.Launchers(func(t spark.Traits) bool { return !t.Holds }) { // of the others the pods are those of what they submit
		wanted = append(wanted, "launcher "+string(l))
	}
	for _, p := range rule.Profiles() {
		wanted = append(wanted, "profile "+string(p))
	}
	for _, l := range lines() {
		wanted = append(wanted, "Spark "+l.version)
	}
	for _, r := range set.Rules() {
		for i := range r.Parts {
			if r.Admit && r.Code != notWanted {
				wanted = append(wanted, "edit "+r.Code+"/"+r.Parts[i].Name)
			}
		}
	}
	for _, what := range wanted {
		if seen[what] == 0 {
			t.Errorf("no generated pod: %s", what)
		}
	}
}
