package integration

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

var update = flag.Bool("update", false, "write the goldens")

var shared = controlplane.NewShared(controlplane.Options{})

func TestMain(m *testing.M) {
	flag.Parse()
	os.Setenv("COLUMNS", "500") // what is looked for in an output stands on one line
	var err error
	if programs, err = os.MkdirTemp("", "kubectl-spark-integration-"); err != nil {
		panic(err)
	}
	code := shared.Main(m)
	_ = os.RemoveAll(programs)
	os.Exit(code)
}

// installed is a webhook server that the control plane calls.
type installed struct {
	cp    *controlplane.ControlPlane
	certs *webhook.Issued
	trust *webhook.Trust
	serve *webhook.Server
	set   *rule.Set
	stop  func()
}

func install(t *testing.T) *installed {
	t.Helper()
	i := &installed{cp: shared.Get(t)}
	var err error
	if i.set, err = rulebook.New(); err != nil {
		t.Fatal(err)
	}
	namespace(t, i.cp, manifests.DefaultNamespace)
	store := webhook.SecretStore{Client: i.cp.Client(), Namespace: manifests.DefaultNamespace}
	i.certs = webhook.NewIssued(store, []string{"127.0.0.1", "localhost"}, time.Now)
	if err := i.certs.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	marks, err := webhook.WatchNamespaces(i.cp.Config(), ctx.Done())
	if err != nil {
		t.Fatal(err)
	}
	limits, err := webhook.WatchLimits(i.cp.Client(), ctx.Done())
	if err != nil {
		t.Fatal(err)
	}
	i.trust = &webhook.Trust{Client: i.cp.Client(), Name: manifests.WebhookName, Now: time.Now, Write: true}
	metrics := webhook.NewMetrics(i.set)
	i.serve, err = webhook.NewServer(webhook.ServerOptions{Listen: "127.0.0.1:0", Metrics: metrics, Certificates: i.certs, Trust: i.trust, ServerName: "localhost",
		Handler: webhook.NewHandler(webhook.HandlerOptions{Set: i.set, Metrics: metrics, Namespaces: marks, Limits: limits}), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- i.serve.Run(ctx) }()
	i.stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(i.stop)
	if err := i.serve.Ready(t.Context()); err != nil {
		t.Errorf("not ready before the configuration is there: %v", err)
	}
	i.configure(t, manifests.Options{URL: "https://" + i.serve.Addr().String()})
	if err := i.serve.Ready(t.Context()); err == nil {
		t.Error("ready although the API server has no bundle")
	}
	if err := i.trust.Publish(t.Context(), i.certs.CA()); err != nil {
		t.Fatal(err)
	}
	if err := i.serve.Ready(t.Context()); err != nil {
		t.Errorf("not ready: %v", err)
	}
	return i
}

// configure applies the webhook configuration as install does, and deletes it with the test.
func (i *installed) configure(t *testing.T, o manifests.Options) {
	t.Helper()
	api := i.cp.Client().AdmissionregistrationV1().MutatingWebhookConfigurations()
	c := manifests.WebhookConfiguration(o)
	body, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	force := true
	if _, err := api.Patch(t.Context(), c.Name, types.ApplyPatchType, body, metav1.PatchOptions{FieldManager: manifests.FieldManager, Force: &force}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Delete(context.Background(), c.Name, metav1.DeleteOptions{}) })
}

func namespace(t *testing.T, cp *controlplane.ControlPlane, name string) {
	t.Helper()
	_, err := cp.Client().CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	_, err = cp.Client().CoreV1().ServiceAccounts(name).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

func pod(labels ...string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "p-", Labels: map[string]string{}}, Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "spark-kubernetes-driver", Image: "apache/spark:4.0.1", Args: []string{"driver"}}}, RestartPolicy: corev1.RestartPolicyNever}}
	for i := 0; i < len(labels); i += 2 {
		p.Labels[labels[i]] = labels[i+1]
	}
	return p
}

func create(t *testing.T, cp *controlplane.ControlPlane, ns string, p *corev1.Pod) *corev1.Pod {
	t.Helper()
	out, err := cp.Client().CoreV1().Pods(ns).Create(t.Context(), p, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func injected(p *corev1.Pod) bool { return p.Annotations[rule.ReportAnnotation] != "" }

// eventually creates pods until one is injected: the API server takes a moment to see a new configuration.
func eventually(t *testing.T, i *installed, ns string) {
	t.Helper()
	i.until(t, ns, injected)
}

func TestSelectorsAndConditionsSendWhatTheyShould(t *testing.T) {
	i := install(t)
	plain, in, out := i.cp.NewNamespace(t), i.cp.NewNamespace(t, rule.InjectLabel, "enabled"), i.cp.NewNamespace(t, rule.InjectLabel, "disabled")
	for _, ns := range []string{plain, in, out} {
		namespace(t, i.cp, ns)
	}
	eventually(t, i, plain)
	eventually(t, i, in)
	master := pod()
	master.Spec.Containers[0] = corev1.Container{Name: "m", Image: "bitnamilegacy/spark:3.5.1", Env: []corev1.EnvVar{{Name: "SPARK_MODE", Value: "master"}}}
	web := pod("app", "web")
	web.Spec.Containers[0] = corev1.Container{Name: "web", Image: "nginx"}
	mirror := pod("spark-role", "driver")
	mirror.Annotations = map[string]string{"kubernetes.io/config.mirror": "x"}
	for _, c := range []struct {
		name, ns string
		pod      *corev1.Pod
		want     bool
	}{
		{"driver", plain, pod("spark-role", "driver"), true},
		{"driver that opted out", plain, pod("spark-role", "driver", rule.InjectLabel, "disabled"), false},
		{"driver of a namespace that opted out", out, pod("spark-role", "driver"), false},
		{"driver of the server's own namespace", manifests.DefaultNamespace, pod("spark-role", "driver"), false},
		{"unlabelled master", plain, master, false},
		{"unlabelled master of a namespace that asked", in, master, true},
		{"some other pod of a namespace that asked", in, web, false},
		{"worker by its command", in, commanded("/opt/spark/sbin/start-worker.sh", "spark://m:7077"), true},
	} {
		got := create(t, i.cp, c.ns, c.pod.DeepCopy())
		if injected(got) != c.want {
			t.Errorf("%s: injected %v, want %v", c.name, !c.want, c.want)
		}
		// What is told of the selectors and conditions is what the API server makes of them.
		if told := sentBy(t, i, got); told != c.want {
			t.Errorf("%s: the configuration is taken to send it: %v, want %v", c.name, told, c.want)
		}
	}
	i.stop()
	start := time.Now()
	if p := create(t, i.cp, plain, pod("spark-role", "driver")); injected(p) {
		t.Error("injected without a server")
	} else if took := time.Since(start); took > 3*time.Second {
		t.Errorf("a pod waited %v for a server that is gone", took)
	}
}

func TestAnotherWebhookLeavesNoDoubleEdits(t *testing.T) {
	i := install(t)
	ns := i.cp.NewNamespace(t)
	namespace(t, i.cp, ns)
	eventually(t, i, ns)
	single := create(t, i.cp, ns, pod("spark-role", "driver"))
	// As a mesh does: a sidecar, behind ours in order, so that ours is called again.
	sidecar := `[{"op":"add","path":"/spec/containers/-","value":{"name":"mesh","image":"mesh"}}]`
	i.register(t, i.other(t, sidecar), "zz-mesh", ns, func(p *corev1.Pod) bool { return len(p.Spec.Containers) == 2 })
	both := create(t, i.cp, ns, pod("spark-role", "driver"))
	one, two := single.Spec.Containers[0], both.Spec.Containers[0]
	if a, b := asJSON(t, one.Env), asJSON(t, two.Env); a != b {
		t.Errorf("environment\n%s\nwith another webhook\n%s", a, b)
	}
	if a, b := asJSON(t, one.SecurityContext), asJSON(t, two.SecurityContext); a != b {
		t.Errorf("security context %s, with another webhook %s", a, b)
	}
	if a, b := single.Annotations[rule.ReportAnnotation], both.Annotations[rule.ReportAnnotation]; a != b {
		t.Errorf("report\n%s\nwith another webhook\n%s", a, b)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestReplicasAgreeOnOneAuthority(t *testing.T) {
	cp := shared.Get(t)
	ns := cp.NewNamespace(t)
	var group sync.WaitGroup
	var cas [6]string
	for n := range cas {
		group.Go(func() {
			ca, err := webhook.SecretStore{Client: cp.Client(), Namespace: ns}.Authority(context.Background(), time.Now())
			if err != nil {
				t.Error(err)
				return
			}
			cas[n] = string(ca.CertPEM)
		})
	}
	group.Wait()
	for _, ca := range cas {
		if ca == "" || ca != cas[0] {
			t.Fatal("replicas have different authorities")
		}
	}
	late := time.Now().AddDate(10, 0, -1)
	next, err := webhook.SecretStore{Client: cp.Client(), Namespace: ns}.Authority(t.Context(), late)
	if err != nil || string(next.CertPEM) == cas[0] {
		t.Errorf("an authority close to its end is still used: %v", err)
	}
}

func TestPodsThroughTheServerAreWhatInjectSays(t *testing.T) {
	i := install(t)
	ns := i.cp.NewNamespace(t)
	namespace(t, i.cp, ns)
	eventually(t, i, ns)
	all, err := fixtures.All()
	if err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	var golden strings.Builder
	for _, f := range all {
		var review struct {
			Request struct{ Object json.RawMessage }
		}
		var p corev1.Pod
		if err := json.Unmarshal(f.Review, &review); err != nil {
			t.Fatal(err)
		}
		raw := review.Request.Object
		if err := json.Unmarshal(raw, &p); err != nil {
			t.Fatal(err)
		}
		sent := p.DeepCopy() // AdmitPod changes what it is given
		want, _, err := i.set.AdmitPod(raw, &corev1.PodTemplateSpec{ObjectMeta: p.ObjectMeta, Spec: p.Spec}, rule.Marks{}, rule.Options{})
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		after, err := patchjson.Apply(raw, want.Ops)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		var wanted corev1.Pod
		if err := json.Unmarshal(after, &wanted); err != nil {
			t.Fatal(err)
		}
		sent.ObjectMeta = metav1.ObjectMeta{GenerateName: "p-", Labels: sent.Labels, Annotations: sent.Annotations}
		sent.Spec.ServiceAccountName, sent.Spec.DeprecatedServiceAccount = "default", ""
		got := create(t, i.cp, ns, sent)
		wanted.Spec.ServiceAccountName, wanted.Spec.DeprecatedServiceAccount = got.Spec.ServiceAccountName, got.Spec.DeprecatedServiceAccount
		got.Spec.Volumes, wanted.Spec.Volumes = tokenless(got.Spec.Volumes), tokenless(wanted.Spec.Volumes)
		if a, b := asJSON(t, got.Spec), asJSON(t, wanted.Spec); a != b {
			t.Errorf("%s: created\n%s\ninject says\n%s", f.Name, a, b)
		}
		if a, b := asJSON(t, got.Annotations), asJSON(t, wanted.Annotations); a != b {
			t.Errorf("%s: created\n%s\ninject says\n%s", f.Name, a, b)
		}
		report, err := rule.ReadReport(got.Annotations[rule.ReportAnnotation])
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		fmt.Fprintf(&golden, "%s: %s | %s\n", f.Name, strings.Join(report.Applied, " "), asJSON(t, report.Refused))
	}
	compare(t, "native.txt", golden.String())
	i.stop()
	for _, f := range all {
		var review struct {
			Request struct{ Object corev1.Pod }
		}
		if err := json.Unmarshal(f.Review, &review); err != nil {
			t.Fatal(err)
		}
		sent := &review.Request.Object
		sent.ObjectMeta = metav1.ObjectMeta{GenerateName: "p-", Labels: sent.Labels, Annotations: sent.Annotations}
		sent.Spec.ServiceAccountName, sent.Spec.DeprecatedServiceAccount = "default", "default"
		got := create(t, i.cp, ns, sent.DeepCopy())
		got.Spec.Volumes, sent.Spec.Volumes = tokenless(got.Spec.Volumes), tokenless(sent.Spec.Volumes)
		if a, b := asJSON(t, got.Spec), asJSON(t, sent.Spec); a != b || injected(got) {
			t.Errorf("%s: with the webhook stopped it was created as\n%s\nand was\n%s", f.Name, a, b)
		}
	}
}

// tokenless renames the volumes that the service account admission names at random.
func tokenless(volumes []corev1.Volume) []corev1.Volume {
	for i := range volumes {
		if strings.HasPrefix(volumes[i].Name, "kube-api-access-") {
			volumes[i].Name = "kube-api-access"
		}
	}
	return volumes
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("%s differs from what inject does now (-update writes it); %v", file, err)
	}
}
