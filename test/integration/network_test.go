package integration

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/test/network"
)

const networkPolicies = "/apis/networking.k8s.io/v1/namespaces/%s/networkpolicies"

// apiServerAt is an address of an API server that the cluster tells.
const apiServerAt = "198.51.100.7"

// networked is a namespace with applications and servers, and no NetworkPolicy but the one that Spark makes for executors of 4.3.
func networked(t *testing.T) *applied {
	a := newApplied(t)
	a.create("/api/v1/namespaces/%s/serviceaccounts", "{metadata: {name: spark}}")
	slices := a.cp.Client().DiscoveryV1().EndpointSlices(metav1.NamespaceDefault)
	port, name := int32(6443), "network-"+a.ns
	slice := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{discoveryv1.LabelServiceName: "kubernetes"}},
		AddressType: discoveryv1.AddressTypeIPv4, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{apiServerAt}}}, Ports: []discoveryv1.EndpointPort{{Port: &port}}}
	if _, err := slices.Create(t.Context(), slice, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, a.cp, "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/"+name) })
	a.native("new", "4.3.0", "spark.hadoop.fs.s3a.endpoint=http://minio.storage.svc:9000", "spark.jdbc=jdbc:postgresql://203.0.113.9/sales")
	a.create(networkPolicies, `{metadata: {name: new-policy}, spec: {podSelector: {matchLabels: {spark-role: executor, spark-app-selector: spark-new}},
ingress: [{from: [{podSelector: {matchLabels: {spark-app-selector: spark-new}}}]}]}}`)
	a.native("old", "3.5.9")
	server := func(app, container string) {
		a.create(sets, `{metadata: {name: `+app+`}, spec: {serviceName: x, selector: {matchLabels: {app: `+app+`}}, template: {metadata: {labels: {app: `+app+`}}, spec: {containers: [`+container+`]}}}}`)
	}
	server("spark-master", `{name: master, image: "apache/spark:3.5.6-java17", command: [/opt/spark/bin/spark-class], args: [org.apache.spark.deploy.master.Master, --port, "7077", --webui-port, "8080"]}`)
	server("spark-worker", `{name: worker, image: "apache/spark:3.5.6-java17", command: [/opt/spark/bin/spark-class], args: [org.apache.spark.deploy.worker.Worker, "spark://spark-master:7077"], env: [{name: SPARK_WORKER_MEMORY, value: 4g}]}`)
	server("spark-history", `{name: history, image: "apache/spark:4.0.0", command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.history.HistoryServer], ports: [{name: history, containerPort: 18080}]}`)
	server("spark-connect", `{name: connect, image: "apache/spark:4.0.0", command: [/opt/spark/sbin/start-connect-server.sh, --master, "k8s://https://kubernetes.default.svc"], env: [{name: SPARK_NO_DAEMONIZE, value: "1"}]}`)
	server("spark-thrift", `{name: thrift, image: "apache/spark:3.5.6-java17", command: [/opt/spark/sbin/start-thriftserver.sh], args: [--master, "spark://spark-master:7077"], env: [{name: SPARK_NO_DAEMONIZE, value: "1"}]}`)
	a.create("/api/v1/namespaces/%s/services", `{metadata: {name: history}, spec: {type: NodePort, selector: {app: spark-history}, ports: [{port: 80, targetPort: 18080}]}}`)
	return a
}

// native is a driver with its configuration, and an executor, as spark-submit and Spark make them.
func (a *applied) native(name, version string, settings ...string) {
	a.Helper()
	conf := append([]string{"spark.app.id=spark-" + name, "spark.master=k8s://https://kubernetes.default.svc"}, settings...)
	a.create("/api/v1/namespaces/%s/configmaps", `{metadata: {name: `+name+`-conf}, data: {spark.properties: "`+strings.Join(conf, `\n`)+`"}}`)
	labels := `spark-app-selector: spark-` + name + `, spark-version: ` + version
	a.create("/api/v1/namespaces/%s/pods", `{metadata: {name: `+name+`-driver, labels: {spark-role: driver, `+labels+`, spark-app-name: `+name+`}}, spec: {restartPolicy: Never, serviceAccountName: spark,
volumes: [{name: spark-conf-volume-driver, configMap: {name: `+name+`-conf}}], containers: [{name: spark-kubernetes-driver, image: "apache/spark:`+version+`", args: [driver, --properties-file, /opt/spark/conf/spark.properties],
volumeMounts: [{name: spark-conf-volume-driver, mountPath: /opt/spark/conf}], ports: [{name: driver-rpc-port, containerPort: 7078}, {name: blockmanager, containerPort: 7079}, {name: spark-ui, containerPort: 4040}]}]}}`)
	a.create("/api/v1/namespaces/%s/pods", `{metadata: {name: `+name+`-exec-1, labels: {spark-role: executor, spark-exec-id: "1", `+labels+`, spark-app-name: what-the-program-says}}, spec: {restartPolicy: Never, serviceAccountName: spark,
containers: [{name: spark-kubernetes-executor, image: "apache/spark:`+version+`", args: [executor], env: [{name: SPARK_DRIVER_URL, value: "spark://CoarseGrainedScheduler@`+name+`:7078"}]}]}}`)
}

// policies are those of the namespace, as the API server has them.
func (a *applied) policies() (all network.Cluster) {
	a.Helper()
	list, err := a.cp.Client().NetworkingV1().NetworkPolicies(a.ns).List(a.Context(), metav1.ListOptions{})
	if err != nil {
		a.Fatal(err)
	}
	return list.Items
}

// end is a pod, or a server's pod by the template of its StatefulSet.
func (a *applied) end(name string) network.End {
	a.Helper()
	if strings.HasPrefix(name, "spark-") {
		set, err := a.cp.Client().AppsV1().StatefulSets(a.ns).Get(a.Context(), name, metav1.GetOptions{})
		if err != nil {
			a.Fatal(err)
		}
		return network.Pod(a.ns, &set.Spec.Template)
	}
	pod, err := a.cp.Client().CoreV1().Pods(a.ns).Get(a.Context(), name, metav1.GetOptions{})
	if err != nil {
		a.Fatal(err)
	}
	return network.Pod(a.ns, &corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec})
}

// TestNetworkPoliciesAreCreatedAndTakenBack: the connections that Spark needs pass, and others fail. Which, the definition of
// NetworkPolicies decides: nothing enforces them here.
func TestNetworkPoliciesAreCreatedAndTakenBack(t *testing.T) {
	a := networked(t)
	finds := func() (subjects []string) {
		t.Helper()
		_, out, errs := runPlugin(t, a.kubeconfig, "doctor", "--only=SPK-S001", "--profile=restricted", "--all", "-o", "json", "--fail-on=never", "-n", a.ns)
		r := reportOf(t, out)
		for _, s := range r.Skipped {
			t.Errorf("skipped: %s %s\n%s", s.Code, s.Reason, errs)
		}
		for _, f := range r.Findings {
			subjects = append(subjects, f.Message)
		}
		return subjects
	}
	if n := len(finds()); n != 7 { // a driver and its executor are one
		t.Fatalf("%d findings: %q", n, finds())
	}
	driver, executor, old, oldExecutor := a.end("new-driver"), a.end("new-exec-1"), a.end("old-driver"), a.end("old-exec-1")
	stranger, web := network.Labelled("tenant", map[string]string{"spark-role": "executor"}), network.Labelled(a.ns, map[string]string{"app": "web"})
	if !a.policies().Allows(stranger, driver, network.TCP(7078)) {
		t.Fatal("somebody is kept out already")
	}
	record := recordFile(t)
	out, errs := a.run(0, "fix", "SPK-S001", "--profile=restricted", "--apply", "--record="+record)
	a.wants(out+errs, "NetworkPolicy/spark-drivers-ingress in namespace "+a.ns+": applied", "NetworkPolicy/spark-to-namespace-storage in namespace "+a.ns+": applied")
	if left := finds(); len(left) > 0 {
		t.Errorf("still found: %q", left)
	}
	out, errs = a.run(0, "fix", "SPK-S001", "--profile=restricted", "--apply", "--record="+record)
	a.wants(out+errs, "nothing to do")

	master, worker, history, connect, thrift := a.end("spark-master"), a.end("spark-worker"), a.end("spark-history"), a.end("spark-connect"), a.end("spark-thrift")
	prometheus := network.Labelled("monitoring", map[string]string{"app.kubernetes.io/name": "prometheus"})
	minio, dns := network.Labelled("storage", map[string]string{"app": "minio"}), network.Labelled("kube-system", map[string]string{"k8s-app": "kube-dns"})
	api, s3, database, elsewhere := network.Address(apiServerAt), network.Address("203.0.113.80"), network.Address("203.0.113.9"), network.Address("203.0.113.66")
	tcp, udp := network.TCP, func(n int32) network.Port { return network.Port{Number: n, Protocol: corev1.ProtocolUDP} }
	const random = 41234 // block managers, workers and drivers in client mode choose a port
	all := a.policies()
	for i, c := range []struct {
		name     string
		from, to network.End
		port     network.Port
		may      bool
	}{
		{"executor to driver's RPC", executor, driver, tcp(7078), true},
		{"executor to driver's block manager", executor, driver, tcp(7079), true},
		{"driver to executor's block manager", driver, executor, tcp(random), true},
		{"executor to executor", executor, executor, tcp(random), true},
		{"old executor to its driver", oldExecutor, old, tcp(7078), true},
		{"old driver to its executor", old, oldExecutor, tcp(random), true},
		{"old executor to old executor", oldExecutor, oldExecutor, tcp(random), true},
		{"driver to the API server", driver, api, tcp(6443), true},
		{"old driver to the API server", old, api, tcp(6443), true},
		{"executor to the API server", executor, api, tcp(6443), false},
		{"driver to another port there", driver, api, tcp(22), false},
		{"driver asks for a name", driver, dns, udp(53), true},
		{"executor asks for a name", executor, dns, tcp(53), true},
		{"driver to the store in its settings", driver, minio, tcp(9000), true},
		{"executor to the store in its settings", executor, minio, tcp(9000), true},
		{"driver to the database in its settings", driver, database, tcp(5432), true},
		{"executor to the database in its settings", executor, database, tcp(5432), true},
		{"driver to that port elsewhere", driver, elsewhere, tcp(5432), false},
		{"old executor to a store by HTTPS", oldExecutor, s3, tcp(443), true},
		{"executor to another port outside", executor, s3, tcp(25), false},
		{"executor to the addresses of the node", executor, network.Address("169.254.169.254"), tcp(80), false},
		{"Prometheus to the driver", prometheus, driver, tcp(4040), true},
		{"Prometheus to the driver's RPC", prometheus, driver, tcp(7078), false},
		{"Prometheus to the executor", prometheus, executor, tcp(random), false},
		{"a stranger to the driver", stranger, driver, tcp(7078), false},
		{"a stranger to the driver's UI", stranger, driver, tcp(4040), false},
		{"a stranger to the executor", stranger, executor, tcp(random), false},
		{"a pod of the namespace to the driver", web, driver, tcp(4040), false},
		{"a pod of the namespace to the executor", web, executor, tcp(random), false},
		{"an executor of another application to an executor of 4.3", oldExecutor, executor, tcp(random), false},
		{"driver to a pod of the namespace", driver, web, tcp(80), false},
		{"worker to master", worker, master, tcp(7077), true},
		{"master to worker", master, worker, tcp(random), true},
		{"worker to worker", worker, worker, tcp(random), true},
		{"thrift, a driver, to master", thrift, master, tcp(7077), true},
		{"thrift to worker's executors", thrift, worker, tcp(random), true},
		{"worker's executors to thrift", worker, thrift, tcp(random), true},
		{"a client to thrift", web, thrift, tcp(10000), true},
		{"a client from elsewhere to thrift", network.Labelled("tenant", nil), thrift, tcp(10000), false},
		{"a client to connect", web, connect, tcp(15002), true},
		{"a client to connect's block manager", web, connect, tcp(random), false},
		{"an executor to connect", oldExecutor, connect, tcp(random), true},
		{"connect, a driver in client mode, to an executor of 3.5", connect, oldExecutor, tcp(random), true},
		{"connect to an executor of another application of 4.3", connect, executor, tcp(random), false},
		{"an executor to a driver in client mode", oldExecutor, web, tcp(random), true},
		{"connect to the API server", connect, api, tcp(6443), true},
		{"a stranger to master", stranger, master, tcp(7077), false},
		{"a stranger to worker", stranger, worker, tcp(random), false},
		{"Prometheus to master", prometheus, master, tcp(8080), true},
		{"Prometheus to worker", prometheus, worker, tcp(8081), true},
		{"master to the API server", master, api, tcp(6443), false},
		{"master outside", master, s3, tcp(443), false},
		{"history to the store", history, s3, tcp(443), true},
		{"anybody by the NodePort to history", network.Address("192.0.2.1"), history, tcp(18080), true},
		{"anybody to another port of history", network.Address("192.0.2.1"), history, tcp(9999), false},
		{"a pod that is not Spark's", stranger, web, tcp(80), true},
	} {
		if got := all.Allows(c.from, c.to, c.port); got != c.may {
			t.Errorf("%d: %s (port %d): %v", i, c.name, c.port.Number, got)
		}
	}
	out, _ = a.run(0, "fix", "--list")
	a.wants(out, "networkpolicy/spark-drivers-ingress", "SPK-S001")
	a.run(0, "fix", "--undo="+record)
	left := a.policies()
	if len(left) != 1 || left[0].Name != "new-policy" {
		t.Errorf("left: %v", left)
	}
}

// TestDefaultDenyIsAnOption that a namespace asks for: pods that no other policy speaks of reach each other no more, and those of an
// application do.
func TestDefaultDenyIsAnOption(t *testing.T) {
	for profile, both := range map[string]bool{"standard": false, "restricted": true} {
		a := networked(t)
		a.patch("/api/v1/namespaces/%s", "", "test", `{"metadata":{"annotations":{"kubectl-spark.io/want":"SPK-S001/defaultDeny"}}}`)
		record := recordFile(t)
		a.run(0, "fix", "SPK-S001", "--profile="+profile, "--apply", "--record="+record)
		all := a.policies()
		web, outside := network.Labelled(a.ns, map[string]string{"app": "web"}), network.Address("203.0.113.80")
		if all.Allows(web, network.Labelled(a.ns, map[string]string{"app": "db"}), network.TCP(5432)) || all.Allows(web, outside, network.TCP(443)) == both {
			t.Errorf("%s: nothing is denied by default", profile)
		}
		if !all.Allows(a.end("old-exec-1"), a.end("old-driver"), network.TCP(7078)) || !all.Allows(a.end("old-exec-1"), outside, network.TCP(443)) {
			t.Errorf("%s: the application does not run", profile)
		}
		a.run(0, "fix", "--undo="+record)
		if left := a.policies(); len(left) != 1 {
			t.Errorf("%s: left: %v", profile, left)
		}
	}
}
