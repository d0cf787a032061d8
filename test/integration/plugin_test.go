package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// buildPlugin builds the plugin as a release does and returns its folder.
func buildPlugin(t *testing.T) string {
	t.Helper()
	path, err := builtPlugin()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(path)
}

func TestKubectlFindsThePlugin(t *testing.T) {
	cp := shared.Get(t)
	bin, err := controlplane.Binaries(t.Context(), os.Stderr, controlplane.Kubectl)
	if err != nil {
		t.Fatal(err)
	}
	ns := sparkNamespace(t, cp)
	dir := buildPlugin(t)
	kubectl := exec.CommandContext(t.Context(), bin.Path(controlplane.Kubectl), "spark", "doctor", "-n", ns, "--fail-on=error")
	kubectl.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "KUBECONFIG="+cp.Kubeconfig())
	out, err := kubectl.CombinedOutput()
	if kubectl.ProcessState.ExitCode() != plugin.ExitFound || !strings.Contains(string(out), ns+"/spark-worker") {
		t.Errorf("%v, exit code %d:\n%s", err, kubectl.ProcessState.ExitCode(), out)
	}
	t.Logf("kubectl spark doctor:\n%s", out)

	// Completion goes through the program that completion install places beside the plugin.
	place := exec.CommandContext(t.Context(), filepath.Join(dir, "kubectl-spark"), "completion", "install")
	if out, err := place.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for typed, want := range map[string]string{"explain SPK-P03": "SPK-P034\t", "doctor -n " + ns + " spark-w": "spark-worker\n", "tune -n " + ns + " e": "etl\n", "fix -n " + ns + " SPK-P00": "SPK-P006\t",
		"doctor -n " + ns[:len(ns)-1]: ns + "\n", "doctor --context t": "test\n", "tune --goal=p": "packing\n"} {
		complete := exec.CommandContext(t.Context(), bin.Path(controlplane.Kubectl), append([]string{"__complete", "spark"}, strings.Fields(typed)...)...)
		complete.Env = kubectl.Env
		if out, err := complete.Output(); err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v: kubectl completes %q", typed, err, out)
		}
	}
}

func TestDoctorReadsPageByPage(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	const pods = 520
	var wait sync.WaitGroup
	slots := make(chan bool, 16)
	for i := range pods {
		wait.Add(1)
		slots <- true
		go func() {
			defer func() { <-slots; wait.Done() }()
			one := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("etl-exec-%d", i+1),
				Labels: map[string]string{"spark-role": "executor", "spark-app-selector": "spark-1", "spark-exec-id": fmt.Sprint(i + 1)}},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "spark-kubernetes-executor", Image: "apache/spark:3.5.6", Args: []string{"executor"},
					Env:       []corev1.EnvVar{{Name: "SPARK_EXECUTOR_ID", Value: fmt.Sprint(i + 1)}},
					Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("1")}}}}}}
			if _, err := cp.Client().CoreV1().Pods(ns).Create(t.Context(), one, metav1.CreateOptions{}); err != nil {
				t.Error(err)
			}
		}()
	}
	wait.Wait()
	start := time.Now()
	code, out, errs := runPlugin(t, cp.Kubeconfig(), "doctor", "-n", ns, "-o", "json", "--fail-on=never")
	if code != 0 {
		t.Fatalf("exit code %d, %s", code, errs)
	}
	r := reportOf(t, out)
	t.Logf("%d pods in %v", r.Summary.Pods, time.Since(start))
	if r.Summary.Pods != pods || r.Summary.Workloads != 1 {
		t.Errorf("summary %+v", r.Summary)
	}
	for _, f := range r.Findings {
		if f.Count != pods {
			t.Errorf("%s stands for %d pods, want one line for %d", f.Code, f.Count, pods)
		}
	}
}

const applicationCRD = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"sparkapplications.sparkoperator.k8s.io",
"annotations":{"api-approved.kubernetes.io":"https://github.com/kubernetes/enhancements/pull/1111"}},
"spec":{"group":"sparkoperator.k8s.io","scope":"Namespaced","names":{"plural":"sparkapplications","singular":"sparkapplication","kind":"SparkApplication","listKind":"SparkApplicationList"},
"versions":[{"name":"v1beta2","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}`

const application = `{"apiVersion":"sparkoperator.k8s.io/v1beta2","kind":"SparkApplication","metadata":{"name":"pi"},
"spec":{"type":"Scala","mode":"cluster","sparkVersion":"3.5.6","driver":{"cores":1,"memory":"1g"},"executor":{"cores":1,"memory":"1g","instances":1},"sparkConf":{"spark.executor.memoryOverhead":"100m"}}}`

func TestDoctorSeesOperatorsResourcesWhereTheyAreInstalled(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	client := cp.Client().Discovery().RESTClient()
	const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	if err := client.Post().AbsPath(crds).Body([]byte(applicationCRD)).Do(t.Context()).Error(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Delete().AbsPath(crds, "sparkapplications.sparkoperator.k8s.io").Do(context.Background()).Error(); err != nil {
			t.Error(err)
		}
	})
	var err error
	for range 100 {
		err = client.Post().AbsPath("/apis/sparkoperator.k8s.io/v1beta2/namespaces", ns, "sparkapplications").Body([]byte(application)).Do(t.Context()).Error()
		if err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-n", ns}, {"sparkapplication/pi", "-n", ns}} {
		code, out, errs := runPlugin(t, cp.Kubeconfig(), append([]string{"doctor", "-o", "json", "--fail-on=never"}, args...)...)
		if code != 0 {
			t.Fatalf("exit code %d, %s%s", code, out, errs)
		}
		if r := reportOf(t, out); r.Summary.Workloads != 1 || r.Workloads[0].Launcher != "kubeflow" || !allRead(r) {
			t.Errorf("%v: workloads %+v, coverage %+v", args, r.Workloads, r.Coverage)
		}
	}
	// What its operator made of it is mended in the resource, where that has the fault and a form for its mend.
	for role, container := range map[string]string{"driver": "spark-kubernetes-driver", "executor": "spark-kubernetes-executor"} {
		put(t, cp, "/api/v1/namespaces/"+ns+"/pods", `{metadata: {name: pi-`+role+`, labels: {spark-role: `+role+`, spark-app-selector: spark-7, sparkoperator.k8s.io/app-name: pi, spark-version: 3.5.6}},
spec: {restartPolicy: Never, containers: [{name: `+container+`, image: "apache/spark:3.5.6", args: [`+role+`], livenessProbe: {tcpSocket: {port: 7078}}}]}}`)
	}
	if n := commandsMend(t, cp, "-n", ns); n["SPK-P006"] != 1 || n["SPK-M013"] != 0 || n["SPK-S011"] != 1 {
		t.Errorf("findings with a command: %v", n)
	}
	n := commandsMend(t, cp, "pod/pi-driver", "-n", ns)
	delete(n, "SPK-S001") // creates a NetworkPolicy
	delete(n, "SPK-S005") // creates a ServiceAccount with its rights
	if len(n) != 0 {
		t.Errorf("a pod whose resource was not looked at has commands: %v", n)
	}
}

// commandsMend runs the command of every finding that has one, and counts them by code: each must make its change, or say
// which arguments would.
func commandsMend(t *testing.T, cp *controlplane.ControlPlane, args ...string) map[string]int {
	t.Helper()
	code, out, errs := runPlugin(t, cp.Kubeconfig(), append([]string{"doctor", "-o", "json", "--fail-on=never"}, args...)...)
	if code != 0 {
		t.Fatalf("exit code %d, %s%s", code, out, errs)
	}
	r, commands := reportOf(t, out), map[string]int{}
	if len(r.Findings) == 0 {
		t.Error("nothing was found")
	}
	for _, f := range r.Findings {
		if f.Fix == nil || f.Fix.Command == "" {
			continue
		}
		commands[f.Code]++
		if code, out, errs := runPlugin(t, cp.Kubeconfig(), strings.Fields(f.Fix.Command)[2:]...); code != 0 || out == "" || !strings.Contains(errs, "fixed ") && !strings.Contains(out, "spark.") {
			t.Errorf("%s: exit code %d, %s%s", f.Fix.Command, code, out, errs)
		}
	}
	return commands
}
