package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
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
		for _, user := range users() {
			text += fmt.Sprintf("- {match: %q, uid: %d, passwd: true, java: 17, spark: %s, entrypoint: spark, libc: glibc}\n", image.Repository+":"+version+user.Tag, user.UID, version)
		}
	}
	return text
}

// webhook is what this run has done to the webhook.
var webhook struct {
	sync.Mutex
	installed, facts bool
}

// withWebhook installs the webhook by the real command and waits until it has proven that it works; with facts it knows the images.
func withWebhook(t *testing.T, withFacts bool) {
	t.Helper()
	onNode(t)
	webhook.Lock()
	defer webhook.Unlock()
	if !webhook.installed {
		start := time.Now()
		t.Log(command(t, "kubectl", "spark", "install", "-n", server, "--image="+setup.Webhook))
		t.Logf("install took %s", time.Since(start).Round(100*time.Millisecond))
		t.Log(command(t, "kubectl", "spark", "status", "-n", server))
		webhook.installed = true
	}
	if webhook.facts != withFacts {
		configure(t, withFacts)
		webhook.facts = withFacts
	}
}

// configure tells the webhook of the images, or to forget them, and waits until each replica goes by it.
func configure(t *testing.T, withFacts bool) {
	t.Helper()
	text := ""
	if withFacts {
		text = facts()
	}
	patch, err := json.Marshal(map[string]any{"data": map[string]string{manifests.ImagesKey: text}})
	if err != nil {
		t.Fatal(err)
	}
	old := strings.TrimSpace(command(t, "kubectl", "-n", server, "get", "pods", "-l", manifests.NameLabel+"="+manifests.ServiceName,
		"-o", "jsonpath={.items[0].metadata.labels.pod-template-hash}"))
	command(t, "kubectl", "-n", server, "patch", "configmap", manifests.ConfigName, "--type=merge", "-p", string(patch))
	command(t, "kubectl", "-n", server, "rollout", "restart", "deployment/"+manifests.ServiceName)
	command(t, "kubectl", "-n", server, "rollout", "status", "deployment/"+manifests.ServiceName, "--timeout=10m")
	// A replica that ends no longer follows the namespaces, and may still be asked.
	command(t, "kubectl", "-n", server, "wait", "--for=delete", "pods", "--timeout=10m", "-l", manifests.NameLabel+"="+manifests.ServiceName+",pod-template-hash="+old)
}

func line(version string) string { return "s" + strings.ReplaceAll(version[:3], ".", "") }

// workload is a job that gives the same result whenever it runs.
type workload struct {
	name, app, class string
	conf             map[string]string
}

func workloads() []workload {
	all := []workload{
		{name: "pi", app: "local:///opt/jobs/pi.py"},
		{name: "words", app: "local:///opt/jobs/jobs.jar", class: "Words"},
		{name: "sort", app: "local:///opt/jobs/sort.py"},
		{name: "join", app: "local:///opt/jobs/join.py"},
		{name: "memory", app: "local:///opt/jobs/memory.py", conf: map[string]string{"spark.executor.pyspark.memory": "400m"}},
	}
	if quick() {
		return all[:2]
	}
	return all
}

// brief is an option of JVMs that end after seconds: without its second compiler one takes half of the processor time.
const brief = "-XX:TieredStopAtLevel=1"

func (w workload) job(version, namespace string) job {
	j := job{version: version, namespace: namespace, name: w.name + "-" + line(version), app: w.app, class: w.class, conf: w.conf}
	if quick() {
		j.conf = map[string]string{"spark.driver.extraJavaOptions": brief, "spark.executor.extraJavaOptions": brief}
		maps.Copy(j.conf, w.conf)
	}
	return j
}

const off = "off" // a namespace that the webhook leaves alone

// plain are the results of jobs without the webhook, by the job's name.
var plain = struct {
	sync.Mutex
	results map[string]string
}{results: map[string]string{}}

// plainResult is the result of a job without the webhook; empty where none has run.
func plainResult(name string) string {
	plain.Lock()
	defer plain.Unlock()
	return plain.results[name]
}

// TestJobs runs each workload of each line without the webhook, with it but without facts of the images, and under the profiles.
func TestJobs(t *testing.T) {
	onNode(t)
	withWebhook(t, false)
	each := func(mode, namespace string, of []workload, check func(*testing.T, job)) {
		t.Run(mode, func(t *testing.T) {
			for _, version := range versions() {
				for _, w := range of {
					t.Run(version+"/"+w.name, func(t *testing.T) {
						t.Parallel()
						check(t, w.job(version, namespace))
					})
				}
			}
		})
	}
	asBefore := func(profile string, withFacts bool) func(*testing.T, job) {
		return func(t *testing.T, j job) {
			o := j.run(t, patience)
			result := plainResult(j.name)
			if result == "" {
				t.Fatal("there is no result without the webhook to compare with")
			}
			ends(t, o, result)
			injected(t, o, profile, j.version, withFacts)
		}
	}
	makeNamespace(t, off, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	each("without the webhook", off, workloads(), func(t *testing.T, j job) {
		kept := keeping(t, j)
		o := j.run(t, patience)
		ends(t, o, "")
		kept(o)
		plain.Lock()
		plain.results[j.name] = o.result
		plain.Unlock()
		if text := o.driver.Annotations[rule.ReportAnnotation]; text != "" {
			t.Errorf("injected: %s", text)
		}
	})
	pods := func(profile string) (name string) {
		labels := map[string]string{}
		if profile == "restricted" {
			labels = map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}
		}
		makeNamespace(t, profile, labels, map[string]string{rule.Prefix + "profile": profile})
		return profile
	}
	if !quick() {
		makeNamespace(t, "no-facts", nil, nil)
		each("standard without facts", "no-facts", workloads(), asBefore("standard", false))
		makeNamespace(t, "off-restricted", map[string]string{rule.Prefix + "inject": "disabled", "pod-security.kubernetes.io/enforce": "restricted"}, nil)
		each("Pod Security restricted refuses it without the webhook", "off-restricted", workloads()[:1], func(t *testing.T, j job) {
			o := j.run(t, patience)
			if o.driver != nil || !strings.Contains(o.submit, `violates PodSecurity "restricted`) {
				t.Errorf("it was let in: %s", o.explain())
			}
		})
	}
	withWebhook(t, true)
	if !quick() {
		each("safe", pods("safe"), workloads(), asBefore("safe", true))
		each("standard", pods("standard"), workloads(), asBefore("standard", true))
	}
	each("restricted", pods("restricted"), workloads(), asBefore("restricted", true))
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
