package integration

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// metricsAPI serves the metrics API of an API server: no kubelet runs that real figures could come from. It listens on this machine, which the
// API server reaches by the name of a Service.
type metricsAPI struct {
	mu   sync.Mutex
	pods map[string]corev1.ResourceList // by namespace and name, of the one container
	age  time.Duration
}

func serveMetrics(t *testing.T, cp *controlplane.ControlPlane) *metricsAPI {
	t.Helper()
	m := &metricsAPI{pods: map[string]corev1.ResourceList{}}
	server := httptest.NewTLSServer(m)
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	made(t, cp, "/api/v1/namespaces/default/services", "{apiVersion: v1, kind: Service, metadata: {name: metrics}, spec: {type: ExternalName, externalName: localhost}}")
	made(t, cp, "/apis/apiregistration.k8s.io/v1/apiservices", `{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1beta1.metrics.k8s.io},
spec: {group: metrics.k8s.io, version: v1beta1, insecureSkipTLSVerify: true, groupPriorityMinimum: 100, versionPriority: 100, service: {namespace: default, name: metrics, port: `+port+`}}}`)
	within(t, time.Minute, "the API server serves the metrics API", func() bool {
		_, err := cp.Client().Discovery().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/namespaces/default/pods").DoRaw(t.Context())
		return err == nil
	})
	return m
}

func (m *metricsAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	var answer any = metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: "metrics.k8s.io/v1beta1",
		APIResources: []metav1.APIResource{{Name: "pods", Namespaced: true, Kind: "PodMetrics", Verbs: metav1.Verbs{"get", "list"}}}}
	if parts := strings.Split(r.URL.Path, "/"); len(parts) > 6 && parts[6] == "pods" {
		items := []any{}
		m.mu.Lock()
		for name, usage := range m.pods {
			if pod, is := strings.CutPrefix(name, parts[5]+"/"); is {
				items = append(items, map[string]any{"metadata": map[string]any{"name": pod, "namespace": parts[5]}, "timestamp": time.Now().UTC().Add(-m.age).Format(time.RFC3339), "window": "15.2s",
					"containers": []any{map[string]any{"name": "sidecar", "usage": amounts("cpu", "9", "memory", "9Gi")}, map[string]any{"name": "spark-kubernetes-executor", "usage": usage}, map[string]any{"name": "spark-kubernetes-driver", "usage": usage}}})
			}
		}
		m.mu.Unlock()
		answer = map[string]any{"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": map[string]any{}, "items": items}
	}
	_ = json.NewEncoder(w).Encode(answer) // the client sees a cut answer
}

// alive is an application whose pods run, as far as the API server knows.
type alive struct {
	*applied
	metrics *metricsAPI
}

func newAlive(t *testing.T) *alive {
	cp := controlplane.ForTest(t, controlplane.Options{Controllers: true})
	a := &alive{&applied{T: t, cp: cp, ns: cp.NewNamespace(t), kubeconfig: cp.Kubeconfig()}, serveMetrics(t, cp)}
	client := cp.Client().CoreV1()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "live-a"}, Status: corev1.NodeStatus{Allocatable: amounts("cpu", "8", "memory", "16Gi", "pods", "50")}}
	if _, err := client.Nodes().Create(t.Context(), node, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.ConfigMaps(a.ns).Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "drv-conf"},
		Data: map[string]string{"spark.properties": "spark.executor.memory=1g\nspark.executor.cores=1\nspark.driver.memory=1g\n"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	a.pod("etl-driver", "driver", nil, amounts("cpu", "1", "memory", "1408Mi"), amounts("memory", "1408Mi"), "900m", "700Mi")
	a.pod("etl-exec-1", "executor", nil, amounts("cpu", "500m", "memory", "1408Mi"), amounts("memory", "1408Mi"), "1200m", "1380Mi")
	a.pod("etl-exec-2", "executor", nil, amounts("cpu", "500m", "memory", "1408Mi"), amounts("memory", "1408Mi"), "300m", "900Mi")
	return a
}

// pod makes a pod that a kubelet would say to run, and gives it a use.
func (a *alive) pod(name, role string, change func(*corev1.Pod), requests, limits corev1.ResourceList, cpu, memory string) {
	a.Helper()
	container := "spark-kubernetes-" + role
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"spark-role": role, "spark-app-selector": "spark-1", "spark-app-name": "etl", "spark-version": "3.5.6"}},
		Spec: corev1.PodSpec{NodeName: "live-a", RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: container, Image: "apache/spark:3.5.6", Args: []string{role},
			Resources: corev1.ResourceRequirements{Requests: requests, Limits: limits}}}}}
	if role == "driver" {
		pod.Spec.Volumes = []corev1.Volume{{Name: "spark-conf-volume-driver", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "drv-conf"}}}}}
	} else {
		pod.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "SPARK_EXECUTOR_MEMORY", Value: "1g"}, {Name: "SPARK_EXECUTOR_CORES", Value: "1"}}
	}
	if change != nil {
		change(pod)
	}
	if _, err := a.cp.Client().CoreV1().Pods(a.ns).Create(a.Context(), pod, metav1.CreateOptions{}); err != nil {
		a.Fatal(err)
	}
	a.answers(name)
	a.metrics.mu.Lock()
	defer a.metrics.mu.Unlock()
	a.metrics.pods[a.ns+"/"+name] = amounts("cpu", cpu, "memory", memory)
}

// answers says in a pod's status what a kubelet says: that its container runs and has what the pod asks for, with conditions.
func (a *alive) answers(name string, conditions ...corev1.PodCondition) {
	a.Helper()
	pods := a.cp.Client().CoreV1().Pods(a.ns)
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		pod, err := pods.Get(a.Context(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		c := &pod.Spec.Containers[0]
		status := corev1.ContainerStatus{Name: c.Name, Ready: true, Image: c.Image, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(time.Now().Add(-time.Hour))}},
			Resources: c.Resources.DeepCopy(), AllocatedResources: c.Resources.Requests}
		if len(conditions) > 0 && len(pod.Status.ContainerStatuses) > 0 { // it has what it had
			status = pod.Status.ContainerStatuses[0]
		}
		pod.Status.Phase, pod.Status.ContainerStatuses, pod.Status.Conditions = corev1.PodRunning, []corev1.ContainerStatus{status}, conditions
		pod.Status.ObservedGeneration = pod.Generation
		_, err = pods.UpdateStatus(a.Context(), pod, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		a.Error(err)
	}
}

// kubelet answers, until it is ended, for pods that ask for something else than they have.
func (a *alive) kubelet(conditions map[string]corev1.PodCondition) (end func()) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
			}
			list, err := a.cp.Client().CoreV1().Pods(a.ns).List(a.Context(), metav1.ListOptions{})
			if err != nil {
				return
			}
			for _, pod := range list.Items {
				if has := pod.Status.ContainerStatuses[0].Resources; fmt.Sprint(has) == fmt.Sprint(&pod.Spec.Containers[0].Resources) {
					continue
				}
				if c, is := conditions[pod.Name]; is {
					a.answers(pod.Name, c)
				} else {
					a.answers(pod.Name)
				}
			}
		}
	}()
	return func() { close(stop); <-done }
}

// size is what a pod's container asks for.
func (a *alive) size(name string) string {
	a.Helper()
	pod, err := a.cp.Client().CoreV1().Pods(a.ns).Get(a.Context(), name, metav1.GetOptions{})
	if err != nil {
		a.Fatal(err)
	}
	r := pod.Spec.Containers[0].Resources
	return r.Requests.Cpu().String() + " " + r.Requests.Memory().String() + " " + r.Limits.Memory().String()
}

// TestRunningPodsAreResizedInPlace: the plan, what the server refuses, the writing through pods/resize, what the nodes answer, and the taking back.
func TestRunningPodsAreResizedInPlace(t *testing.T) {
	a := newAlive(t)
	aggregated(t, a.cp)
	const before, after = "500m 1408Mi 1408Mi", "1400m 1600Mi 1600Mi"

	out, errs := a.run(0, "tune", "--live")
	a.wants(out, "etl", "3 running pods", "evidence: metrics API (3 of 3 pods), cgroups (0 of 3)", "executor requests.cpu", "500m", "→ 1400m", "uses 1200m: slower on a full node", "executor limits.memory", "1408Mi", "→ 1600Mi",
		"98 % of the limit in use, page cache may be part of it", "2 changes", "kubectl spark tune -n "+a.ns+" ", "--live --apply")
	a.wants(errs, "the cgroups of 3 pods were not read, as of pod etl-", "have the old size; what is recommended for these: kubectl spark tune etl -n "+a.ns+" -o conf")
	if now := a.size("etl-exec-1"); now != before {
		t.Fatalf("a plan wrote %s", now)
	}
	if _, errs := a.run(0, "tune", "--live", "--no-exec"); strings.Contains(errs, "cgroup") {
		t.Errorf("with --no-exec: %s", errs)
	}
	out, _ = a.run(1, "tune", "--live", "etl", "-o", "json", "--check")
	var r report.Tuning
	if err := json.Unmarshal([]byte(out), &r); err != nil || len(r.Workloads) != 1 || len(r.Workloads[0].Running) != 3 || len(r.Workloads[0].Targets) != 2 {
		t.Fatalf("%v in %s", err, out)
	}
	for _, p := range r.Workloads[0].Running {
		if (p.To == nil) != (p.Name == "etl-driver") || p.Use.CPUMilli == nil || p.Use.Cgroup != nil || p.Node != "live-a" || p.Now.Limits.Memory != "1408Mi" {
			t.Errorf("%+v", p)
		}
	}
	for _, s := range r.Workloads[0].Settings {
		if s.Verdict == tuner.Change && (s.Confidence != tuner.Medium || s.Evidence == "" || !strings.HasPrefix(s.Basis, "live-")) {
			t.Errorf("%+v", s)
		}
	}

	// Of the pods that labels select.
	out, _ = a.run(0, "tune", "--live", "-l", "spark-role=driver")
	a.wants(out, "1 running pod", "nothing to change")

	// Who may only read gets the plan, and one line about what is missing. The ClusterRole view has no metrics by itself.
	view := viewer(t, a.cp, a.ns, "reader", false)
	code, out, errs := runPlugin(t, view, "tune", "--live", "-n", a.ns)
	if code != 0 || !strings.Contains(out, "list pods is forbidden; grant: get,list pods.metrics.k8s.io in namespace "+a.ns) || !strings.Contains(out, "not checked: executor, the use was not read") ||
		!strings.Contains(out, "nothing was checked") || strings.Contains(out, "√") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	roles := "/apis/rbac.authorization.k8s.io/v1/namespaces/" + a.ns
	made(t, a.cp, roles+"/roles", "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: metrics}, rules: [{apiGroups: [metrics.k8s.io], resources: [pods], verbs: [list]}]}")
	made(t, a.cp, roles+"/rolebindings", `{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: metrics}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: metrics},
subjects: [{kind: ServiceAccount, namespace: `+a.ns+`, name: reader}]}`)
	code, out, errs = runPlugin(t, view, "tune", "--live", "-n", a.ns)
	if right := "your account cannot resize pods, so this is a plan only; grant: patch pods/resize in namespace " + a.ns; code != 0 || strings.Count(errs, right) != 1 ||
		!strings.Contains(out, "→ 1600Mi") || strings.Contains(out, "--apply") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if code, _, errs = runPlugin(t, view, "tune", "--live", "-n", a.ns, "--apply", "--record=none"); code != plugin.ExitFailed || !strings.Contains(errs, "a right is missing: patch pods/resize in namespace "+a.ns+"; nothing was applied") {
		t.Errorf("exit code %d\n%s", code, errs)
	}

	// What bounds the namespace is named by the server.
	for name, one := range map[string]struct{ path, object, says string }{
		"LimitRange":    {"limitranges", "{apiVersion: v1, kind: LimitRange, metadata: {name: most}, spec: {limits: [{type: Container, max: {memory: 1500Mi}}]}}", "maximum memory usage per Container is 1500Mi"},
		"ResourceQuota": {"resourcequotas", "{apiVersion: v1, kind: ResourceQuota, metadata: {name: all}, spec: {hard: {requests.cpu: 2100m}}}", "exceeded quota: all"},
	} {
		path := "/api/v1/namespaces/" + a.ns + "/" + one.path
		made(t, a.cp, path, one.object)
		within(t, time.Minute, name+" is in force", func() bool {
			_, errs := a.run(0, "tune", "--live")
			return strings.Contains(errs, one.says)
		})
		if _, errs := a.run(plugin.ExitFailed, "tune", "--live", "--apply", "--record=none"); !strings.Contains(errs, "nothing was applied") || a.size("etl-exec-2") != before {
			t.Errorf("%s: %s: %s", name, a.size("etl-exec-2"), errs)
		}
		if err := a.cp.Client().CoreV1().RESTClient().Delete().AbsPath(path).Do(t.Context()).Error(); err != nil {
			t.Fatal(err)
		}
	}

	out, errs = a.run(0, "tune", "--live", "--apply", "--dry-run=server")
	a.wants(out+errs, "resized in place, nothing is restarted", "spec.containers[spark-kubernetes-executor].resources.limits.memory  1408Mi → 1600Mi", "the API server accepts it; nothing was kept")

	// One node has no room: that is told, and the others are resized.
	record := recordFile(t)
	deferred := corev1.PodCondition{Type: corev1.PodResizePending, Status: corev1.ConditionTrue, Reason: corev1.PodReasonDeferred, Message: "Node didn't have enough resource: cpu, requested: 1400, used: 7000, capacity: 8000"}
	end := a.kubelet(map[string]corev1.PodCondition{"etl-exec-2": deferred})
	out, errs = a.run(plugin.ExitWaited, "tune", "--live", "--apply", "--record="+record)
	end()
	a.wants(errs, "have the old size")
	a.wants(out, "Pod/etl-exec-1 in namespace "+a.ns+": resized by its node", "Pod/etl-exec-2 in namespace "+a.ns+": deferred until its node has room: Node didn't have enough resource: cpu")
	if one, two := a.size("etl-exec-1"), a.size("etl-exec-2"); one != after || two != after {
		t.Fatalf("resized to %s and %s", one, two)
	}
	out, _ = a.run(0, "tune", "--live")
	a.wants(out, "not checked: executor etl-exec-2, an earlier resize waits for room on the node: Node didn't have enough resource")
	a.answers("etl-exec-2")
	out, _ = a.run(0, "tune", "--live", "--apply", "--record=none")
	a.wants(out, "nothing to do")

	// Taken back, through the same subresource. A node that can never give it fails the command.
	infeasible := corev1.PodCondition{Type: corev1.PodResizePending, Status: corev1.ConditionTrue, Reason: corev1.PodReasonInfeasible, Message: "never"}
	end = a.kubelet(map[string]corev1.PodCondition{"etl-exec-2": infeasible})
	out, _ = a.run(plugin.ExitFailed, "tune", "--rollback", record)
	end()
	a.wants(out, "etl-exec-1 in namespace "+a.ns+": resized by its node", "its node cannot resize it: never")
	if one, two := a.size("etl-exec-1"), a.size("etl-exec-2"); one != before || two != before {
		t.Errorf("taken back to %s and %s", one, two)
	}

	// What its node cannot make is not judged by the size that it asks for.
	out, _ = a.run(0, "tune", "--live", "-l", "spark-role=executor")
	a.wants(out, "not checked: executor etl-exec-2, its node cannot make an earlier resize: take that back with --rollback: never")
	if _, errs := a.run(0, "tune", "--live", "--apply", "--dry-run=server"); !strings.Contains(errs, "etl, executor etl-exec-2: not checked: its node cannot make an earlier resize") {
		t.Errorf("--apply says nothing of it: %s", errs)
	}
}

// TestWhatIsNotResized: a container that would restart, a pod that has ended meanwhile, files and flags that say nothing about running pods.
func TestWhatIsNotResized(t *testing.T) {
	a := newAlive(t)
	a.pod("etl-exec-3", "executor", func(p *corev1.Pod) {
		p.Spec.RestartPolicy = corev1.RestartPolicyAlways
		p.Spec.Containers[0].ResizePolicy = []corev1.ContainerResizePolicy{{ResourceName: corev1.ResourceMemory, RestartPolicy: corev1.RestartContainer}}
	}, amounts("cpu", "500m", "memory", "1408Mi"), amounts("memory", "1408Mi"), "300m", "900Mi")
	_, errs := a.run(0, "tune", "--live")
	a.wants(errs, "Pod/etl-exec-3 in namespace "+a.ns+" cannot be resized: restarts container spark-kubernetes-executor: its resizePolicy for memory is RestartContainer; add --allow-restart")
	end := a.kubelet(nil)
	out, _ := a.run(plugin.ExitFailed, "tune", "--live", "--apply", "--record=none")
	a.wants(out, "not applied: Pod/etl-exec-3", "Pod/etl-exec-1 in namespace "+a.ns+": resized by its node")
	if one, three := a.size("etl-exec-1"), a.size("etl-exec-3"); one == three {
		t.Errorf("all have %s", one)
	}
	a.run(0, "tune", "--live", "--apply", "--record=none", "--allow-restart")
	if one, three := a.size("etl-exec-1"), a.size("etl-exec-3"); one != three {
		t.Errorf("%s and %s", one, three)
	}
	end()
	for _, c := range [][]string{{"-f", "../../examples/faulty"}, {"--event-log=x"}, {"--node-shape=1x1Gi"}, {"-o", "diff"}, {"--force-conflicts", "--apply"}} {
		if _, errs := a.run(plugin.ExitFailed, append([]string{"tune", "--live"}, c...)...); strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "--") {
			t.Errorf("%v: %s", c, errs)
		}
	}
	if _, errs := a.run(plugin.ExitFailed, "tune", "--no-exec"); !strings.Contains(errs, "--live") {
		t.Error(errs)
	}
	reader, err := cluster.New(a.cp.Config())
	if err != nil {
		t.Fatal(err)
	}
	for resource, want := range map[string]bool{"pods/resize": true, "pods/none": false} {
		if has, err := reader.Serves(t.Context(), resource); has != want || err != nil {
			t.Errorf("%s is served: %v, %v", resource, has, err)
		}
	}
	empty := a.cp.NewNamespace(t)
	if code, out, errs := runPlugin(t, a.kubeconfig, "tune", "--live", "-n", empty); code != 0 || out != "" || !strings.Contains(errs, "no Spark workloads in namespace") {
		t.Errorf("exit code %d, %s%s", code, out, errs)
	}
}
