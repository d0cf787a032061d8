package e2e

import (
	"bytes"
	_ "embed"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

//go:embed testdata/servers.yaml
var servers string

func apply(t *testing.T, namespace, text string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "kubectl", "-n", namespace, "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// roleOf is the server that a pod runs: the manifests label it so.
func roleOf(pod corev1.Pod) string { return pod.Labels["app"] }

// serverPods are the pods of servers that are not on their way out, by role; workers by the name of their pod.
func serverPods(t *testing.T, namespace string) map[string]corev1.Pod {
	t.Helper()
	list, err := running.Client().CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "app"})
	if err != nil {
		t.Fatal(err)
	}
	pods := map[string]corev1.Pod{}
	for _, pod := range list.Items {
		name := roleOf(pod)
		if name == "worker" {
			name = pod.Name
		}
		if pod.DeletionTimestamp == nil {
			pods[name] = pod
		}
	}
	return pods
}

func isReady(pod corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue })
}

// allReady waits until that many servers are Ready.
func allReady(t *testing.T, namespace string, number int) map[string]corev1.Pod {
	t.Helper()
	for start := time.Now(); ; time.Sleep(time.Second) {
		pods, ready := serverPods(t, namespace), 0
		for _, pod := range pods {
			if isReady(pod) {
				ready++
			}
		}
		if ready == number {
			return pods
		}
		if time.Since(start) > patience {
			describe, _ := exec.CommandContext(t.Context(), "kubectl", "-n", namespace, "describe", "pods").CombinedOutput() // only a message
			logs, _ := exec.CommandContext(t.Context(), "kubectl", "-n", namespace, "logs", "-l", "app", "--tail=30", "--prefix").CombinedOutput()
			t.Fatalf("%d of %d servers are Ready\n%s\n%s", ready, number, describe, logs)
		}
	}
}

// get is the answer to a request, which must be 200 and no page.
func get(url string) ([]byte, error) {
	client := &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		return nil, err
	}
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || strings.Contains(kind, "html") {
		return nil, fmt.Errorf("%s: %s, %s", url, resp.Status, kind)
	}
	return body.Bytes(), nil
}

// keepFile writes a file of testdata.
func keepFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
