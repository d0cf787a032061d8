package integration

import "testing"

// TestLinksToExecutorLogsAreCompleted: the attributes that Spark 3 does not set, in the resource of an application.
func TestLinksToExecutorLogsAreCompleted(t *testing.T) {
	a := newApplied(t)
	operators(t, a.cp)
	a.create(kubeflows, `{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: etl}, spec: {type: Scala, mode: cluster, image: "apache/spark:3.5.6", sparkVersion: 3.5.6, mainClass: X, mainApplicationFile: "local:///x.jar",
sparkConf: {spark.ui.custom.executor.log.url: "https://logs.example/?app={{APP_ID}}&exec={{EXECUTOR_ID}}"}, driver: {cores: 1, memory: 1g}, executor: {cores: 1, instances: 1, memory: 1g}}}`)
	before := a.get(kubeflows, "etl", "spec")
	broken := func() bool {
		_, out, _ := runPlugin(t, a.kubeconfig, "doctor", "--only=SPK-M029", "-o", "json", "--fail-on=never", "-n", a.ns)
		r := reportOf(t, out)
		for _, s := range r.Skipped {
			t.Errorf("skipped: %s %s", s.Code, s.Reason)
		}
		return len(r.Findings) > 0
	}
	if !broken() {
		t.Fatal("doctor does not find that the links do not work")
	}
	record := recordFile(t)
	a.run(0, "fix", "SPK-M029", "--apply", "--allow-restart", "--record="+record)
	a.wants(a.get(kubeflows, "etl", "spec"), `SPARK_EXECUTOR_ATTRIBUTE_APP_ID`, `$(SPARK_APPLICATION_ID)`, `SPARK_EXECUTOR_ATTRIBUTE_EXECUTOR_ID`, `$(SPARK_EXECUTOR_ID)`)
	if broken() {
		t.Error("the finding is still there")
	}
	out, errs := a.run(0, "fix", "SPK-M029", "--apply", "--allow-restart", "--record="+record)
	a.wants(out+errs, "nothing to do")
	a.run(0, "fix", "--undo="+record, "--allow-restart")
	if after := a.get(kubeflows, "etl", "spec"); after != before {
		t.Errorf("after undo\n%s\nbefore\n%s", after, before)
	}
}
