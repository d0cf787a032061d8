package workload_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

func open(t *testing.T, name string) *source.File {
	t.Helper()
	raw, err := fixtures.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := source.Open(name, raw)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func summary(ws []workload.Workload) string {
	var b strings.Builder
	for _, w := range ws {
		fmt.Fprintf(&b, "%s %s %s/%s conf=%d:", w.Launcher, w.Kind, w.Namespace, w.Name, len(w.Conf))
		for _, s := range w.Subjects {
			fmt.Fprintf(&b, " %s*%d", s.Slot.Role, s.Count)
			if s.Live {
				fmt.Fprintf(&b, "%v", s.Names)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestPodsOfOneApplicationAreOneWorkloadWithTheDriversConf(t *testing.T) {
	f := open(t, "handmade/native.yaml")
	ws := workload.Group(f.Docs)
	if got, want := summary(ws), "native Pod team-g/etl conf=2: driver*1[etl-driver] executor*2[etl-exec-1 etl-exec-2]\n"; got != want {
		t.Fatalf("got %swant %s", got, want)
	}
	if got, _ := ws[0].Subjects[1].Slot.Conf.Get("spark.executor.memory"); got != "2g" || ws[0].App != "spark-9f2" {
		t.Errorf("executor conf %q, app %q", got, ws[0].App)
	}
}

func TestPodsJoinTheResourceThatMadeThem(t *testing.T) {
	docs := append(open(t, "handmade/kubeflow-pods.yaml").Docs, open(t, "handmade/kubeflow-scala.yaml").Docs...)
	docs = append(docs, open(t, "handmade/kubeflow-connect.yaml").Docs...)
	docs = append(docs, open(t, "handmade/apache-cluster.yaml").Docs...)
	want := `kubeflow SparkApplication team-a/orders conf=5: driver*1 executor*1 driver*1[orders-driver] executor*1[orders-exec-1]
kubeflow SparkConnect team-b/notebooks conf=8: connect*1 executor*1 connect*1[notebooks-server]
apache SparkCluster team-c/shared conf=2: master*1 worker*1 master*1[shared-master-0] worker*1[shared-worker-0]
`
	if got := summary(workload.Group(docs)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestOfTwoDriversTheConfigurationIsAlwaysTheSame: a resource has a ConfigMap of each of its runs.
func TestOfTwoDriversTheConfigurationIsAlwaysTheSame(t *testing.T) {
	var text strings.Builder
	for _, run := range []string{"b", "c", "a"} {
		fmt.Fprintf(&text, `apiVersion: v1
kind: Pod
metadata: {name: orders-%[1]s-driver, labels: {spark-role: driver, spark-app-selector: spark-%[1]s, spark-version: 3.5.6, sparkoperator.k8s.io/app-name: orders, sparkoperator.k8s.io/launched-by-spark-operator: "true"}}
spec:
  containers: [{name: spark-kubernetes-driver, image: "apache/spark:3.5.6", volumeMounts: [{name: spark-conf-volume-driver, mountPath: /opt/spark/conf}]}]
  volumes: [{name: spark-conf-volume-driver, configMap: {name: spark-drv-%[1]s-conf-map}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: spark-drv-%[1]s-conf-map}
data: {spark.properties: "spark.app.name=%[1]s"}
---
`, run)
	}
	f, err := source.Open("x.yaml", []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		ws := workload.Group(f.Docs)
		if len(ws) != 1 || len(ws[0].ConfigMaps()) != 3 || ws[0].Conf["spark.app.name"].Value != "c" {
			t.Fatalf("got %sof %v the settings of %q", summary(ws), ws[0].ConfigMaps(), ws[0].Conf["spark.app.name"].Value)
		}
	}
}

func TestMissedConfigMapsAreNamed(t *testing.T) {
	c := workload.NewCollector()
	docs := open(t, "handmade/native.yaml").Docs
	c.Add(docs[0])
	if refs := c.ConfigMaps(); len(refs) != 1 || refs[0] != (workload.Ref{"team-g", "spark-drv-9f2-conf-map"}) {
		t.Fatalf("got %v", refs)
	}
	c.Add(docs[1])
	if refs := c.ConfigMaps(); len(refs) != 0 {
		t.Errorf("still missed: %v", refs)
	}
}

func TestPodsOfControllersJoinThem(t *testing.T) {
	controller := func(kind, name, pod, extra string) string {
		return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"n","name":%q,"labels":{"a":"b"%s},"ownerReferences":[{"kind":%q,"name":%q,"controller":true,"uid":"1"}]},"spec":{"containers":[{"name":"c","env":[{"name":"SPARK_MODE","value":"worker"}]}]}}`, pod, extra, kind, name)
	}
	var docs []*workload.Document
	for _, raw := range []string{controller("StatefulSet", "w", "w-0", `,"apps.kubernetes.io/pod-index":"0"`), controller("StatefulSet", "w", "w-1", `,"apps.kubernetes.io/pod-index":"1"`), controller("ReplicaSet", "d-5f", "d-5f-xyz", `,"pod-template-hash":"5f"`)} {
		d, err := launcher.FromObject([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	want := "bitnami Deployment n/d conf=0: worker*1[d-5f-xyz]\nbitnami StatefulSet n/w conf=0: worker*2[w-0 w-1]\n"
	if got := summary(workload.Group(docs)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func executor(i int, memory string) []byte {
	return []byte(fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"n","name":"a-exec-%d","uid":"u%d","labels":{"spark-role":"executor","spark-app-selector":"s","spark-exec-id":"%d"}},`+
		`"spec":{"nodeName":"node-%d","hostname":"h%d","containers":[{"name":"spark-kubernetes-executor","args":["executor"],"env":[{"name":"SPARK_EXECUTOR_ID","value":"%d"},{"name":"PAD","value":%q}],"resources":{"limits":{"memory":%q}},"volumeMounts":[{"name":"kube-api-access-%05d","mountPath":"/x"}]}],`+
		`"volumes":[{"name":"kube-api-access-%05d","emptyDir":{}},{"name":"spark-local-dir-1","persistentVolumeClaim":{"claimName":"a-exec-%d-pvc-0"}}]},"status":{"podIP":"10.0.0.%d"}}`,
		i, i, i, i, i, i, strings.Repeat("x", 4000), memory, i, i, i, i%250))
}

func TestThousandsOfIdenticalExecutorsAreKeptOnce(t *testing.T) {
	c := workload.NewCollector()
	const pods = 5000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range pods {
		memory := "2Gi"
		if i == 7 {
			memory = "3Gi"
		}
		d, err := launcher.FromObject(executor(i, memory))
		if err != nil {
			t.Fatal(err)
		}
		c.Add(d)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	ws := c.Workloads()
	if len(ws) != 1 || len(ws[0].Subjects) != 2 || ws[0].Subjects[0].Count != pods-1 || len(ws[0].Subjects[0].Names) != 5 {
		t.Fatalf("got %s", summary(ws))
	}
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 1<<20 {
		t.Errorf("%d pods leave %d bytes behind", pods, kept)
	}
	runtime.KeepAlive(c)
}

func BenchmarkCollectPod(b *testing.B) {
	c, raw := workload.NewCollector(), executor(1, "2Gi")
	b.ReportAllocs()
	for b.Loop() {
		d, err := launcher.FromObject(raw)
		if err != nil {
			b.Fatal(err)
		}
		c.Add(d)
	}
}

// What a custom resource or a Deployment has made is not told a second time: a ReplicaSet of a Deployment, a StatefulSet of a
// SparkCluster. A ReplicaSet of its own is.
func TestWhatWasMadeIsToldOnce(t *testing.T) {
	const master = `{metadata: {labels: {spark.operator/spark-cluster-name: c}}, spec: {containers: [{name: m, image: x, command: [/opt/spark/sbin/start-master.sh]}]}}`
	const hand = `{spec: {containers: [{name: m, image: x, command: [/opt/spark/sbin/start-master.sh]}]}}`
	text := "apiVersion: spark.apache.org/v1\nkind: SparkCluster\nmetadata: {name: c, namespace: ns}\nspec: {runtimeVersions: {sparkVersion: 4.0.1}}\n---\n" +
		"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: c-master, namespace: ns}\nspec: {template: " + master + "}\n---\n" +
		"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: lost-master, namespace: ns}\nspec: {template: " + strings.ReplaceAll(master, "name: c}", "name: lost}") + "}\n---\n" +
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: ns}\nspec: {template: " + hand + "}\n---\n" +
		"apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: d-1, namespace: ns, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: d, uid: u, controller: true}]}\nspec: {template: " + hand + "}\n---\n" +
		"apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: alone, namespace: ns}\nspec: {template: " + hand + "}\n"
	f, err := source.Open("made.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := "standalone ReplicaSet ns/alone conf=0: master*1\n" +
		"apache SparkCluster ns/c conf=0: master*1 worker*1\n" +
		"standalone Deployment ns/d conf=0: master*1\n" +
		"apache SparkCluster ns/lost conf=0: master*1\n"
	if got := summary(workload.Group(f.Docs)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A Job's pods join it, and those of a CronJob's Job the CronJob, which says all that there is to say.
func TestPodsOfJobsJoinThem(t *testing.T) {
	submit := `spec: {restartPolicy: Never, containers: [{name: a, image: 'apache/spark:4.0.1', command: [/opt/spark/bin/spark-submit, --master, 'k8s://x', a.jar]}]}`
	owned := func(kind, name string) string {
		return fmt.Sprintf("ownerReferences: [{apiVersion: batch/v1, kind: %s, name: %s, uid: u, controller: true}]", kind, name)
	}
	text := "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly, namespace: j}\nspec: {jobTemplate: {spec: {template: {" + submit + "}}}}\n---\n" +
		"apiVersion: batch/v1\nkind: Job\nmetadata: {name: nightly-1, namespace: j, " + owned("CronJob", "nightly") + "}\nspec: {template: {" + submit + "}}\n---\n" +
		"apiVersion: batch/v1\nkind: Job\nmetadata: {name: lost-1, namespace: j, " + owned("CronJob", "lost") + "}\nspec: {template: {" + submit + "}}\n---\n" +
		"apiVersion: v1\nkind: Pod\nmetadata: {name: nightly-1-x, namespace: j, " + owned("Job", "nightly-1") + "}\n" + submit + "\n---\n" +
		"apiVersion: v1\nkind: Pod\nmetadata: {name: lost-1-x, namespace: j, " + owned("Job", "lost-1") + "}\n" + submit + "\n"
	f, err := source.Open("jobs.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := "native Job j/lost-1 conf=2: driver*1 executor*1 driver*1[lost-1-x]\n" +
		"native CronJob j/nightly conf=2: driver*1 executor*1 driver*1[nightly-1-x]\n"
	if got := summary(workload.Group(f.Docs)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestObjectsThatTheServerNamesAreOneWorkloadEach: they have no name until they are created.
func TestObjectsThatTheServerNamesAreOneWorkloadEach(t *testing.T) {
	const application = "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {generateName: %s, namespace: lab}\nspec: {driver: {memory: 1g}, executor: {memory: 1g}}\n---\n"
	f, err := source.Open("named.yaml", fmt.Appendf(nil, application+application, "load-", "rank-"))
	if err != nil {
		t.Fatal(err)
	}
	want := `kubeflow SparkApplication lab/load- conf=2: driver*1 executor*1
kubeflow SparkApplication lab/rank- conf=2: driver*1 executor*1
`
	if got := summary(workload.Group(f.Docs)); got != want {
		t.Errorf("got %swant %s", got, want)
	}
}
