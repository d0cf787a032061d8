package launcher_test

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

const orders = `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: orders, namespace: a}
spec:
  sparkVersion: 3.5.6
  hadoopConfigMap: hadoop
  volumes: [{name: data, emptyDir: {}}, {name: spark-local-dir-1, emptyDir: {}}]
  monitoring: {exposeDriverMetrics: true, prometheus: {jmxExporterJar: /a.jar}}
  driver:
    cores: 1
    env: [{name: A, value: b}]
    envFrom: [{secretRef: {name: s}}]
    configMaps: [{name: extra, path: /extra}]
    volumeMounts: [{name: data, mountPath: /data}]
    hostNetwork: true
    hostAliases: [{ip: 192.0.2.1, hostnames: [x]}]
    initContainers: [{name: init, image: x}]
    sidecars: [{name: side, image: x}]
    dnsConfig: {options: [{name: ndots}]}
    priorityClassName: high
    nodeSelector: {pool: spark}
    affinity: {nodeAffinity: {}}
    tolerations: [{key: spark, operator: Exists}]
    memoryLimit: 2g
    gpu: {name: nvidia.com/gpu, quantity: 1}
    securityContext: {runAsUser: 185}
    podSecurityContext: {fsGroup: 185}
    terminationGracePeriodSeconds: 5
    lifecycle: {preStop: {exec: {command: [x]}}}
    shareProcessNamespace: true
    ports: [{name: p, protocol: TCP, containerPort: 1}]
    schedulerName: x
  executor:
    volumeMounts: [{name: spark-local-dir-1, mountPath: /tmp/1}, {name: none, mountPath: /none}]
    hostNetwork: false
    gpu: {name: "", quantity: 1}
    tolerations: []
    nodeSelector: {}
    priorityClassName: ""
    labels: {a: b}
`

const ordersDriver = `apiVersion: v1
kind: Pod
metadata: {name: orders-driver, namespace: a, labels: {spark-role: driver, spark-app-selector: spark-1, sparkoperator.k8s.io/app-name: orders}}
`

func paths(used []workload.Defaulted) string {
	var out []string
	for _, u := range used {
		out = append(out, strings.Join(u.Path, "."))
	}
	return strings.Join(out, " ")
}

func lackedBy(t *testing.T, pod string) (resource, executor, lacked string) {
	t.Helper()
	f, err := source.Open("x.yaml", []byte(orders+"---\n"+ordersDriver+pod))
	if err != nil {
		t.Fatal(err)
	}
	all := workload.Group(f.Docs)
	if len(all) != 1 || len(all[0].Subjects) != 3 {
		t.Fatalf("%d workloads", len(all))
	}
	for _, s := range all[0].Subjects {
		switch {
		case s.Live:
			lacked = paths(s.Slot.Defaulted)
		case s.Slot.Role == "executor":
			executor = paths(s.Slot.Defaulted)
		default:
			resource = paths(s.Slot.Defaulted)
		}
	}
	return resource, executor, lacked
}

func TestFieldsThatOnlyKubeflowsWebhookBringsAreFound(t *testing.T) {
	const names = "env envFrom configMaps hostNetwork hostAliases initContainers sidecars dnsConfig priorityClassName nodeSelector affinity tolerations gpu securityContext lifecycle shareProcessNamespace"
	const told = "spec.hadoopConfigMap spec.driver.volumeMounts spec.driver."
	resource, executor, lacked := lackedBy(t, "spec: {containers: [{name: spark-kubernetes-driver, image: x, args: [driver]}]}\n")
	const all = "spec.hadoopConfigMap spec.monitoring.prometheus spec.driver.volumeMounts spec.driver.env spec.driver.envFrom spec.driver.configMaps spec.driver.ports spec.driver.hostNetwork " +
		"spec.driver.hostAliases spec.driver.initContainers spec.driver.sidecars spec.driver.dnsConfig spec.driver.priorityClassName spec.driver.schedulerName spec.driver.nodeSelector spec.driver.affinity " +
		"spec.driver.tolerations spec.driver.memoryLimit spec.driver.gpu spec.driver.securityContext spec.driver.podSecurityContext spec.driver.terminationGracePeriodSeconds spec.driver.lifecycle spec.driver.shareProcessNamespace"
	if resource != all {
		t.Errorf("driver: %s", resource)
	}
	// What is given to spark-submit, is switched off or is empty needs no webhook; what the application says counts for both.
	if executor != "spec.hadoopConfigMap" {
		t.Errorf("executor: %s", executor)
	}
	if want := told + strings.ReplaceAll(names, " ", " spec.driver."); lacked != want {
		t.Errorf("a bare pod lacks %s\nwant %s", lacked, want)
	}
	if _, _, lacked := lackedBy(t, `spec:
  hostNetwork: true
  hostAliases: [{ip: 192.0.2.1, hostnames: [x]}]
  dnsConfig: {}
  priorityClassName: high
  nodeSelector: {pool: spark}
  affinity: {}
  tolerations: [{key: spark, operator: Exists}]
  shareProcessNamespace: true
  volumes: [{name: h, configMap: {name: hadoop}}, {name: extra-vol, configMap: {name: extra}}]
  initContainers: [{name: init, image: x}]
  containers:
  - name: spark-kubernetes-driver
    image: x
    args: [driver]
    env: [{name: A, value: b}]
    envFrom: [{secretRef: {name: s}}]
    volumeMounts: [{name: data, mountPath: /data}]
    resources: {limits: {nvidia.com/gpu: 1}}
    securityContext: {runAsUser: 185}
    lifecycle: {preStop: {exec: {command: [x]}}}
  - {name: side, image: x}
`); lacked != "" {
		t.Errorf("a pod that has all lacks %s", lacked)
	}
}

func TestTheAgentsSettingsNeedNoWebhookWhereTheImageHoldsThem(t *testing.T) {
	for _, c := range []struct{ monitoring, want string }{
		{"{exposeDriverMetrics: true, prometheus: {jmxExporterJar: /a}}", "spec.monitoring.prometheus"},
		{"{exposeDriverMetrics: false, prometheus: {jmxExporterJar: /a}}", ""},
		{"{exposeExecutorMetrics: true, prometheus: {jmxExporterJar: /a}}", ""},
		{"{exposeDriverMetrics: true}", ""},
		{"{exposeDriverMetrics: true, metricsPropertiesFile: /m, prometheus: {configFile: /c}}", ""},
		{"{exposeDriverMetrics: true, prometheus: {configFile: /c}}", "spec.monitoring.prometheus"},
	} {
		f, err := source.Open("x.yaml", []byte("apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: x}\nspec: {driver: {cores: 1}, executor: {cores: 1}, monitoring: "+c.monitoring+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := paths(f.Docs[0].Slots[0].Defaulted); got != c.want {
			t.Errorf("%s: %q, want %q", c.monitoring, got, c.want)
		}
	}
}
