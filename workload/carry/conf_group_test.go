package carry

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// TestChangesThatBelongTogetherAreMadeWholeOrNotAtAll: a value that its new place does not take keeps its old name, and
// the groups beside it are made.
func TestChangesThatBelongTogetherAreMadeWholeOrNotAtAll(t *testing.T) {
	for name, c := range map[string]struct{ object, from, to, value, reason string }{
		"quotes for a SparkCluster": {"apiVersion: spark.apache.org/v1\nkind: SparkCluster\n",
			"spark.history.fs.cleaner.enabld", "spark.history.fs.cleaner.enabled", `a"b`, "double quotes"},
		"no number": {"apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\n",
			"spark.dynamicAllocation.maxExecuters", "spark.dynamicAllocation.maxExecutors", "5 ", "takes a whole number"},
		"a word of a shell": {"apiVersion: sparkoperator.k8s.io/v1alpha1\nkind: SparkConnect\n",
			"spark.sql.extensons", "spark.sql.extensions", "a;b", "to a shell without quotes"},
	} {
		text := c.object + "metadata: {name: x}\nspec:\n  dynamicAllocation: {enabled: true}\n  sparkConf:\n" +
			fmt.Sprintf("    %s: '%s'\n    spark.one: '1'\n", c.from, c.value)
		f, err := source.Open("x.yaml", []byte(text))
		if err != nil {
			t.Fatal(name, err)
		}
		rename := []spark.Change{{Key: c.from, Unset: true}, {Key: c.to, Value: c.value}}
		results := ConfGroups(f.Docs[0], [][]spark.Change{
			{{Key: "spark.one", Unset: true}, {Key: "spark.two", Value: "1"}},
			rename,
			nil,
			{{Key: "spark.two", Value: "2"}},
		})
		if len(results) != 4 || results[0].Refused != nil || len(results[2].Ops) > 0 || results[2].Refused != nil || results[3].Refused != nil {
			t.Fatalf("%s: %+v", name, results)
		}
		if r := results[1]; len(r.Ops) > 0 || r.Refused == nil || r.Refused.Key != c.to || !strings.Contains(r.Refused.Reason, c.reason) {
			t.Errorf("%s: %+v, %+v", name, r.Ops, r.Refused)
		}
		if err := f.Edit(f.Docs[0], append(results[0].Ops, results[3].Ops...)); err != nil {
			t.Fatal(name, err)
		}
		conf := f.Docs[0].Conf
		_, one := conf["spark.one"]
		if conf[c.from].Value != c.value || conf[c.to].Value != "" || one || conf["spark.two"].Value != "2" {
			t.Errorf("%s: %s", name, f.Bytes())
		}
		if rename[0], rename[1] = rename[1], rename[0]; ConfGroups(f.Docs[0], [][]spark.Change{rename})[0].Refused == nil {
			t.Errorf("%s: the other way round it is made", name)
		}
	}
}
