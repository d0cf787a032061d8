package integration

import "testing"

const serviceMonitors = "/apis/monitoring.coreos.com/v1/namespaces/%s/servicemonitors"

// TestAServerBehindAServiceIsGivenAServiceMonitor, by the label that the cluster's Prometheus asks for, and it is taken back.
func TestAServerBehindAServiceIsGivenAServiceMonitor(t *testing.T) {
	a := newApplied(t)
	prometheusOperator(t, a.cp)
	a.create("/apis/monitoring.coreos.com/v1/namespaces/%s/prometheuses", `{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, metadata: {name: k8s},
spec: {serviceMonitorSelector: {matchLabels: {release: kps}}, serviceMonitorNamespaceSelector: {}}}`)
	a.create("/api/v1/namespaces/%s/services", `{metadata: {name: spark-master, labels: {team: lab, helm.sh/chart: spark-1}}, spec: {selector: {app: spark-master}, ports: [{name: rpc, port: 7077}, {name: web, port: 80, targetPort: 8080}]}}`)
	a.create(deployments, `{metadata: {name: spark-master}, spec: {selector: {matchLabels: {app: spark-master}}, template: {metadata: {labels: {app: spark-master}}, spec: {containers: [{name: master, image: "apache/spark:4.3.0",
command: [/opt/spark/bin/spark-class], args: [org.apache.spark.deploy.master.Master], ports: [{containerPort: 8080}], env: [{name: SPARK_DAEMON_JAVA_OPTS,
value: "-Dspark.metrics.conf.*.sink.prometheusServlet.class=org.apache.spark.metrics.sink.PrometheusServlet -Dspark.metrics.conf.*.sink.prometheusServlet.path=/metrics/prometheus"}]}]}}}}`)
	if !a.found() {
		t.Fatal("doctor does not find that nothing collects the metrics")
	}
	out, errs := a.run(0, "fix", "SPK-M007")
	a.wants(out+errs, "+kind: ServiceMonitor", "+    release: kps", "+      team: lab", "+  - interval: 15s", "port: web")
	record := recordFile(t)
	out, _ = a.run(0, "fix", "SPK-M007", "--apply", "--record="+record)
	a.wants(out, "ServiceMonitor/spark-master in namespace "+a.ns+": applied")
	a.wants(a.get(serviceMonitors, "spark-master", "metadata"), `"release":"kps"`, `"kubectl-spark.io/companion":"SPK-M007"`)
	if a.found() {
		t.Error("the finding is still there")
	}
	out, errs = a.run(0, "fix", "SPK-M007", "--apply", "--record="+record)
	a.wants(out+errs, "nothing to do")
	out, _ = a.run(0, "fix", "--list")
	a.wants(out, "servicemonitor/spark-master", "master behind Service spark-master")
	a.run(0, "fix", "--undo="+record)
	if !a.found() {
		t.Error("the ServiceMonitor is still there")
	}
}
