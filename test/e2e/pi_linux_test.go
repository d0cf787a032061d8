package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/image"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/setup"
)

// quick says that one line and one profile are enough: make e2e QUICK=1.
func quick() bool { return os.Getenv("KUBECTL_SPARK_E2E_QUICK") != "" }

func versions() []string {
	if quick() {
		return []string{"4.3.0"}
	}
	return distribution.Always[:]
}

const server = "spark-webhook" // the namespace of the webhook

// facts of the images, as a user configures them.
func facts() string {
	text := ""
	for _, version := range distribution.Always {
		text += fmt.Sprintf("- {match: %q, uid: 185, passwd: true, java: 17, spark: %s, entrypoint: spark, libc: glibc}\n", image.Repository+":"+version, version)
	}
	return text
}

// installWebhook installs the webhook by the real command, and waits until it has proven that it works.
func installWebhook(t *testing.T) {
	t.Helper()
	onNode(t)
	start := time.Now()
	t.Log(command(t, "kubectl", "spark", "install", "-n", server, "--image="+setup.Webhook))
	t.Logf("install took %s", time.Since(start).Round(100*time.Millisecond))
	t.Log(command(t, "kubectl", "spark", "status", "-n", server))
}

// configureFacts tells the webhook of the images, and waits until each replica goes by it.
func configureFacts(t *testing.T) {
	t.Helper()
	patch, err := json.Marshal(map[string]any{"data": map[string]string{manifests.ImagesKey: facts()}})
	if err != nil {
		t.Fatal(err)
	}
	old := strings.TrimSpace(command(t, "kubectl", "-n", server, "get", "pods", "-l", manifests.NameLabel+"="+manifests.ServiceName,
		"-o", "jsonpath={.items[0].metadata.labels.pod-template-hash}"))
	command(t, "kubectl", "-n", server, "patch", "configmap", manifests.ConfigName, "--type=merge", "-p", string(patch))
	command(t, "kubectl", "-n", server, "rollout", "restart", "deployment/"+manifests.ServiceName)
	command(t, "kubectl", "-n", server, "rollout", "status", "deployment/"+manifests.ServiceName, "--timeout=3m")
	// A replica that ends no longer follows the namespaces, and may still be asked.
	command(t, "kubectl", "-n", server, "wait", "--for=delete", "pods", "--timeout=2m", "-l", manifests.NameLabel+"="+manifests.ServiceName+",pod-template-hash="+old)
}

func line(version string) string { return "s" + strings.ReplaceAll(version[:3], ".", "") }

func pi(version, namespace string) job {
	return job{version: version, namespace: namespace, name: "pi-" + line(version), app: "local:///opt/jobs/pi.py"}
}

func TestPi(t *testing.T) {
	onNode(t)
	installWebhook(t)
	const off, plain, refusing = "off", "no-facts", "off-restricted"
	noInjection := map[string]string{rule.Prefix + "inject": "disabled"}
	makeNamespace(t, off, noInjection, nil)
	want := map[string]string{} // result by version
	for _, version := range versions() {
		t.Run("without the webhook/"+version, func(t *testing.T) {
			o := pi(version, off).run(t, 5*time.Minute)
			ends(t, o, "")
			want[version] = o.result
			if text := o.driver.Annotations[rule.ReportAnnotation]; text != "" {
				t.Errorf("injected: %s", text)
			}
		})
	}
	if !quick() {
		makeNamespace(t, plain, nil, nil)
		for _, version := range versions() {
			t.Run("standard without facts/"+version, func(t *testing.T) {
				o := pi(version, plain).run(t, 5*time.Minute)
				ends(t, o, want[version])
				injected(t, o, "standard", version, false)
			})
		}
		makeNamespace(t, refusing, map[string]string{rule.Prefix + "inject": "disabled", "pod-security.kubernetes.io/enforce": "restricted"}, nil)
		for _, version := range versions() {
			t.Run("Pod Security restricted refuses it without the webhook/"+version, func(t *testing.T) {
				o := pi(version, refusing).run(t, time.Minute)
				if o.driver != nil || !strings.Contains(o.submit, `violates PodSecurity "restricted`) {
					t.Errorf("it was let in: %s", o.explain())
				}
			})
		}
	}
	configureFacts(t)
	asked := profiles
	if quick() {
		asked = profiles[2:]
	}
	for _, profile := range asked {
		labels := map[string]string{}
		if profile == "restricted" {
			labels = map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}
		}
		makeNamespace(t, profile, labels, map[string]string{rule.Prefix + "profile": profile})
		for _, version := range versions() {
			t.Run(profile+"/"+version, func(t *testing.T) {
				o := pi(version, profile).run(t, 5*time.Minute)
				ends(t, o, want[version])
				injected(t, o, profile, version, true)
			})
		}
	}
}

// ends asserts that a job ran to its end, with the wanted result unless that is empty.
func ends(t *testing.T, o outcome, want string) {
	t.Helper()
	if o.driver == nil || o.driver.Status.Phase != corev1.PodSucceeded || o.result == "" {
		t.Fatal(o.explain())
	}
	if want != "" && o.result != want {
		t.Errorf("result %q, without the webhook %q", o.result, want)
	}
	if len(o.executors()) == 0 {
		t.Error("no executor was seen")
	}
	t.Logf("%s in %s", o.result, o.took.Round(100*time.Millisecond))
}
