package e2e

import (
	"context"
	"encoding/json"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/node"
)

// metricsAPI is how the API server finds metrics-server, which runs on the node itself.
const metricsAPI = `apiVersion: v1
kind: Service
metadata: {name: metrics-server, namespace: kube-system}
spec: {ports: [{name: https, port: 443, targetPort: PORT}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: metrics-server, namespace: kube-system, labels: {kubernetes.io/service-name: metrics-server}}
addressType: IPv4
ports: [{name: https, port: PORT}]
endpoints: [{addresses: [ADDRESS]}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  service: {name: metrics-server, namespace: kube-system}
  group: metrics.k8s.io
  version: v1beta1
  insecureSkipTLSVerify: true
  groupPriorityMinimum: 100
  versionPriority: 100
`

// startMetricsServer runs metrics-server until the node ends, and waits until the API server answers for it.
func startMetricsServer(t *testing.T) {
	t.Helper()
	port, err := running.Port()
	if err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort(node.Address, port)
	config := running.Kubeconfig()
	_, err = running.Run(t.Context(), controlplane.MetricsServer, given.Monitors[controlplane.MetricsServer], nil, func() bool {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, "--kubeconfig="+config, "--authentication-kubeconfig="+config, "--authorization-kubeconfig="+config, "--secure-port="+port,
		"--cert-dir="+filepath.Join(t.TempDir(), "certificates"), "--kubelet-insecure-tls", "--kubelet-preferred-address-types=InternalIP", "--kubelet-request-timeout=9s", "--metric-resolution=10s")
	if err != nil {
		t.Fatal(err)
	}
	apply(t, "", strings.NewReplacer("PORT", port, "ADDRESS", node.Address).Replace(metricsAPI))
}

// usage is what the metrics API says of a container.
func usage(ctx context.Context, pod corev1.Pod) (memory, cpu resource.Quantity, err error) {
	var answer struct {
		Containers []struct {
			Usage corev1.ResourceList
		}
	}
	data, err := running.Client().CoreV1().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/namespaces", pod.Namespace, "pods", pod.Name).DoRaw(ctx)
	if err == nil {
		err = json.Unmarshal(data, &answer)
	}
	if err != nil || len(answer.Containers) == 0 {
		return memory, cpu, err
	}
	return *answer.Containers[0].Usage.Memory(), *answer.Containers[0].Usage.Cpu(), nil
}

// TestUsage: the real metrics API answers for the pods of a job, through the API server, and kubectl shows, runs and forwards as on any cluster.
func TestUsage(t *testing.T) {
	onNode(t)
	t.Parallel()
	startMetricsServer(t)
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			namespace := "usage-" + line(version)
			makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
			driver := stays(t, job{version: version, namespace: namespace, name: "stay", app: "local:///opt/jobs/stay.py"})
			for start := time.Now(); ; time.Sleep(time.Second) {
				memory, cpu, err := usage(t.Context(), driver)
				if memory.Value() > 64<<20 { // a JVM and Python
					if limit := driver.Spec.Containers[0].Resources.Limits.Memory(); memory.Cmp(*limit) > 0 {
						t.Errorf("the driver uses %s, above its limit of %s", &memory, limit)
					}
					t.Logf("the driver uses %s and %s of CPU", &memory, &cpu)
					break
				}
				if time.Since(start) > patience {
					t.Fatalf("the metrics API says %s of the driver: %v", &memory, err)
				}
			}
			if out := command(t, "kubectl", "-n", namespace, "top", "pod", driver.Name); !strings.Contains(out, driver.Name) {
				t.Errorf("kubectl top: %s", out)
			}
			if out := command(t, "kubectl", "-n", namespace, "exec", driver.Name, "--", "cat", "/proc/1/comm"); strings.TrimSpace(out) == "" {
				t.Error("kubectl exec prints nothing")
			}
			forwarded(t, driver)
		})
	}
}

// forwarded asks the driver's UI through kubectl port-forward.
func forwarded(t *testing.T, driver corev1.Pod) {
	port, err := running.Port()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, "kubectl", "-n", driver.Namespace, "port-forward", "pod/"+driver.Name, port+":4040")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // killed
	}()
	for start := time.Now(); ; time.Sleep(time.Second) {
		data, err := get("http://127.0.0.1:" + port + "/api/v1/applications")
		if err == nil && strings.Contains(string(data), driver.Labels["spark-app-selector"]) {
			return
		}
		if time.Since(start) > patience {
			t.Fatalf("the driver's UI through port-forward: %v %s", err, last(string(data)))
		}
	}
}
