package scene

import (
	"context"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/scene/configmap"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

// TestAMountedConfigMapThatCannotBeReadIsNamed: it is neither missing nor known.
func TestAMountedConfigMapThatCannotBeReadIsNamed(t *testing.T) {
	driver, err := launcher.FromObject([]byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"d","namespace":"jobs","labels":{"spark-role":"driver","spark-app-selector":"spark-1"}},
"spec":{"containers":[{"name":"spark-kubernetes-driver","image":"apache/spark:4.0.1","args":["driver"],"volumeMounts":[{"name":"conf","mountPath":"/opt/spark/conf"}]}],
"volumes":[{"name":"conf","configMap":{"name":"conf"}}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	collector := workload.NewCollector()
	collector.Add(driver)
	related := newRelated()
	related.configMaps = configmap.NewReader(func(context.Context, string, string) ([]byte, *cluster.Gap) {
		return []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":7}}`), nil
	})
	gaps, err := related.readTexts(t.Context(), collector.Workloads())
	if err != nil || len(gaps) > 0 || len(related.notRead) != 1 || related.notRead[0].Object != "configmap jobs/conf" || related.notRead[0].Reason == "" {
		t.Errorf("gaps %v, not read %+v, %v", gaps, related.notRead, err)
	}
}
