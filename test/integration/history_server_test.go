package integration

import (
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
)

const deployments = "/apis/apps/v1/namespaces/%s/deployments"

// logging is a namespace with an application that writes its event log to a claim, which no History Server of the cluster reads.
func logging(t *testing.T) *applied {
	a := newApplied(t)
	a.create("/api/v1/namespaces/%s/persistentvolumeclaims", `{metadata: {name: events}, spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}}`)
	a.logs("etl", "4.3.0")
	return a
}

// logs is an application with an event log, as spark-submit makes it.
func (a *applied) logs(name, version string) {
	a.Helper()
	a.create("/api/v1/namespaces/%s/configmaps", `{metadata: {name: `+name+`-map}, data: {spark.properties: "spark.app.id=`+name+`\nspark.master=k8s://x\nspark.eventLog.enabled=true\nspark.eventLog.dir=file:///logs/spark\n"}}`)
	a.create("/api/v1/namespaces/%s/pods", `{metadata: {name: `+name+`-driver, labels: {spark-role: driver, spark-app-selector: `+name+`, spark-app-name: `+name+`, spark-version: `+version+`}},
spec: {restartPolicy: Never, volumes: [{name: spark-conf-volume-driver, configMap: {name: `+name+`-map}}, {name: logs, persistentVolumeClaim: {claimName: events}}], containers: [{name: spark-kubernetes-driver, image: "apache/spark:`+version+`", args: [driver], volumeMounts: [{name: logs, mountPath: /logs}]}]}}`)
}

// unread says whether doctor finds that no History Server reads the event log, and that fix creates one.
func (a *applied) unread() bool {
	a.Helper()
	_, out, errs := runPlugin(a.T, a.kubeconfig, "doctor", "--only=SPK-M003", "-o", "json", "--fail-on=never", "-n", a.ns)
	r := reportOf(a.T, out)
	for _, s := range r.Skipped {
		if s.Code == "SPK-M003" {
			a.Errorf("skipped: %s\n%s", s.Reason, errs)
		}
	}
	return len(r.Findings) > 0
}

// TestAMissingHistoryServerIsCreatedAndTakenBack, and nothing is wrong with the one that is made.
func TestAMissingHistoryServerIsCreatedAndTakenBack(t *testing.T) {
	a := logging(t)
	if !a.unread() {
		t.Fatal("doctor does not find that nothing reads the event log")
	}
	out, errs := a.run(0, "fix", "SPK-M003")
	a.wants(out+errs, "+kind: Deployment", "+kind: Service", "+kind: ServiceAccount", "-Dspark.history.fs.logDirectory=file:///logs/spark", "claimName: events", "image: apache/spark:4.3.0", "-Dspark.history.fs.cleaner.maxAge=30d")
	record := recordFile(t)
	out, _ = a.run(0, "fix", "SPK-M003", "--apply", "--record="+record)
	a.wants(out, "Deployment/spark-history-events-spark in namespace "+a.ns+": applied", "Service/spark-history-events-spark", "ServiceAccount/spark-history-events-spark")
	if a.unread() {
		t.Error("the finding is still there")
	}
	out, errs = a.run(0, "fix", "SPK-M003", "--apply", "--record="+record)
	a.wants(out+errs, "nothing to do")
	_, out, _ = runPlugin(t, a.kubeconfig, "doctor", "deployment/spark-history-events-spark", "--all", "-o", "json", "--fail-on=never", "-n", a.ns)
	r := reportOf(t, out)
	for _, f := range r.Findings {
		if f.Code != "SPK-M024" && f.Code != "SPK-S001" { // a GC log: Java's version is the image's; policies are for all pods of a namespace
			t.Errorf("the server that was made: %s %s", f.Code, f.Message)
		}
	}
	out, _ = a.run(0, "fix", "--list")
	a.wants(out, "deployment/spark-history-events-spark", "service/spark-history-events-spark", "serviceaccount/spark-history-events-spark", "SPK-M003", "event logs in file:///logs/spark, deleted after 30 days")
	a.patch(deployments, "spark-history-events-spark", "kube-controller-manager", `{"metadata":{"annotations":{"deployment.kubernetes.io/revision":"1"}}}`)
	out, _ = a.run(0, "fix", "--undo="+record)
	a.wants(out, "is deleted", "taken back")
	if !a.unread() {
		t.Error("the History Server is still there")
	}
	_, errs = a.run(0, "fix", "--list")
	a.wants(errs, "fix created no object in namespace "+a.ns)
}

// TestNoHistoryServerIsCreatedWhereOneReads in another namespace, or where it cannot be known.
func TestNoHistoryServerIsCreatedWhereOneReads(t *testing.T) {
	a := newApplied(t)
	a.logs("etl", "4.3.0")
	a.create("/api/v1/namespaces/%s/serviceaccounts", `{metadata: {name: other}}`)
	a.create("/api/v1/namespaces/%s/configmaps", `{metadata: {name: s3-map}, data: {spark.properties: "spark.app.id=s3\nspark.master=k8s://x\nspark.eventLog.enabled=true\nspark.eventLog.dir=s3a://`+a.ns+`/logs\n"}}`)
	a.create("/api/v1/namespaces/%s/pods", `{metadata: {name: s3-driver, labels: {spark-role: driver, spark-app-selector: s3, spark-app-name: s3, spark-version: 4.3.0}},
spec: {restartPolicy: Never, volumes: [{name: spark-conf-volume-driver, configMap: {name: s3-map}}], containers: [{name: spark-kubernetes-driver, image: "apache/spark:4.3.0", args: [driver]}]}}`)
	b := newApplied(t)
	b.create(deployments, `{metadata: {name: history}, spec: {selector: {matchLabels: {app: history}}, template: {metadata: {labels: {app: history}}, spec: {containers: [{name: history, image: "apache/spark:4.3.0",
args: [/opt/spark/bin/spark-class, org.apache.spark.deploy.history.HistoryServer], env: [{name: SPARK_HISTORY_OPTS, value: "-Dspark.history.fs.logDirectory=s3://`+a.ns+`/logs/"}]}]}}}}`)
	out, errs := a.run(0, "fix", "SPK-M003", "pod/s3-driver")
	if strings.Contains(out+errs, "SPK-M003 needs") || strings.Contains(out+errs, "spark-history-") {
		t.Errorf("another namespace's server reads the folder\n%s%s", out, errs)
	}
	a.kubeconfig = account(t, a.cp, a.ns, "viewer", rbacv1.PolicyRule{APIGroups: []string{"", "apps", "batch"}, Resources: []string{"*"}})
	out, errs = a.run(0, "doctor", "--only=SPK-M003", "--fail-on=never")
	a.wants(out+errs, "SPK-M003 needs the History Servers of other namespaces", "SPK-M003 (list deployments is forbidden")
}
