package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kubectl-spark/kubectl-spark/test/e2e/image"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/jvm"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/setup"
)

// slots hold back what needs a processor for long: jobs run one for each. Tests that only wait take none, and many may wait at a time.
var slots = make(chan struct{}, runtime.NumCPU())

// slot waits for a processor; what it returns gives it back.
func slot() (done func()) {
	slots <- struct{}{}
	return func() { <-slots }
}

// patience is how long tests wait for what takes seconds, or a minute, on a calm machine.
const patience = 10 * time.Minute

// authority is the file on the node with the certificate that the API server is trusted by.
const authority = "/etc/kubernetes/pki/ca.crt"

// account is the service account of drivers, and viewer a user who may look at the namespaces of jobs.
const (
	account = "spark"
	viewer  = "viewer"
)

// makeNamespace makes a namespace for jobs, with an account that may run them, and removes it with the test.
func makeNamespace(t *testing.T, name string, labels, annotations map[string]string) {
	t.Helper()
	client := onNode(t).Client()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, Annotations: annotations}}
	if _, err := client.CoreV1().Namespaces().Create(t.Context(), ns, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.CoreV1().Namespaces().Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	if _, err := client.CoreV1().ServiceAccounts(name).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for role, who := range map[string]rbacv1.Subject{
		"edit": {Kind: rbacv1.ServiceAccountKind, Name: account, Namespace: name},
		"view": {Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: viewer},
	} {
		binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: who.Name}, Subjects: []rbacv1.Subject{who},
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role}}
		if _, err := client.RbacV1().RoleBindings(name).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// job is one run of spark-submit in cluster mode.
type job struct {
	version, namespace, name, app string
	class                         string // of a jar
	arguments                     []string
	conf                          map[string]string // beyond the usual, or instead of it
	whole                         bool              // conf is all that is set
}

// outcome is what became of a job.
type outcome struct {
	submit    string // what spark-submit said
	submitErr error
	pods      map[types.UID]*corev1.Pod // each as it was seen last
	driver    *corev1.Pod
	log       string // of the driver
	result    string // the driver's line "RESULT ..."
	jvms      []jvm.Process
	took      time.Duration
}

// settings are the job's configuration.
func (j job) settings() map[string]string {
	if j.whole {
		return j.conf
	}
	conf := map[string]string{
		"spark.kubernetes.authenticate.submission.caCertFile":     authority,
		"spark.kubernetes.authenticate.submission.oauthToken":     running.Token(),
		"spark.kubernetes.authenticate.driver.serviceAccountName": account,
		"spark.kubernetes.namespace":                              j.namespace,
		"spark.kubernetes.container.image":                        image.Repository + ":" + j.version,
		"spark.kubernetes.container.image.pullPolicy":             "Never",
		"spark.kubernetes.driver.pod.name":                        j.name,
		"spark.kubernetes.executor.deleteOnTermination":           "false",
		"spark.executor.instances":                                "1",
		"spark.executor.cores":                                    "1",
		"spark.executor.memory":                                   "600m",
		"spark.driver.memory":                                     "700m",
		"spark.kubernetes.driver.request.cores":                   "0.1",
		"spark.kubernetes.executor.request.cores":                 "0.1",
		"spark.kubernetes.submission.connectionTimeout":           "60000",
		"spark.kubernetes.submission.requestTimeout":              "60000", // of a busy machine
		"spark.kubernetes.driver.connectionTimeout":               "60000",
		"spark.kubernetes.driver.requestTimeout":                  "60000",
		"spark.kubernetes.driver.reusePersistentVolumeClaim":      "false",
		"spark.kubernetes.allocation.executor.timeout":            "600s",
		"spark.kubernetes.executor.podNamePrefix":                 j.name,
		"spark.scheduler.maxRegisteredResourcesWaitingTime":       "120s",
		"spark.scheduler.minRegisteredResourcesRatio":             "1.0",
		"spark.kubernetes.report.interval":                        "1s",
		"spark.kubernetes.driver.service.deleteOnTermination":     "true",
		"spark.kubernetes.submission.waitAppCompletion":           "true",
	}
	maps.Copy(conf, j.conf)
	return conf
}

func (j job) command(ctx context.Context) *exec.Cmd {
	home := given.Spark[j.version]
	args := []string{"--master", "k8s://" + running.URL(), "--deploy-mode", "cluster", "--name", j.name}
	for key, value := range j.settings() {
		args = append(args, "--conf", key+"="+value)
	}
	if j.class != "" {
		args = append(args, "--class", j.class)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(home, "deps/bin/spark-submit"), append(append(args, j.app), j.arguments...)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/tmp", "JAVA_HOME=" + setup.JavaHome, "SPARK_HOME=" + filepath.Join(home, "deps"),
		"SPARK_LAUNCHER_OPTS=" + brief, "SPARK_SUBMIT_OPTS=" + brief}
	return cmd
}

// run submits the job in a slot, watches its JVMs, and waits for its end. It fails the test where the node does, not where the job does.
func (j job) run(t *testing.T, limit time.Duration) (o outcome) {
	t.Helper()
	defer slot()()
	stop, watched := make(chan struct{}), make(chan []jvm.Process, 1)
	go func() { watched <- jvm.Watch(stop) }()
	defer func() {
		close(stop)
		o.jvms = <-watched
	}()
	return j.submit(t, limit)
}

// submit submits the job and waits for its end.
func (j job) submit(t *testing.T, limit time.Duration) (o outcome) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	client, start := onNode(t).Client(), time.Now()
	o.pods = map[types.UID]*corev1.Pod{}
	watcher, err := client.CoreV1().Pods(j.namespace).Watch(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan struct{})
	go func() {
		defer close(seen)
		for event := range watcher.ResultChan() {
			// The namespace may have pods of another job.
			if pod, ok := event.Object.(*corev1.Pod); ok && event.Type != watch.Deleted && strings.HasPrefix(pod.Name, j.name) {
				o.pods[pod.UID] = pod
			}
		}
	}()
	out, err := j.command(ctx).CombinedOutput()
	o.submit, o.submitErr, o.took = string(out), err, time.Since(start)
	time.Sleep(500 * time.Millisecond) // the last states of the pods
	watcher.Stop()
	<-seen
	if o.driver, err = client.CoreV1().Pods(j.namespace).Get(t.Context(), j.name, metav1.GetOptions{}); err != nil {
		o.driver = nil // refused: what spark-submit said tells
		return o
	}
	log, err := client.CoreV1().Pods(j.namespace).GetLogs(j.name, &corev1.PodLogOptions{}).DoRaw(t.Context())
	if err != nil {
		t.Logf("log of %s: %v", j.name, err)
	}
	o.log = string(log)
	o.result = regexp.MustCompile(`(?m)^RESULT .*$`).FindString(o.log)
	return o
}

// explain says what is known of a job that went wrong.
func (o outcome) explain() string {
	text := fmt.Sprintf("spark-submit: %v\n%s\ndriver's log:\n%s\n", o.submitErr, last(o.submit), last(o.log))
	for _, pod := range o.pods {
		status, err := json.Marshal(pod.Status)
		text += fmt.Sprintf("%s: %s %v\n", pod.Name, status, err)
	}
	return text
}

func last(text string) string { return text[max(0, len(text)-3000):] }

// executors are the pods of executors that were seen.
func (o outcome) executors() (all []*corev1.Pod) {
	for _, pod := range o.pods {
		if pod.Labels["spark-role"] == "executor" {
			all = append(all, pod)
		}
	}
	return all
}

// of are the JVMs of a pod, and Spark's launchers apart.
func (o outcome) of(pod *corev1.Pod) (jvms, launchers []jvm.Process) {
	for _, p := range o.jvms {
		switch {
		case types.UID(p.Pod) != pod.UID:
		case slices.ContainsFunc(jvms, func(other jvm.Process) bool { return slices.Equal(other.Arguments, p.Arguments) }):
			// A child that was seen before it became the program that it starts.
		case p.Launcher():
			launchers = append(launchers, p)
		default:
			jvms = append(jvms, p)
		}
	}
	return jvms, launchers
}

// command runs a program of the node's tools and fails the test if it does.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// stays runs a job whose driver stays until its pod is deleted, and waits for it to have done its work.
func stays(t *testing.T, j job) corev1.Pod {
	t.Helper()
	defer slot()()
	conf := map[string]string{"spark.kubernetes.submission.waitAppCompletion": "false"}
	maps.Copy(conf, j.conf)
	j.conf = conf
	namespace := j.namespace
	if out, err := j.command(t.Context()).CombinedOutput(); err != nil {
		t.Fatalf("spark-submit: %v\n%s", err, last(string(out)))
	}
	client := running.Client().CoreV1().Pods(namespace)
	for range int(patience.Seconds()) {
		log, err := client.GetLogs(j.name, &corev1.PodLogOptions{}).DoRaw(t.Context())
		if err == nil && strings.Contains(string(log), "RESULT stay") {
			pod, err := client.Get(t.Context(), j.name, metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return *pod
		}
		time.Sleep(time.Second)
	}
	t.Fatalf("%s/%s did not begin", namespace, j.name)
	return corev1.Pod{}
}
