package controlplane_test

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// panicEnv makes the test binary start a control plane in this folder and panic, for the test that looks at what it leaves.
const panicEnv = "CONTROLPLANE_TEST_PANIC_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(panicEnv); dir != "" {
		panicWithControlPlane(dir)
	}
	os.Exit(m.Run())
}

func panicWithControlPlane(dir string) {
	if _, err := controlplane.Start(context.Background(), controlplane.Options{Dir: dir}); err != nil {
		os.Stdout.WriteString("failed: " + err.Error() + "\n")
		os.Exit(3)
	}
	os.Stdout.WriteString("started\n")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // the test looks at the processes first
	panic("a test went wrong")
}

func pod(namespace string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: namespace},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "example.com/none:1"}}},
	}
}

func TestAPIServerTakesPodsAndForbidsWhatRBACDoesNotAllow(t *testing.T) {
	cp := controlplane.ForTest(t, controlplane.Options{})
	ns := cp.NewNamespace(t)
	if _, err := cp.Client().CoreV1().Pods(ns).Create(t.Context(), pod(ns), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	version, err := cp.Client().Discovery().ServerVersion()
	if err != nil || !strings.HasPrefix(version.GitVersion, "v1.") {
		t.Errorf("server reports version %v (error %v): the stamp is missing", version, err)
	}

	user, err := cp.UserConfig("jane", "readers")
	if err != nil {
		t.Fatal(err)
	}
	_, err = kubernetes.NewForConfigOrDie(user).CoreV1().Pods(ns).List(t.Context(), metav1.ListOptions{})
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), `User "jane" cannot list`) {
		t.Errorf("a user without rights listed pods: %v", err)
	}
	account, err := cp.ServiceAccountConfig(t.Context(), ns, "default")
	if err != nil {
		t.Fatal(err)
	}
	_, err = kubernetes.NewForConfigOrDie(account).CoreV1().Pods(ns).List(t.Context(), metav1.ListOptions{})
	if !apierrors.IsForbidden(err) {
		t.Errorf("a service account without rights listed pods: %v", err)
	}
}

func TestKubeconfigWorksForKubectl(t *testing.T) {
	bin, err := controlplane.Binaries(t.Context(), os.Stderr, controlplane.Kubectl)
	if err != nil {
		t.Fatal(err)
	}
	cp := controlplane.ForTest(t, controlplane.Options{})
	out, err := exec.Command(bin.Path(controlplane.Kubectl), "--kubeconfig", cp.Kubeconfig(), "get", "namespaces", "-o", "name").CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("namespace/default")) {
		t.Errorf("kubectl: %v\n%s", err, out)
	}
	user, err := cp.UserConfig("jane")
	if err != nil {
		t.Fatal(err)
	}
	path, err := cp.WriteKubeconfig("jane", "default", user)
	if err != nil {
		t.Fatal(err)
	}
	out, err = exec.Command(bin.Path(controlplane.Kubectl), "--kubeconfig", path, "get", "pods").CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("forbidden")) {
		t.Errorf("kubectl as jane: %v\n%s", err, out)
	}
}

func TestPodRunsOnASimulatedNode(t *testing.T) {
	cp := controlplane.ForTest(t, controlplane.Options{Controllers: true, Scheduler: true, Kwok: true})
	if err := cp.AddNodes(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	ns := cp.NewNamespace(t)
	p := pod(ns)
	if _, err := cp.Client().CoreV1().Pods(ns).Create(t.Context(), p, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		got, err := cp.Client().CoreV1().Pods(ns).Get(t.Context(), p.Name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Status.Phase == corev1.PodRunning && got.Spec.NodeName != "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("pod on %q is %s after 30 s; logs in %s", got.Spec.NodeName, got.Status.Phase, cp.Dir())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func TestStopLeavesNoProcessAndNoFolder(t *testing.T) {
	cp, err := controlplane.Start(t.Context(), controlplane.Options{Output: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	dir := cp.Dir()
	if n := len(processesOf(t, dir)); n != 2 {
		t.Fatalf("%d processes run in %s, want etcd and kube-apiserver", n, dir)
	}
	start := time.Now()
	if err := cp.Stop(); err != nil {
		t.Error(err)
	}
	t.Logf("stopped in %s", time.Since(start))
	if left := processesOf(t, dir); len(left) > 0 {
		t.Errorf("Stop left %q", left)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("Stop left the folder %s (%v)", dir, err)
	}
}

func TestPanicLeavesNoProcess(t *testing.T) {
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), panicEnv+"="+dir)
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	child.Stderr = &stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if line != "started\n" {
		t.Fatalf("child said %q (%v)", line, err)
	}
	if n := len(processesOf(t, dir)); n != 2 {
		t.Fatalf("%d processes run in %s before the panic, want 2", n, dir)
	}
	if _, err := stdin.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil || !strings.Contains(stderr.String(), "a test went wrong") {
		t.Fatalf("child ended with %v, not with the panic: %s", err, stderr.String())
	}
	for range 50 {
		if len(processesOf(t, dir)) == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("the panic left %q", processesOf(t, dir))
}

func TestFailedStartShowsTheLogOfTheProgram(t *testing.T) {
	_, err := controlplane.Start(t.Context(), controlplane.Options{Output: os.Stderr, APIServerArgs: []string{"--no-such-flag"}})
	if err == nil {
		t.Fatal("kube-apiserver started with an unknown flag")
	}
	for _, want := range []string{"kube-apiserver is not ready", "exit status 1", "unknown flag: --no-such-flag"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q: %v", want, err)
		}
	}
}

// processesOf lists the command lines of living processes that name dir.
func processesOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(files) == 0 {
		t.Fatalf("no processes to be seen in /proc (%v): this test needs Linux", err)
	}
	var found []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil && bytes.Contains(data, []byte(dir)) { // an ended process has no command line
			found = append(found, string(bytes.ReplaceAll(data, []byte{0}, []byte(" "))))
		}
	}
	return found
}
