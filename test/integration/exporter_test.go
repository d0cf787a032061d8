package integration

import "testing"

// TestAHistoryServerGetsTheExporterOfItsImage: from the finding to the agent, its configuration and the annotations, and back. Where a
// Prometheus object is found, the next run creates the PodMonitor of the exporter's port.
func TestAHistoryServerGetsTheExporterOfItsImage(t *testing.T) {
	a := newApplied(t)
	server := func(name string) {
		a.create(deployments, `{metadata: {name: `+name+`}, spec: {selector: {matchLabels: {app: `+name+`}}, template: {metadata: {labels: {app: `+name+`},
annotations: {kubectl-spark.io/image: "{java: 17, spark: 4.3.0, entrypoint: spark, jmxExporter: /opt/jmx/jmx_prometheus_javaagent-1.0.1.jar}"}}, spec: {containers: [{name: history, image: "example.org/spark:1",
command: [/opt/spark/bin/spark-class], args: [org.apache.spark.deploy.history.HistoryServer], ports: [{name: web, containerPort: 18080}, {name: jmx, containerPort: 9404}]}]}}}}`)
	}
	finds := func(code string) bool {
		_, out, _ := runPlugin(t, a.kubeconfig, "doctor", "--only="+code, "-o", "json", "--fail-on=never", "-n", a.ns)
		return len(reportOf(t, out).Findings) > 0
	}
	server("spark-history")
	before := a.get(deployments, "spark-history", "spec")
	if !finds("SPK-M030") {
		t.Fatal("doctor does not find that the server has no endpoint")
	}
	record := recordFile(t)
	a.run(0, "fix", "SPK-M030", "--apply", "--allow-restart", "--record="+record)
	a.wants(a.get(deployments, "spark-history", "spec", "template"), `-javaagent:/opt/jmx/jmx_prometheus_javaagent-1.0.1.jar=9404:/etc/kubectl-spark-jmx-exporter/config.yaml`,
		`"kubectl-spark.io/jmx-exporter":"{}"`, `"prometheus.io/port":"9404"`, `"prometheus.io/path":"/metrics"`, `"fieldPath":"metadata.annotations['kubectl-spark.io/jmx-exporter']"`)
	if finds("SPK-M030") {
		t.Error("the finding is still there")
	}
	out, errs := a.run(0, "fix", "SPK-M030", "--apply", "--allow-restart", "--record="+record)
	a.wants(out+errs, "nothing to do")
	a.run(0, "fix", "--undo="+record, "--allow-restart")
	if after := a.get(deployments, "spark-history", "spec"); after != before {
		t.Errorf("after undo\n%s\nbefore\n%s", after, before)
	}

	prometheusOperator(t, a.cp)
	a.create("/apis/monitoring.coreos.com/v1/namespaces/%s/prometheuses", `{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, metadata: {name: k8s},
spec: {podMonitorSelector: {matchLabels: {release: kps}}, podMonitorNamespaceSelector: {}}}`)
	a.run(0, "fix", "SPK-M030", "--apply", "--allow-restart", "--record="+recordFile(t))
	if !finds("SPK-M007") {
		t.Fatal("doctor does not find that nothing collects the metrics")
	}
	a.run(0, "fix", "SPK-M007", "--apply", "--record="+recordFile(t))
	a.wants(a.get(podMonitors, "spark-history"), `"release":"kps"`, `"port":"jmx"`, `"path":"/metrics"`, `"app":"spark-history"`)
	if finds("SPK-M007") || finds("SPK-M030") {
		t.Error("a finding is still there")
	}
}
