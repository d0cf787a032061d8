package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/catalogue"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/node"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/setup"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/test/sparkoperator"
)

// Names of registrations of the operator's webhook: one that is called after ours, as its chart names it, and one before.
const (
	afterOurs  = "spark-operator-webhook"
	beforeOurs = "0-spark-operator-webhook"
)

// TestKubeflowsOperator runs the real operator, and with it all that it knows: applications, a schedule, a Connect server.
func TestKubeflowsOperator(t *testing.T) {
	onNode(t)
	withWebhook(t, true)
	homes := map[string]string{}
	for _, version := range versions() {
		home := filepath.Join(given.Spark[version], "deps")
		makeNamespace(t, "operated-"+line(version), map[string]string{rule.Prefix + "inject": "disabled"}, nil)
		makeNamespace(t, "ordered-"+line(version), nil, map[string]string{rule.Prefix + "profile": "standard"})
		for _, ns := range []string{"operated-" + line(version), "ordered-" + line(version)} {
			homes[ns] = home
			more := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "executor"}}
			if _, err := running.Client().CoreV1().ServiceAccounts(ns).Create(t.Context(), more, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	class := &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: "high"}, Value: 1000}
	if _, err := running.Client().SchedulingV1().PriorityClasses().Create(t.Context(), class, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	operator, err := sparkoperator.Start(t.Context(), running.ControlPlane, sparkoperator.Options{Homes: homes, JavaHome: setup.JavaHome, Address: node.Address, Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	if err := operator.Register(t.Context(), afterOurs); err != nil {
		t.Fatal(err)
	}
	for _, version := range versions() {
		o := operated{operator: operator, version: version, namespace: "operated-" + line(version), resources: kubeflowResources(t, version)}
		t.Run(version+"/applications run to their end", o.applications)
		t.Run(version+"/a schedule fires", o.schedule)
		t.Run(version+"/pods are as predicted", o.drivers)
		t.Run(version+"/what the operator refuses is found", o.refused)
		if line(version) != "s35" { // PySpark's distribution has no Connect server before 4
			t.Run(version+"/a Connect server becomes ready", o.connect)
		}
	}
	for _, version := range versions() {
		o := operated{operator: operator, version: version, namespace: "ordered-" + line(version), resources: kubeflowResources(t, version)}
		t.Run(version+"/with our webhook in both orders", o.ordered)
	}
}

// operated is the operator with one version of Spark in one namespace.
type operated struct {
	operator           *sparkoperator.Operator
	version, namespace string
	resources          map[string][]byte
}

// kubeflowResources are the resources of the fixtures by name.
func kubeflowResources(t *testing.T, version string) map[string][]byte {
	t.Helper()
	text, err := fixtures.KubeflowResources(version)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, document := range sparkoperator.Documents(text) {
		_, name, _ := strings.Cut(string(document), "metadata: {name: ")
		all[name[:strings.IndexAny(name, ",}")]] = document
	}
	return all
}

func (o operated) apply(t *testing.T, text []byte) {
	t.Helper()
	if err := o.operator.Apply(t.Context(), o.namespace, text); err != nil {
		t.Fatal(err)
	}
}

func (o operated) pod(t *testing.T, name, role string) *corev1.Pod {
	t.Helper()
	pod, err := o.operator.Pod(t.Context(), o.namespace, name, role)
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

// state waits until a resource says what it is about itself.
func (o operated) state(t *testing.T, kind, name, want string, at ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		of, err := o.operator.Object(ctx, kind, o.namespace, name)
		if err == nil {
			state, _, _ := unstructured.NestedString(of.Object, append([]string{"status"}, at...)...)
			if state == want {
				return
			}
			if strings.HasPrefix(state, "FAILED") && want != state {
				t.Fatalf("%s: %v", name, of.Object["status"])
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s is not %s: %v %v", name, want, err, of)
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// remove removes a resource, and its pods: the next resource of the name must not be taken to have made them.
func (o operated) remove(t *testing.T, kind, name string) {
	t.Helper()
	command(t, "kubectl", "-n", o.namespace, "delete", strings.ToLower(kind), name, "--wait=true")
	pods, now := running.Client().CoreV1().Pods(o.namespace), int64(0)
	for start := time.Now(); ; time.Sleep(300 * time.Millisecond) {
		list, err := pods.List(t.Context(), metav1.ListOptions{LabelSelector: "spark-role"})
		if err != nil {
			t.Fatal(err)
		}
		left := 0
		for _, pod := range list.Items {
			of := pod.Labels["sparkoperator.k8s.io/app-name"] + pod.Labels["sparkoperator.k8s.io/connect-name"]
			if of != name && !strings.HasPrefix(of, name+"-1") { // the time of a scheduled run
				continue
			}
			left++
			if err := pods.Delete(t.Context(), pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &now}); err != nil && !apierrors.IsNotFound(err) {
				t.Fatal(err)
			}
		}
		if left == 0 {
			return
		}
		if time.Since(start) > patience {
			t.Fatalf("%d pods of %s are still there", left, name)
		}
	}
}

func (o operated) predicted(t *testing.T, name string, pod *corev1.Pod) {
	t.Helper()
	differences, err := sparkoperator.Differences(t.Context(), o.resources[name], pod)
	if err != nil {
		t.Errorf("%s: %v", pod.Name, err)
	}
	for _, d := range differences {
		t.Errorf("%s: %s", pod.Name, d)
	}
}

// healthy asserts that doctor says no error of what is in the namespace.
func (o operated) healthy(t *testing.T) {
	t.Helper()
	t.Log(command(t, "kubectl", "spark", "doctor", "-n", o.namespace))
}

// applications run to their end, and the pods of both roles are as predicted.
func (o operated) applications(t *testing.T) {
	for _, name := range []string{"python", "scala"} {
		o.apply(t, o.resources[name])
		driver := o.pod(t, name, "driver")
		o.predicted(t, name, driver)
		o.predicted(t, name, o.pod(t, name, "executor"))
		o.healthy(t)
		o.state(t, "SparkApplication", name, "COMPLETED", "applicationState", "state")
		log, err := running.Client().CoreV1().Pods(o.namespace).GetLogs(driver.Name, &corev1.PodLogOptions{}).DoRaw(t.Context())
		if err != nil || !strings.Contains(string(log), "RESULT ") {
			t.Errorf("%s has no result: %v\n%s", name, err, last(string(log)))
		}
		o.healthy(t)
		o.remove(t, "SparkApplication", name)
	}
}

func (o operated) schedule(t *testing.T) {
	o.apply(t, o.resources["scheduled"])
	driver := o.pod(t, "scheduled", "driver")
	o.predicted(t, "scheduled", driver)
	o.predicted(t, "scheduled", o.pod(t, "scheduled", "executor"))
	run := driver.Labels["sparkoperator.k8s.io/app-name"]
	o.state(t, "SparkApplication", run, "COMPLETED", "applicationState", "state")
	o.healthy(t)
	o.remove(t, "ScheduledSparkApplication", "scheduled")
}

// drivers are those of every other application: each is there for as long as it is looked at.
func (o operated) drivers(t *testing.T) {
	var group sync.WaitGroup
	slots := make(chan struct{}, 3)
	for name, text := range o.resources {
		if slices.Contains([]string{"python", "scala", "scheduled", "connected"}, name) {
			continue
		}
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := o.operator.Apply(t.Context(), o.namespace, text); err != nil {
				t.Error(err)
				return
			}
			pod, err := o.operator.Pod(t.Context(), o.namespace, name, "driver")
			if err != nil {
				t.Error(err)
				return
			}
			o.predicted(t, name, pod)
			if out, err := running.Client().CoreV1().RESTClient().Delete().AbsPath("/apis/sparkoperator.k8s.io/v1beta2/namespaces/" + o.namespace + "/sparkapplications/" + name).DoRaw(t.Context()); err != nil {
				t.Errorf("%v %s", err, out)
			}
		})
	}
	group.Wait()
}

func (o operated) connect(t *testing.T) {
	o.apply(t, o.resources["connected"])
	o.predicted(t, "connected", o.pod(t, "connected", "connect-server"))
	o.predicted(t, "connected", o.pod(t, "connected", "executor"))
	o.state(t, "SparkConnect", "connected", "Ready", "state")
	o.healthy(t)
	o.remove(t, "SparkConnect", "connected")
}

// refused asserts that what the operator says of a submission that failed, and of a schedule that it cannot read, is a finding.
func (o operated) refused(t *testing.T) {
	for name, of := range map[string]struct{ kind, text, state string }{
		"no-size": {"SparkApplication", strings.Replace(string(o.resources["sized"]), "memory: 2g", "memory: lots", 1), "FAILED"},
		"no-time": {"ScheduledSparkApplication", strings.Replace(string(o.resources["scheduled"]), "@every 15s", "now and then", 1), "FailedValidation"},
	} {
		for _, old := range []string{"sized", "scheduled"} {
			of.text = strings.Replace(of.text, "{name: "+old, "{name: "+name, 1)
		}
		o.apply(t, []byte(of.text))
		if of.kind == "SparkApplication" {
			o.state(t, of.kind, name, of.state, "applicationState", "state")
		} else {
			o.state(t, of.kind, name, of.state, "scheduleState")
		}
		out := o.doctor(t)
		if !slices.ContainsFunc(out.Findings, func(f finding) bool { return f.Code == "SPK-P059" && f.Level == "error" && f.Subject.Name == name }) {
			t.Errorf("%s: SPK-P059 is not among %+v", name, out.Findings)
		}
		o.remove(t, of.kind, name)
	}
}

type finding struct {
	Code, Level string
	Subject     struct{ Kind, Name string }
}

// doctor is what doctor finds in the namespace.
func (o operated) doctor(t *testing.T) (report struct{ Findings []finding }) {
	t.Helper()
	text := command(t, "kubectl", "spark", "doctor", "-n", o.namespace, "-o", "json", "--fail-on=never")
	_, object, _ := strings.Cut(text, "{") // notes may stand around it
	if err := json.NewDecoder(strings.NewReader("{" + object)).Decode(&report); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return report
}

// ordered asserts that it is all the same which webhook is called first: a pod gets the edits of both, no field of the operator's is lost, ours
// would change nothing more, and jobs run to their end.
func (o operated) ordered(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	images, err := catalogue.Parse([]byte(facts()))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	first := map[string]string{}
	for _, mode := range []string{afterOurs, beforeOurs} {
		if err := o.operator.Register(t.Context(), mode); err != nil {
			t.Fatal(err)
		}
		t.Run(mode, func(t *testing.T) {
			for _, name := range []string{"variables", "secure", "accompanied", "templated", "options", "monitored"} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					defer slot()()
					o.apply(t, o.resources[name])
					pod := o.pod(t, name, "driver")
					o.injected(t, set, images, name, mode, pod)
					// The order of a list may hang on who was first, and what our report claims; what is in the pod may not.
					delete(pod.Annotations, rule.ReportAnnotation)
					text := withoutIDs(t, pod)
					mu.Lock()
					before, seen := first[name]
					first[name] = text
					mu.Unlock()
					if seen && before != text {
						t.Errorf("%s is\n%s\nand was\n%s", name, text, before)
					}
					o.remove(t, "SparkApplication", name)
				})
			}
		})
		o.apply(t, o.resources["python"])
		o.injected(t, set, images, "python", mode, o.pod(t, "python", "driver"))
		o.injected(t, set, images, "python", mode, o.pod(t, "python", "executor"))
		o.state(t, "SparkApplication", "python", "COMPLETED", "applicationState", "state")
		o.healthy(t)
		o.remove(t, "SparkApplication", "python")
	}
}

// injected asserts that a pod has our edits beside all that the operator wants, and that once is enough.
func (o operated) injected(t *testing.T, set *rule.Set, images spark.Catalogue, name, mode string, pod *corev1.Pod) {
	t.Helper()
	raw, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	claims, had, err := set.ReadClaims(spark.Identify(&pod.ObjectMeta, &pod.Spec), raw, images)
	if err != nil || !had || len(claims.False) > 0 || len(claims.Applied) == 0 {
		t.Errorf("%s: %s: the report is not true: %v %+v", mode, pod.Name, err, claims)
	}
	// Twice is once.
	template := &corev1.PodTemplateSpec{}
	if err := json.Unmarshal(raw, template); err != nil {
		t.Fatal(err)
	}
	again, _, err := set.AdmitPod(raw, template, rule.Marks{Annotations: map[string]string{rule.Prefix + "profile": "standard"}}, rule.Options{Profile: rule.Standard, Images: images})
	if err != nil || len(again.Ops) > 0 {
		t.Errorf("%s: %s: another call edits %v %v", mode, pod.Name, again.Ops, err)
	}
	differences, err := sparkoperator.Differences(t.Context(), o.resources[name], pod)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		if !strings.Contains(d, " is not predicted: ") && !strings.HasPrefix(d, "options of the JVM") {
			t.Errorf("%s: %s: lost: %s", mode, pod.Name, d)
		}
	}
}

// withoutIDs is a pod without what is another in each run, its lists in an order of their own.
func withoutIDs(t *testing.T, pod *corev1.Pod) string {
	t.Helper()
	text, err := sparkoperator.WithoutIDs(pod)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
