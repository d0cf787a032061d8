package integration

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

func amounts(pairs ...string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		list[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
	}
	return list
}

// bounds are objects that bound the pods of a namespace.
func bounds() map[string][]any {
	quota := func(hard corev1.ResourceList, scopes ...corev1.ResourceQuotaScope) *corev1.ResourceQuota {
		return &corev1.ResourceQuota{Spec: corev1.ResourceQuotaSpec{Hard: hard, Scopes: scopes}}
	}
	ofClass := func(op corev1.ScopeSelectorOperator, hard corev1.ResourceList, values ...string) *corev1.ResourceQuota {
		return &corev1.ResourceQuota{Spec: corev1.ResourceQuotaSpec{Hard: hard, ScopeSelector: &corev1.ScopeSelector{MatchExpressions: []corev1.ScopedResourceSelectorRequirement{
			{ScopeName: corev1.ResourceQuotaScopePriorityClass, Operator: op, Values: values}}}}}
	}
	limits := func(items ...corev1.LimitRangeItem) *corev1.LimitRange {
		return &corev1.LimitRange{Spec: corev1.LimitRangeSpec{Limits: items}}
	}
	all := amounts("requests.cpu", "100m", "requests.memory", "100Mi", "limits.cpu", "1", "limits.memory", "128Mi")
	return map[string][]any{
		"none":             nil,
		"pods":             {quota(amounts("pods", "10"))},
		"cpu-and-memory":   {quota(all)},
		"old-names":        {quota(amounts("cpu", "1", "memory", "1Gi"))},
		"limits":           {quota(amounts("limits.memory", "1Gi"))},
		"limits-of-cpu":    {quota(amounts("limits.cpu", "1"))},
		"terminating":      {quota(all, corev1.ResourceQuotaScopeTerminating)},
		"not-terminating":  {quota(all, corev1.ResourceQuotaScopeNotTerminating)},
		"best-effort":      {quota(amounts("pods", "10"), corev1.ResourceQuotaScopeBestEffort)},
		"not-best-effort":  {quota(amounts("pods", "0"), corev1.ResourceQuotaScopeNotBestEffort)},
		"not-best-effort2": {quota(all, corev1.ResourceQuotaScopeNotBestEffort)},
		"ends-and-asks":    {quota(all, corev1.ResourceQuotaScopeTerminating, corev1.ResourceQuotaScopeNotBestEffort)},
		"class":            {ofClass(corev1.ScopeSelectorOpIn, all, "system-cluster-critical")},
		"no-class":         {ofClass(corev1.ScopeSelectorOpNotIn, all, "system-cluster-critical")},
		"any-class":        {ofClass(corev1.ScopeSelectorOpExists, all)},
		"other-namespaces": {quota(all, corev1.ResourceQuotaScopeCrossNamespacePodAffinity)},
		"without-class":    {ofClass(corev1.ScopeSelectorOpDoesNotExist, amounts("requests.memory", "1Mi"))},
		"defaults":         {limits(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Default: amounts("cpu", "1", "memory", "64Mi"), DefaultRequest: amounts("cpu", "100m", "memory", "32Mi")})},
		"default-request":  {limits(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, DefaultRequest: amounts("memory", "32Mi")}), quota(amounts("requests.memory", "1Gi"))},
		"max":              {limits(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Max: amounts("memory", "512Mi", "cpu", "1")})},
		"min":              {limits(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Min: amounts("memory", "8Mi")})},
		"ratio":            {limits(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, MaxLimitRequestRatio: amounts("cpu", "2")})},
		"pod-max":          {limits(corev1.LimitRangeItem{Type: corev1.LimitTypePod, Max: amounts("memory", "600Mi"), Min: amounts("memory", "8Mi")})},
		"pod-max-cpu":      {limits(corev1.LimitRangeItem{Type: corev1.LimitTypePod, Max: amounts("cpu", "1")})},
		"pod-ratio":        {limits(corev1.LimitRangeItem{Type: corev1.LimitTypePod, MaxLimitRequestRatio: amounts("memory", "4")})},
		"several":          {quota(amounts("pods", "10")), quota(all, corev1.ResourceQuotaScopeNotBestEffort), limits(corev1.LimitRangeItem{Type: corev1.LimitTypePod, Max: amounts("memory", "8Gi")})},
	}
}

// shapes are servers and jobs as users write them.
func shapes() map[string]*corev1.Pod {
	server := func(class string, env ...corev1.EnvVar) *corev1.Pod {
		return &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "spark", Image: "apache/spark:3.5.6-java17", Env: env,
			Command: []string{"/opt/spark/bin/spark-class"}, Args: []string{class}}}}}
	}
	master := "org.apache.spark.deploy.master.Master"
	worker := "org.apache.spark.deploy.worker.Worker"
	with := func(p *corev1.Pod, change func(*corev1.Pod)) *corev1.Pod { change(p); return p }
	side := func(requests, limits corev1.ResourceList) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "side", Image: "side:1", Resources: corev1.ResourceRequirements{Requests: requests, Limits: limits}})
		}
	}
	deadline := int64(600)
	return map[string]*corev1.Pod{
		"master":  server(master),
		"history": server("org.apache.spark.deploy.history.HistoryServer"),
		"worker":  server(worker, corev1.EnvVar{Name: "SPARK_WORKER_MEMORY", Value: "4g"}, corev1.EnvVar{Name: "SPARK_WORKER_CORES", Value: "2"}),
		"absurd":  server(worker, corev1.EnvVar{Name: "SPARK_WORKER_MEMORY", Value: "900000g"}, corev1.EnvVar{Name: "SPARK_WORKER_CORES", Value: "900000"}),
		"ends": with(server(master), func(p *corev1.Pod) {
			p.Spec.ActiveDeadlineSeconds, p.Spec.RestartPolicy = &deadline, corev1.RestartPolicyNever
		}),
		"class": with(server(master), func(p *corev1.Pod) { p.Spec.PriorityClassName = "system-cluster-critical" }),
		"apart": with(server(master), func(p *corev1.Pod) {
			p.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{
				{TopologyKey: corev1.LabelHostname, Namespaces: []string{"default"}, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}}}}}
		}),
		"memory":   with(server(master), func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Requests = amounts("memory", "64Mi") }),
		"both":     with(server(master), func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Limits = amounts("memory", "64Mi") }),
		"side":     with(server(master), side(amounts("memory", "16Mi", "cpu", "10m"), amounts("memory", "32Mi", "cpu", "20m"))),
		"side-cpu": with(server(master), side(nil, amounts("cpu", "900m", "memory", "16Mi"))),
		"device": with(server(master), func(p *corev1.Pod) {
			p.Annotations = map[string]string{rule.WantAnnotation: "SPK-S011/readOnlyRoot"}
			p.Spec.Volumes = []corev1.Volume{{Name: "d", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "d"}}}}
			p.Spec.Containers[0].VolumeDevices = []corev1.VolumeDevice{{Name: "d", DevicePath: "/tmp"}}
		}),
		"driver": {ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"spark-role": "driver", "spark-app-selector": "a"}}, Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever,
			Containers: []corev1.Container{{Name: "spark-kubernetes-driver", Image: "apache/spark:4.0.1", Args: []string{"driver"}, Resources: corev1.ResourceRequirements{Requests: amounts("cpu", "1", "memory", "1408Mi"), Limits: amounts("memory", "1408Mi")}}}}},
	}
}

// bound makes the objects in a namespace. Nobody counts a quota's use here, so that is done at once.
func bound(t *testing.T, api kubernetes.Interface, ns string, objects []any) {
	t.Helper()
	for n, o := range objects {
		var err error
		switch o := o.(type) {
		case *corev1.ResourceQuota:
			o.Name = fmt.Sprint("q", n)
			if o, err = api.CoreV1().ResourceQuotas(ns).Create(t.Context(), o, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			o.Status = corev1.ResourceQuotaStatus{Hard: o.Spec.Hard, Used: corev1.ResourceList{}}
			for name := range o.Spec.Hard {
				o.Status.Used[name] = resource.MustParse("0")
			}
			_, err = api.CoreV1().ResourceQuotas(ns).UpdateStatus(t.Context(), o, metav1.UpdateOptions{})
		case *corev1.LimitRange:
			o.Name = fmt.Sprint("l", n)
			_, err = api.CoreV1().LimitRanges(ns).Create(t.Context(), o, metav1.CreateOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// try creates the pod in a dry run, opted out or not.
func try(t *testing.T, api kubernetes.Interface, ns string, p *corev1.Pod, inject string) (*corev1.Pod, error) {
	p = p.DeepCopy()
	p.GenerateName = "p-"
	if p.Labels == nil {
		p.Labels = map[string]string{}
	}
	p.Labels[rule.InjectLabel] = inject
	return api.CoreV1().Pods(ns).Create(t.Context(), p, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
}

// TestWhatTheAPIServerAcceptsItAcceptsInjected tries every shape in a namespace of every kind of bound and of every level of
// Pod Security, opted out and not.
func TestWhatTheAPIServerAcceptsItAcceptsInjected(t *testing.T) {
	i := install(t)
	api := i.cp.Client()
	eventually(t, i, i.cp.NewNamespace(t))
	type place struct{ ns, kind, level string }
	var places []place
	for kind, objects := range bounds() {
		for _, level := range []string{"privileged", "baseline", "restricted"} {
			ns := i.cp.NewNamespace(t, rule.InjectLabel, "enabled", "pod-security.kubernetes.io/enforce", level)
			bound(t, api, ns, objects)
			if level == "restricted" {
				if _, err := api.CoreV1().Namespaces().Patch(t.Context(), ns, types.MergePatchType, []byte(`{"metadata":{"annotations":{"kubectl-spark.io/profile":"restricted"}}}`), metav1.PatchOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			places = append(places, place{ns, kind, level})
		}
	}
	time.Sleep(time.Second) // both servers hear of the namespaces and their bounds
	accepted, added, kept := 0, 0, 0
	for _, at := range places {
		for shape, p := range shapes() {
			// Until both have heard of everything, they may differ.
			for end := time.Now().Add(5 * time.Second); ; time.Sleep(100 * time.Millisecond) {
				_, without := try(t, api, at.ns, p, "disabled")
				out, with := try(t, api, at.ns, p, "enabled")
				if without == nil && with != nil && time.Now().Before(end) {
					continue
				}
				if without == nil && with != nil {
					t.Errorf("%s, %s in a namespace with %s: %v", shape, at.level, at.kind, with)
				}
				if without == nil {
					accepted++
				}
				if with == nil && strings.Contains(out.Annotations[rule.ReportAnnotation], "SPK-P044/memory\":\"quota") {
					kept++
				} else if with == nil && strings.Contains(out.Annotations[rule.ReportAnnotation], "resources/") {
					added++
				}
				break
			}
		}
	}
	t.Logf("%d accepted without the webhook and with it; resources added to %d, not added for a bound to %d", accepted, added, kept)
	if accepted < 100 || added < 30 || kept < 30 {
		t.Error("the shapes and bounds tell nothing: too few are accepted, added to or kept")
	}
}

// TestLimitsThatMayNotBeReadAreUnknown: a server with the rights of an earlier release adds no resources, and does so once it
// may read what bounds them.
func TestLimitsThatMayNotBeReadAreUnknown(t *testing.T) {
	cp := shared.Get(t)
	user := "reads-nothing"
	cfg, err := cp.UserConfig(user)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	limits, err := webhook.WatchLimits(client, t.Context().Done())
	if err != nil {
		t.Fatal(err)
	}
	before, after := &corev1.PodSpec{}, &corev1.PodSpec{}
	if limits.Waiting() == nil || !limits.Of("default").MayRefuse(before, after) {
		t.Error("known before anything was read")
	}
	wait(t, "the refusal to be noted", func() bool { return limits.Problem() != nil })
	if err := limits.Waiting(); err != nil || limits.Known() || !limits.Of("default").MayRefuse(before, after) {
		t.Errorf("what may not be read is waited for (%v) or known", err)
	}
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: user}, Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"resourcequotas", "limitranges"}, Verbs: []string{"get", "list", "watch"}}}}
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: user}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: user},
		Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: user}}}
	if _, err := cp.Client().RbacV1().ClusterRoles().Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := cp.Client().RbacV1().ClusterRoleBindings().Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	wait(t, "the lists to be read", func() bool { return limits.Known() && limits.Problem() == nil })
	if limits.Of("default").MayRefuse(before, after) {
		t.Error("nothing bounds the namespace, and it is said to")
	}
}

func wait(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}
