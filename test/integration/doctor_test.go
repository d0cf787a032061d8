package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

const workerYAML = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: spark-worker}
spec:
  serviceName: w
  selector: {matchLabels: {app: w}}
  template:
    metadata: {labels: {app: w}}
    spec:
      containers:
      - name: worker
        image: apache/spark:3.5.6
        command: ["/opt/spark/bin/spark-class", "org.apache.spark.deploy.worker.Worker", "spark://m:7077"]
        resources: {limits: {memory: 768Mi}}
`

// runPlugin runs the plugin against the control plane and returns exit code and both streams.
func runPlugin(t *testing.T, kubeconfig string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &o, ErrOut: &e}, rulebook.New, "test")
	root.SetArgs(append(args, "--kubeconfig", kubeconfig))
	code = plugin.Execute(t.Context(), root)
	return code, o.String(), e.String()
}

func reportOf(t *testing.T, out string) (r report.Report) {
	t.Helper()
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return r
}

// sparkNamespace holds a worker set, one application of a driver and three executors, and pods that are not Spark's.
func sparkNamespace(t *testing.T, cp *controlplane.ControlPlane) string {
	t.Helper()
	ns := cp.NewNamespace(t)
	client := cp.Client().CoreV1()
	create := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	raw, err := yaml.YAMLToJSON([]byte(workerYAML))
	create(err)
	create(cp.Client().AppsV1().RESTClient().Post().Namespace(ns).Resource("statefulsets").Param("fieldManager", "kubectl-create").Body(raw).Do(t.Context()).Error())
	labels := func(role string) map[string]string {
		return map[string]string{"spark-role": role, "spark-app-selector": "spark-1", "spark-app-name": "etl", "spark-version": "3.5.6"}
	}
	pod := func(name, role, container string, volumes ...corev1.Volume) {
		_, err := client.Pods(ns).Create(t.Context(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels(role)},
			Spec: corev1.PodSpec{Volumes: volumes, RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: container, Image: "apache/spark:3.5.6", Args: []string{role},
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("1")}}}}}}, metav1.CreateOptions{})
		create(err)
	}
	_, err = client.ConfigMaps(ns).Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "drv-conf"}, Data: map[string]string{"spark.properties": "spark.executor.memory=1g\nspark.executor.memoryOverhead=100m\n"}}, metav1.CreateOptions{})
	create(err)
	pod("etl-driver", "driver", "spark-kubernetes-driver", corev1.Volume{Name: "spark-conf-volume-driver",
		VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "drv-conf"}}}})
	for i := range 3 {
		pod(fmt.Sprintf("etl-exec-%d", i+1), "executor", "spark-kubernetes-executor")
	}
	return ns
}

func TestDoctorFindsLiveWorkloads(t *testing.T) {
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	code, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "-o", "json")
	if code != plugin.ExitFound {
		t.Fatalf("exit code %d, %s%s", code, out, errs)
	}
	r := reportOf(t, out)
	if r.Summary.Workloads != 2 || r.Summary.Pods != 4 || !allRead(r) {
		t.Errorf("summary %+v, coverage %+v", r.Summary, r.Coverage)
	}
	seen := map[string]int{}
	for _, f := range r.Findings {
		for _, p := range append(f.Places, report.Place{Role: f.Role, Count: f.Count}) {
			if p.Role == "executor" {
				seen[f.Code] = max(seen[f.Code], p.Count)
			}
		}
	}
	if seen["SPK-S011"] != 3 {
		t.Errorf("executors' findings: %v", seen)
	}
	if code, out, errs = runPlugin(t, cp.Kubeconfig(), "doctor", "statefulset/spark-worker", "-n", ns); code != plugin.ExitFound || !strings.Contains(out, "SPK-P034") || strings.Contains(out, "/etl") {
		t.Errorf("by name: exit code %d\n%s%s", code, out, errs)
	}
	if code, _, errs = runPlugin(t, cp.Kubeconfig(), "doctor", "pod/none", "-n", ns); code != plugin.ExitFailed || !strings.Contains(errs, "not found") {
		t.Errorf("a name that is not there: exit code %d, %s", code, errs)
	}
	if code, out, errs = runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "-l", "spark-role=driver", "--fail-on=never", "-o", "json"); code != 0 || reportOf(t, out).Summary.Pods != 1 {
		t.Errorf("by selector: exit code %d, %s%s", code, out, errs)
	}
	// The worker is mended in its StatefulSet; pods of spark-submit's have settings for what submits them, and no more.
	if n := commandsMend(t, cp, "-n", ns); n["SPK-P034"] != 1 || n["SPK-P006"] != 1 || n["SPK-S011"] != 1 {
		t.Errorf("findings with a command: %v", n)
	}
}

// Jobs and CronJobs are read live as in files. Jobs that have ended are named, and judged where they are asked for.
func TestDoctorReadsLiveJobs(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	const template = `template: {spec: {restartPolicy: Never, containers: [{name: submit, image: "apache/spark:4.0.1", command: [/opt/spark/bin/spark-submit, --master, "k8s://x", --conf, spark.executor.memroy=2g, a.jar]}]}}`
	batch := cp.Client().BatchV1().RESTClient()
	create := func(resource, text string) {
		t.Helper()
		raw, err := yaml.YAMLToJSON([]byte(text))
		if err == nil {
			err = batch.Post().Namespace(ns).Resource(resource).Body(raw).Do(t.Context()).Error()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	create("cronjobs", "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec: {schedule: '0 2 1 1 *', suspend: true, jobTemplate: {spec: {"+template+"}}}\n")
	create("jobs", "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\nspec: {suspend: true, "+template+"}\n")
	create("jobs", "apiVersion: batch/v1\nkind: Job\nmetadata: {name: over}\nspec: {suspend: true, "+template+"}\n")
	over := `{"status":{"startTime":"2026-01-01T00:00:00Z","completionTime":"2026-01-01T00:01:00Z","succeeded":1,"conditions":[
		{"type":"SuccessCriteriaMet","status":"True","lastTransitionTime":"2026-01-01T00:01:00Z"},{"type":"Complete","status":"True","lastTransitionTime":"2026-01-01T00:01:00Z"}]}}`
	if err := batch.Patch(types.MergePatchType).Namespace(ns).Resource("jobs").Name("over").SubResource("status").Body([]byte(over)).Do(t.Context()).Error(); err != nil {
		t.Fatal(err)
	}
	_, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "-o", "json")
	found := map[string]bool{}
	for _, f := range reportOf(t, out).Findings {
		if f.Code == "SPK-P002" {
			found[f.Workload] = true
		}
	}
	if !found[ns+"/nightly"] || !found[ns+"/once"] || len(found) != 2 || !strings.Contains(errs, "1 application has ended and was not checked: "+ns+"/over (succeeded); name it to check it") {
		t.Errorf("found in %v\n%s%s", found, out, errs)
	}
	for _, name := range []string{"over", ns + "/over", "job/over"} {
		if _, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", name, "-n", ns, "-o", "jsonpath={.findings[?(@.code=='SPK-P002')].workload}"); out != ns+"/over" {
			t.Errorf("%s: %q %s", name, out, errs)
		}
	}
}

// A ReplicaSet of its own is read live as in files; one that a rollout left without pods is not.
func TestDoctorReadsLiveReplicaSets(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	const template = `selector: {matchLabels: {app: w}}, template: {metadata: {labels: {app: w}}, spec: {containers: [{name: worker, image: "apache/spark:3.5.6", ` +
		`command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.worker.Worker, "spark://m:7077"], resources: {limits: {memory: 768Mi}}}]}}}`
	for _, text := range []string{
		"apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: alone}\nspec: {" + template + "\n",
		"apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: former, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: d, uid: u, controller: true}]}\nspec: {replicas: 0, " + template + "\n",
	} {
		raw, err := yaml.YAMLToJSON([]byte(text))
		if err == nil {
			err = cp.Client().AppsV1().RESTClient().Post().Namespace(ns).Resource("replicasets").Body(raw).Do(t.Context()).Error()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "-o", "json")
	r := reportOf(t, out)
	if len(r.Workloads) != 1 || r.Workloads[0].Name != ns+"/alone" || r.Workloads[0].Kind != "ReplicaSet" || !strings.Contains(out, "SPK-P034") {
		t.Errorf("%+v\n%s%s", r.Workloads, out, errs)
	}
}

func TestDoctorNamesWhatItMayNotRead(t *testing.T) {
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	user := func(name string, resources ...string) string {
		config, err := cp.UserConfig(name)
		if err != nil {
			t.Fatal(err)
		}
		path, err := cp.WriteKubeconfig(name, ns, config)
		if err != nil {
			t.Fatal(err)
		}
		if len(resources) == 0 {
			return path
		}
		role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: []rbacv1.PolicyRule{{Verbs: []string{"list"}, APIGroups: []string{""}, Resources: resources}}}
		binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name}, RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: name},
			Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: "rbac.authorization.k8s.io", Name: name}}}
		if _, err := cp.Client().RbacV1().Roles(ns).Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := cp.Client().RbacV1().RoleBindings(ns).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	limited := user("limited-"+ns, "pods")
	if code, out, errs := runPlugin(t, limited, "doctor", "sts/spark-worker"); code != plugin.ExitFailed || out != "" || !strings.Contains(errs, "forbidden") || !strings.HasSuffix(errs, "; grant: get,list statefulsets.apps in namespace "+ns+"\n") {
		t.Errorf("a type that may not be read: exit code %d\n%s%s", code, out, errs)
	}
	code, out, errs := runPlugin(t, limited, "doctor", "-o", "json", "--fail-on=never", "--strict-coverage")
	if code != plugin.ExitCoverage {
		t.Fatalf("exit code %d, %s%s", code, out, errs)
	}
	missing := map[string]report.Missing{}
	r := reportOf(t, out)
	for _, m := range r.Coverage.Missing {
		missing[m.Resource] = m
	}
	for _, want := range []string{"nodes", "statefulsets", "deployments", "configmaps", "namespaces"} {
		if m := missing[want]; m.Reason != "is forbidden" || m.Grant == "" {
			t.Errorf("%s: %+v", want, m)
		}
	}
	if len(missing["nodes"].NeededBy) == 0 || r.Summary.Pods != 4 {
		t.Errorf("nodes: %+v; summary %+v", missing["nodes"], r.Summary)
	}
	if _, out, _ = runPlugin(t, limited, "doctor"); !strings.Contains(out, "Not checked: ") || !strings.Contains(strings.Join(strings.Fields(out), " "), "list nodes is forbidden; grant: get,list nodes in the cluster") {
		t.Errorf("table:\n%s", out)
	}
	code, out, errs = runPlugin(t, user("stranger-"+ns), "doctor")
	if code != plugin.ExitFailed || out != "" || !strings.Contains(errs, "nothing can be read") || !strings.Contains(errs, "grant: get,list pods") {
		t.Errorf("a user without rights: exit code %d, %s%s", code, out, errs)
	}
}

func TestDoctorSaysThatAServerDoesNotAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: \"http://127.0.0.1:1\"}}]\ncontexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := runPlugin(t, path, "doctor")
	if code != plugin.ExitFailed || out != "" || !strings.Contains(errs, "http://127.0.0.1:1 did not answer") {
		t.Errorf("exit code %d, %s%s", code, out, errs)
	}
}

// allRead says whether nothing was left unread. Other tests take the monitoring group's kinds away while they are read: that is no gap here.
func allRead(r report.Report) bool {
	c := r.Coverage
	return len(c.LeftOut)+len(c.NotChecked) == 0 && !slices.ContainsFunc(c.Missing, func(gap report.Missing) bool {
		return gap.Group != "monitoring.coreos.com" || !strings.Contains(gap.Reason, "could not find the requested resource")
	})
}
