//go:build unix

package terminal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	admission "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// The input is 500 applications of a driver and 19 executors each.
const (
	applications = 500
	podsOfEach   = 20
)

// mistakes are what people do to the pods of their applications, each with how many applications share it.
func mistakes() []func(i int, pod *corev1.Pod) {
	every := func(n int, change func(c *corev1.Container, pod *corev1.Pod)) func(int, *corev1.Pod) {
		return func(i int, pod *corev1.Pod) {
			if i%n == 0 {
				change(&pod.Spec.Containers[0], pod)
			}
		}
	}
	env := func(name, value string) func(*corev1.Container, *corev1.Pod) {
		return func(c *corev1.Container, _ *corev1.Pod) {
			c.Env = append(c.Env, corev1.EnvVar{Name: name, Value: value})
		}
	}
	limit := func(name corev1.ResourceName, value string) func(*corev1.Container, *corev1.Pod) {
		return func(c *corev1.Container, _ *corev1.Pod) {
			c.Resources.Limits[name] = resource.MustParse(value)
		}
	}
	yes := true
	return []func(int, *corev1.Pod){
		every(5, func(c *corev1.Container, _ *corev1.Pod) { c.Image = "registry.example/jobs/spark:latest" }),
		every(6, limit(corev1.ResourceCPU, "1")),
		every(7, func(_ *corev1.Container, pod *corev1.Pod) { pod.Spec.ServiceAccountName = "default" }),
		every(11, env("SPARK_JAVA_OPT_90", "-XX:+UseConcMarkSweepGC")),
		every(13, func(c *corev1.Container, _ *corev1.Pod) {
			c.SecurityContext = &corev1.SecurityContext{Privileged: &yes}
		}),
		every(17, func(_ *corev1.Container, pod *corev1.Pod) { pod.Spec.HostNetwork = true }),
		every(19, func(c *corev1.Container, _ *corev1.Pod) {
			c.LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"true"}}}}
		}),
		every(23, env("SPARK_JAVA_OPT_91", "-Xmx1g")),
	}
}

// manyPods writes the applications as `kubectl get pods -A -o json` does, and gives the file.
func manyPods(t *testing.T) string {
	t.Helper()
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	captured := map[string][]corev1.Pod{}
	for _, f := range all {
		var review admission.AdmissionReview
		var pod corev1.Pod
		if err := json.Unmarshal(f.Review, &review); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(review.Request.Object.Raw, &pod); err != nil {
			t.Fatal(err)
		}
		pod.ManagedFields, pod.OwnerReferences = nil, nil
		captured[f.Expect.Role] = append(captured[f.Expect.Role], pod)
	}
	name := filepath.Join(t.TempDir(), "pods.json")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(file)
	w.WriteString(`{"apiVersion":"v1","kind":"List","items":[`)
	for i := range applications {
		for n := range podsOfEach {
			role := map[bool]string{true: "driver", false: "executor"}[n == 0]
			pod := captured[role][i%len(captured[role])].DeepCopy()
			app := fmt.Sprintf("daily-%03d", i)
			pod.Namespace, pod.Name = fmt.Sprintf("team-%d", i%12), fmt.Sprintf("%s-%s-%d", app, role, n)
			pod.Labels["spark-app-name"], pod.Labels["spark-app-selector"] = app, fmt.Sprintf("spark-%032d", i)
			if n > 0 {
				pod.Labels["spark-exec-id"] = fmt.Sprint(n)
			}
			for _, mistake := range mistakes() {
				mistake(i, pod)
			}
			text, err := json.Marshal(pod)
			if err != nil {
				t.Fatal(err)
			}
			if i+n > 0 {
				w.WriteByte(',')
			}
			w.Write(text)
		}
	}
	w.WriteString("]}\n")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestFiveHundredApplicationsFitOnTwoScreens: with 10,000 pods, from a pipe, all that the terminal shows has at most 60 lines at
// every width, names the worst first, and ends with the verdict.
func TestFiveHundredApplicationsFitOnTwoScreens(t *testing.T) {
	binary, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	pods := manyPods(t)
	for _, width := range []int{80, 200} {
		cmd := exec.Command("bash", "-c", binary+" doctor -f - <"+pods)
		began := time.Now()
		s := startCommand(t, width, nil, cmd)
		if code := s.end(); code != 1 {
			t.Fatalf("exit code %d: %s", code, s.text())
		}
		took := time.Since(began)
		shown := s.screen()
		text := strings.Join(shown, "\n")
		if len(shown) > 60 || len(shown) < 15 {
			t.Errorf("%d columns: %d lines:\n%s", width, len(shown), text)
		}
		for _, want := range []string{" in 500 workloads, 10000 pods", "SPK-S011", "SPK-S005", "SPK-S012", "SPK-I002", "Not checked: ", " workloads "} {
			if !strings.Contains(text, want) {
				t.Errorf("%d columns: no %q:\n%s", width, want, text)
			}
		}
		if strings.LastIndex(text, "✗ SPK") > strings.Index(text, "‼ SPK") {
			t.Errorf("%d columns: a warning stands before an error:\n%s", width, text)
		}
		if took > 2*time.Second && !strings.Contains(s.text(), "reading files") && !strings.Contains(s.text(), "checking workloads: ") {
			t.Errorf("%d columns: it took %v and showed no progress", width, took)
		}
		t.Logf("%d columns:\n%s", width, text)
	}
}
