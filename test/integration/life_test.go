package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// lived makes a pod of an application on the API server, as Spark makes it, and gives it a status, as a kubelet and the scheduler do.
func lived(t *testing.T, cp *controlplane.ControlPlane, ns, app, name, role, status string) {
	t.Helper()
	put(t, cp, "/api/v1/namespaces/"+ns+"/pods", `{metadata: {name: `+name+`, labels: {spark-role: `+role+`, spark-app-selector: spark-`+app+`, spark-app-name: `+app+`, spark-version: 3.5.6}},
spec: {restartPolicy: Never, containers: [{name: spark-kubernetes-`+role+`, image: "registry.example/spark:3.5.6", args: [`+role+`], resources: {requests: {cpu: "64", memory: 1408Mi}, limits: {memory: 1408Mi}}}]}}`)
	raw, err := yaml.YAMLToJSON([]byte("status:\n" + status))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cp.Client().CoreV1().Pods(ns).Patch(t.Context(), name, types.MergePatchType, raw, metav1.PatchOptions{}, "status"); err != nil {
		t.Fatal(err)
	}
}

func running(role string) string {
	return `  phase: Running
  conditions: [{type: PodScheduled, status: "True"}, {type: Ready, status: "True"}]
  containerStatuses:
  - {name: spark-kubernetes-` + role + `, ready: true, restartCount: 0, image: a, imageID: b, state: {running: {startedAt: "2026-11-28T02:00:00Z"}}}
`
}

func terminated(role string, code int, reason, message string) string {
	return fmt.Sprintf(`  phase: Failed
  containerStatuses:
  - name: spark-kubernetes-%s
    ready: false
    restartCount: 0
    image: registry.example/spark:3.5.6
    imageID: b
    state: {terminated: {exitCode: %d, reason: %s, message: %q, startedAt: "2026-11-28T02:00:00Z", finishedAt: "2026-11-28T02:00:04Z"}}
`, role, code, reason, message)
}

const unschedulable = `  phase: Pending
  conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, lastTransitionTime: "2026-11-28T02:00:00Z", message: "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."}]
`

const notPulled = `  phase: Pending
  conditions: [{type: PodScheduled, status: "True"}]
  containerStatuses:
  - {name: spark-kubernetes-driver, ready: false, restartCount: 0, image: "registry.example/spark:3.5.6", imageID: "", state: {waiting: {reason: ImagePullBackOff, message: "Back-off pulling image"}}}
`

// event makes a warning about an object.
func event(t *testing.T, cp *controlplane.ControlPlane, ns, kind, name, reason, message string) {
	t.Helper()
	put(t, cp, "/api/v1/namespaces/"+ns+"/events", fmt.Sprintf(`{metadata: {generateName: e-}, involvedObject: {kind: %s, name: %s, namespace: %s}, reason: %s, message: %q, type: Warning, count: 3,
firstTimestamp: "2026-11-28T02:00:00Z", lastTimestamp: "2026-11-28T02:10:00Z", source: {component: kubelet}}`, kind, name, ns, reason, message))
}

// withViewRights is a kubeconfig of an account with the rules that the real ClusterRole view is made of, in one namespace.
func withViewRights(t *testing.T, cp *controlplane.ControlPlane, ns string) string {
	t.Helper()
	path := account(t, cp, ns, "viewer")
	if _, err := cp.Client().RbacV1().RoleBindings(ns).Create(t.Context(), &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "view"},
		RoleRef:  rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "system:aggregate-to-view"},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: ns, Name: "viewer"}}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// whatWentWrong fills a namespace with an application of each fate.
func whatWentWrong(t *testing.T, cp *controlplane.ControlPlane, ns string) {
	t.Helper()
	lived(t, cp, ns, "well", "well-driver", "driver", running("driver"))
	lived(t, cp, ns, "well", "well-exec-1", "executor", running("executor"))
	lived(t, cp, ns, "oom", "oom-driver", "driver", running("driver"))
	for i := range 40 {
		lived(t, cp, ns, "oom", fmt.Sprintf("oom-exec-%d", i), "executor", terminated("executor", 137, "OOMKilled", ""))
	}
	lived(t, cp, ns, "heap", "heap-driver", "driver", terminated("driver", 52, "Error", ""))
	lived(t, cp, ns, "waits", "waits-driver", "driver", running("driver"))
	lived(t, cp, ns, "waits", "waits-exec-1", "executor", unschedulable)
	lived(t, cp, ns, "waits", "waits-exec-2", "executor", unschedulable)
	lived(t, cp, ns, "image", "image-driver", "driver", notPulled)
	event(t, cp, ns, "Pod", "image-driver", "Failed", "Failed to pull image \"registry.example/spark:3.5.6\": unauthorized: authentication required")
	lived(t, cp, ns, "early", "early-driver", "driver", terminated("driver", 101, "Error", "Error: Failed to load class org.example.Main.\n--db.password=hunter2hunter2 \x1b[31mred"))
	lived(t, cp, ns, "rights", "rights-driver", "driver", terminated("driver", 1, "Error", `Message: pods is forbidden: User "system:serviceaccount:lab:etl" cannot create resource "pods" in API group "" in the namespace "lab".`))
	lived(t, cp, ns, "disk", "disk-driver", "driver", running("driver"))
	lived(t, cp, ns, "disk", "disk-exec-9", "executor", running("executor"))
	event(t, cp, ns, "Pod", "disk-exec-7", "Evicted", "The node was low on resource: ephemeral-storage. Container spark-kubernetes-executor was using 12Gi, request is 0.")
	put(t, cp, "/apis/apps/v1/namespaces/"+ns+"/statefulsets", workerYAML)
	event(t, cp, ns, "StatefulSet", "spark-worker", "FailedCreate", "create Pod spark-worker-0 in StatefulSet spark-worker failed error: pods \"spark-worker-0\" is forbidden: exceeded quota: team, requested: limits.memory=768Mi")
}

// fates are what doctor finds of what has happened, a workload and a code each.
func fates(r report.Report) (all []string) {
	for _, f := range r.Findings {
		if f.Happened {
			_, name, _ := strings.Cut(f.Workload, "/")
			all = append(all, fmt.Sprintf("%s %s %s %d", name, f.Code, f.Level, f.Count))
		}
	}
	slices.Sort(all)
	return all
}

// TestDoctorFindsWhatWentWrong from status and Events alone, with the rights of view: each fault by its rule, hundreds of pods to
// which the same happened once, and nothing of pods that are well. The same objects from a file give the same.
func TestDoctorFindsWhatWentWrong(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	whatWentWrong(t, cp, ns)
	want := []string{
		"disk SPK-P027 error 1",
		"early SPK-P058 error 1",
		"heap SPK-P043 error 1",
		"image SPK-I022 error 1",
		"oom SPK-P001 error 40",
		"rights SPK-S006 error 1",
		"spark-worker SPK-P020 error 1",
		"waits SPK-P038 warning 2",
	}
	code, out, errs := runPlugin(t, withViewRights(t, cp, ns), "doctor", "-n", ns, "-o", "json")
	r := reportOf(t, out)
	if got := fates(r); code != 1 || !slices.Equal(got, want) {
		t.Errorf("exit code %d, found\n%s\nnot\n%s\n%s", code, strings.Join(got, "\n"), strings.Join(want, "\n"), errs)
	}
	if strings.Contains(out+errs, "hunter2") || strings.Contains(out+errs, "\x1b") || strings.Contains(out, `\u001b`) {
		t.Errorf("a termination message is shown with its secret or its escapes:\n%s", out)
	}
	states := map[string]string{}
	for _, w := range r.Workloads {
		states[w.Name] = w.State
	}
	for name, state := range map[string]string{"well": "running", "heap": "failed", "image": "pending"} {
		if states[ns+"/"+name] != state {
			t.Errorf("%s is %q, not %q", name, states[ns+"/"+name], state)
		}
	}
	if len(r.Findings) < len(want) || r.Summary.Error < 7 {
		t.Fatalf("%d findings, %d errors", len(r.Findings), r.Summary.Error)
	}
	for i, f := range r.Findings[1:] { // of a level, what has happened comes first
		if before := r.Findings[i]; f.Level == before.Level && f.Happened && !before.Happened {
			t.Errorf("%s stands behind %s", f.Code, before.Code)
		}
	}

	// As kubectl get -o yaml saves it.
	file := filepath.Join(t.TempDir(), "saved.yaml")
	saved, err := exec.CommandContext(t.Context(), kubectl(t), "--kubeconfig", cp.Kubeconfig(), "get", "pods,statefulsets,events", "-n", ns, "-o", "yaml").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, saved, 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, errs = runPlugin(t, cp.Kubeconfig(), "doctor", "-f", file, "-o", "json")
	if got := fates(reportOf(t, out)); !slices.Equal(got, want) {
		t.Errorf("from a file\n%s\nnot\n%s\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"), errs)
	}
}

// TestWithoutTheRightToEvents what they would tell is named as not checked, and the status of the pods is judged.
func TestWithoutTheRightToEvents(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	whatWentWrong(t, cp, ns)
	viewer := account(t, cp, ns, "pods", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods"}})
	_, out, errs := runPlugin(t, viewer, "doctor", "-n", ns, "-o", "json")
	r := reportOf(t, out)
	if got := fates(r); !slices.Contains(got, "oom SPK-P001 error 40") || slices.Contains(got, "disk SPK-P027 error 1") {
		t.Errorf("found %v\n%s", got, errs)
	}
	for _, m := range r.Coverage.Missing {
		if m.Resource == "events" {
			if !slices.Equal(m.NeededBy, []string{"SPK-I022", "SPK-P020", "SPK-P027", "SPK-P058"}) || m.Grant == "" || r.Coverage.Complete {
				t.Errorf("%+v", m)
			}
			return
		}
	}
	t.Errorf("the missing right is not named: %+v", r.Coverage.Missing)
}

// TestDoctorFindsWhatTheOperatorReports: a submission that failed has neither pods nor Events of pods.
func TestDoctorFindsWhatTheOperatorReports(t *testing.T) {
	cp := shared.Get(t)
	operatorResource(t, cp, "sparkoperator.k8s.io", "v1beta2")
	ns := cp.NewNamespace(t)
	put(t, cp, "/apis/sparkoperator.k8s.io/v1beta2/namespaces/"+ns+"/sparkapplications", `{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: nightly},
spec: {type: Scala, mode: cluster, image: "apache/spark:3.5.6", mainClass: org.example.Main, mainApplicationFile: "local:///a.jar", sparkVersion: 3.5.6, driver: {serviceAccount: spark}, executor: {instances: 1}},
status: {applicationState: {state: SUBMISSION_FAILED, errorMessage: "failed to run spark-submit: exit status 1: token=ghp_0123456789abcdefghijABCDEFGHIJ012345"}}}`)
	_, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "-o", "json")
	if got := fates(reportOf(t, out)); !slices.Equal(got, []string{"nightly SPK-P059 error 1"}) || strings.Contains(out, "ghp_0123") {
		t.Errorf("found %v\n%s%s", got, out, errs)
	}
}

// TestDoctorFindsWhatEveryOperatorReports: each in the field and the words of its own.
func TestDoctorFindsWhatEveryOperatorReports(t *testing.T) {
	cp := shared.Get(t)
	operatorKind(t, cp, "sparkoperator.k8s.io", "v1beta2", "ScheduledSparkApplication")
	operatorResource(t, cp, "spark.apache.org", "v1")
	operatorResource(t, cp, "spark.stackable.tech", "v1alpha1")
	for _, c := range []struct{ name, group, version, kind, spec, status, want string }{
		{"schedule", "sparkoperator.k8s.io", "v1beta2", "ScheduledSparkApplication",
			`{schedule: "61 * * * *", template: {type: Scala, mode: cluster, image: "apache/spark:3.5.6", mainClass: org.example.Main, mainApplicationFile: "local:///a.jar", sparkVersion: 3.5.6, driver: {serviceAccount: spark}, executor: {instances: 1}}}`,
			`{scheduleState: FailedValidation, reason: "expected 5 fields"}`, "SPK-P059 error 1"},
		{"apache", "spark.apache.org", "v1", "SparkApplication",
			`{mainClass: org.example.Main, jars: "local:///a.jar", sparkConf: {spark.kubernetes.container.image: "apache/spark:4.1.0"}, runtimeVersions: {sparkVersion: 4.1.0}}`,
			`{currentState: {currentStateSummary: ResourceReleased, message: done}, stateTransitionHistory: {"0": {currentStateSummary: Submitted}, "9": {currentStateSummary: SchedulingFailure, message: "quota"}, "10": {currentStateSummary: ResourceReleased}}}`, "SPK-P059 error 1"},
		{"apache-driver", "spark.apache.org", "v1", "SparkApplication",
			`{mainClass: org.example.Main, jars: "local:///a.jar", sparkConf: {spark.kubernetes.container.image: "apache/spark:4.1.0"}, runtimeVersions: {sparkVersion: 4.1.0}}`,
			`{currentState: {currentStateSummary: DriverStartTimedOut, message: "the driver has not responded"}}`, "SPK-P058 error 1"},
		{"apache-runs", "spark.apache.org", "v1", "SparkApplication",
			`{mainClass: org.example.Main, jars: "local:///a.jar", sparkConf: {spark.kubernetes.container.image: "apache/spark:4.1.0"}, runtimeVersions: {sparkVersion: 4.1.0}}`,
			`{currentState: {currentStateSummary: RunningHealthy}}`, ""},
		{"stackable", "spark.stackable.tech", "v1alpha1", "SparkApplication",
			`{version: "1.0", sparkImage: {productVersion: 3.5.6}, mode: cluster, mainApplicationFile: "local:///a.jar", mainClass: org.example.Main, driver: {}, executor: {replicas: 1}}`,
			`{phase: Failed}`, "SPK-P058 error 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			resource := strings.ToLower(c.kind) + "s"
			ns := cp.NewNamespace(t)
			put(t, cp, "/apis/"+c.group+"/"+c.version+"/namespaces/"+ns+"/"+resource, "{apiVersion: "+c.group+"/"+c.version+", kind: "+c.kind+", metadata: {name: night}, spec: "+c.spec+", status: "+c.status+"}")
			_, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "-o", "json")
			var want []string
			if c.want != "" {
				want = []string{"night " + c.want}
			}
			if got := fates(reportOf(t, out)); !slices.Equal(got, want) {
				t.Errorf("found %v, not %v\n%s%s", got, want, out, errs)
			}
		})
	}
}

// kubectl is the path of the real one.
func kubectl(t *testing.T) string {
	t.Helper()
	bin, err := controlplane.Binaries(t.Context(), os.Stderr, controlplane.Kubectl)
	if err != nil {
		t.Fatal(err)
	}
	return bin.Path(controlplane.Kubectl)
}
