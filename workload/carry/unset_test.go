package carry

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// TestAKeyThatWouldStandIsNotTakenOut: what stands in more places than are looked at is refused, and left whole.
func TestAKeyThatWouldStandIsNotTakenOut(t *testing.T) {
	for times, refuse := range map[int]bool{2: false, rounds + 2: true} {
		f, err := source.Open("app.yaml", []byte("apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: x}\nspec:\n  executor:\n    env:\n"+
			strings.Repeat("    - {name: MODE, value: fast}\n", times)))
		if err != nil {
			t.Fatal(err)
		}
		ops, refused := eachAlone(f.Docs[0], []spark.Change{{Key: "spark.executorEnv.MODE", Unset: true}})
		if (len(refused) == 1) != refuse || (len(ops) == 0) != refuse || refuse && !strings.Contains(refused[0].Reason, "spec.executor.env") {
			t.Errorf("%d times: %v, %v", times, ops, refused)
		}
	}
}
