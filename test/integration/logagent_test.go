package integration

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// TestALogAgentThatMissesNodes: two executors run, one on a node with a taint that the cluster's log agent does not tolerate.
func TestALogAgentThatMissesNodes(t *testing.T) {
	cp := controlplane.ForTest(t, controlplane.Options{})
	ns := cp.NewNamespace(t)
	put(t, cp, "/api/v1/nodes", "metadata: {name: plain, labels: {kubernetes.io/os: linux}}")
	put(t, cp, "/api/v1/nodes", "metadata: {name: spot, labels: {kubernetes.io/os: linux}}\nspec: {taints: [{key: example.org/spot, value: 'true', effect: NoSchedule}]}")
	agent := "metadata: {name: fluent-bit}\nspec:\n  selector: {matchLabels: {app: logs}}\n  template:\n    metadata: {labels: {app: logs}}\n    spec:\n" +
		"      nodeSelector: {kubernetes.io/os: linux}\n      containers: [{name: agent, image: 'cr.fluentbit.io/fluent/fluent-bit:3.1.9'}]\n      volumes: [{name: log, hostPath: {path: /var/log}}]\n"
	put(t, cp, "/apis/apps/v1/namespaces/"+ns+"/daemonsets", agent)
	for _, node := range []string{"plain", "spot"} {
		put(t, cp, "/api/v1/namespaces/"+ns+"/pods", "metadata: {name: etl-exec-"+node+", labels: {spark-role: executor, spark-app-selector: spark-"+node+", spark-app-name: etl, spark-version: 3.5.6}}\n"+
			"spec: {nodeName: "+node+", restartPolicy: Never, containers: [{name: spark-kubernetes-executor, image: 'apache/spark:3.5.6', args: [executor]}]}")
	}
	_, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "-o", "json")
	found := 0
	for _, f := range reportOf(t, out).Findings {
		if f.Code != "SPK-M016" {
			continue
		}
		found++
		if !strings.Contains(f.Message, ns+"/fluent-bit") || !strings.Contains(f.Fix.Summary, "{key: example.org/spot, operator: Exists, effect: NoSchedule}") {
			t.Errorf("%s\n%+v", f.Message, f.Fix)
		}
	}
	if found != 1 {
		t.Errorf("%d findings of SPK-M016 in\n%s%s", found, out, errs)
	}
}
