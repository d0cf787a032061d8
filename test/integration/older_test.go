package integration

import (
	"strings"
	"testing"
)

// TestPodsOlderThanTheirTemplateAreToldOnce: once the template is right the pods are to be restarted, and nothing else is to be done.
func TestPodsOlderThanTheirTemplateAreToldOnce(t *testing.T) {
	a := newApplied(t)
	a.worker("spark-worker", "")
	uid := strings.Trim(a.get(sets, "spark-worker", "metadata", "uid"), `"`)
	a.create("/api/v1/namespaces/%s/pods", `{apiVersion: v1, kind: Pod, metadata: {name: spark-worker-0, labels: {app: spark-worker},
ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: spark-worker, uid: `+uid+`, controller: true}]},
spec: {containers: [{name: worker, image: "apache/spark:3.5.6", command: ["/opt/spark/bin/spark-class", "org.apache.spark.deploy.worker.Worker", "spark://m:7077"], resources: {limits: {memory: 768Mi}}}]}}`)
	const older = "these pods are older than their template, in which SPK-P034 is right"
	restart := "restart them: kubectl rollout restart statefulset.apps/spark-worker -n " + a.ns
	out, errs := a.run(1, "doctor")
	if strings.Contains(out+errs, "older than their template") || !strings.Contains(out, "SPK-P034") {
		t.Fatalf("the template is not right yet:\n%s%s", out, errs)
	}
	a.run(0, "fix", "statefulset/spark-worker", "SPK-P034", "--apply", "--allow-restart", "--record="+recordFile(t))
	out, _ = a.run(1, "doctor", "-o", "wide")
	a.wants(out, older, restart)
	if strings.Count(out, "SPK-P034  ") != 1 {
		t.Errorf("it is not told once:\n%s", out)
	}
	out, errs = a.run(0, "fix", "SPK-P034")
	a.wants(out+errs, a.ns+"/spark-worker: "+older, restart, "nothing to fix")
	if strings.Contains(out+errs, "manual") {
		t.Errorf("a restart is no manual change:\n%s%s", out, errs)
	}
}

// TestAWordThatIsNoTypeIsToldAsOne: of a resource whose operator is not installed, too.
func TestAWordThatIsNoTypeIsToldAsOne(t *testing.T) {
	a := newApplied(t)
	for args, want := range map[string]string{
		"nothing-of-this-name/orders":   `namespace "nothing-of-this-name" does not exist: choose another with -n`,
		"sparkhistoryservers/orders":    `sparkhistoryservers/orders: the cluster has no type and no namespace "sparkhistoryservers": is the operator installed that serves SparkHistoryServer? kubectl api-resources lists the types`,
		"no-such-namespace/orders/more": `"no-such-namespace/orders/more" names nothing`,
	} {
		_, errs := a.run(2, "doctor", args)
		a.wants(errs, want)
	}
}
