//go:build unix

package terminal

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// sparkCluster is the kubeconfig of an API server with the pod of a driver in a namespace.
func sparkCluster(t *testing.T) (kubeconfig, ns string, cp *controlplane.ControlPlane) {
	t.Helper()
	cp = controlplane.ForTest(t, controlplane.Options{})
	ns = cp.NewNamespace(t)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "etl-driver", Labels: map[string]string{"spark-role": "driver", "spark-app-selector": "spark-1", "spark-app-name": "settle-ledger"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "spark-kubernetes-driver", Image: "apache/spark:3.5.6", Args: []string{"driver"}}}}}
	if _, err := cp.Client().CoreV1().Pods(ns).Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := cp.WriteKubeconfig("here", ns, cp.Config())
	if err != nil {
		t.Fatal(err)
	}
	return kubeconfig, ns, cp
}

// TestLiveCommandsTakeTheWidth: the lines of install, status and explain pod, and the tables of what runs. Progress has counts.
func TestLiveCommandsTakeTheWidth(t *testing.T) {
	kubeconfig, _, cp := sparkCluster(t)
	name, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	install := []string{"install", "--url=https://127.0.0.1:1", "--ca-file=" + cp.CAFile(), "--pause", "--wait=false"}
	if out, err := exec.Command(name, append(install, "--kubeconfig="+kubeconfig)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, width := range []int{60, 80, 120, 200} {
		for _, args := range [][]string{install, {"status"}, {"explain", "pod", "settle-ledger"}, {"doctor"}, {"tune"}, {"explain", "memory", "settle-ledger"}} {
			start(t, width, []string{"KUBECONFIG=" + kubeconfig}, args...).breaksNoLine(args)
		}
	}
	// What a slow server has answered is counted.
	s := start(t, 80, []string{"KUBECONFIG=" + slowly(t, cp.Config())}, "doctor")
	if code := s.end(); code > 1 || !regexp.MustCompile(`reading the cluster: [1-9][0-9]* answers, [0-9.]+ MiB, [1-9][0-9]* s`).MatchString(s.text()) {
		t.Errorf("exit code %d: %q", code, s.text())
	}
}

// slowly is the kubeconfig of a server of which each answer takes a while longer.
func slowly(t *testing.T, config *rest.Config) string {
	t.Helper()
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		time.Sleep(700 * time.Millisecond)
		r.SetURL(target)
	}})
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: \"" + server.URL + "\"}}]\ncontexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
