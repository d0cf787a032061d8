package integration

import (
	"encoding/json"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// largeNodes makes two nodes that take pods and a tainted one, and a DaemonSet that asks for 1 GiB of each.
func largeNodes(t *testing.T, cp *controlplane.ControlPlane, namespace string) {
	t.Helper()
	client := cp.Client()
	for _, name := range []string{"tune-a", "tune-b", "tune-closed"} {
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelInstanceTypeStable: "m6i.4xlarge"}}}
		if name == "tune-closed" {
			n.Spec.Taints = []corev1.Taint{{Key: "own", Effect: corev1.TaintEffectNoSchedule}}
		}
		made, err := client.CoreV1().Nodes().Create(t.Context(), n, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if name != "tune-closed" { // the API server taints a new node until it is ready
			made.Spec.Taints = nil
			if made, err = client.CoreV1().Nodes().Update(t.Context(), made, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		t.Cleanup(func() { _ = client.CoreV1().Nodes().Delete(t.Context(), name, metav1.DeleteOptions{}) })
		list := corev1.ResourceList{"cpu": resource.MustParse("16"), "memory": resource.MustParse("64Gi"), "pods": resource.MustParse("110")}
		made.Status.Capacity, made.Status.Allocatable = list, list
		if _, err := client.CoreV1().Nodes().UpdateStatus(t.Context(), made, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	labels := map[string]string{"app": "agent"}
	daemon := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "agent"}, Spec: appsv1.DaemonSetSpec{Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a",
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"memory": resource.MustParse("1Gi")}}}}}}}}
	if _, err := client.AppsV1().DaemonSets(namespace).Create(t.Context(), daemon, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.AppsV1().DaemonSets(namespace).Delete(t.Context(), "agent", metav1.DeleteOptions{}) })
}

func TestTuneReadsWorkloadsAndNodes(t *testing.T) {
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	largeNodes(t, cp, ns)
	code, out, errs := runPlugin(t, cp.Kubeconfig(), "tune", "-n", ns, "-o", "json")
	var r report.Tuning
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil || len(r.Workloads) != 2 || !r.Coverage.Complete {
		t.Fatalf("exit code %d, %v, %s%s", code, err, out, errs)
	}
	var packed []tuner.Packing
	for _, w := range r.Workloads {
		packed = append(packed, w.Packing...)
	}
	// An executor of 1g, with 100m beside, asks for 1124Mi and one processor: 16 on a node, of which one GiB is the agent's.
	if len(packed) != 1 || packed[0].Node != "m6i.4xlarge" || packed[0].Count != 2 || packed[0].Now.PerNode != 16 || packed[0].Now.IdleMemory != (64512-16*1124)*100/64512 || packed[0].Source != "allocatable less DaemonSets" {
		t.Errorf("packing %+v", packed)
	}

	for _, name := range []string{"etl", "spark-1", "etl-exec-2"} {
		if code, out, errs := runPlugin(t, cp.Kubeconfig(), "tune", name, "-n", ns); code != 0 || !strings.HasPrefix(out, ns+"/etl ") || !strings.Contains(out, "→ 2  ") {
			t.Errorf("%s: exit code %d, %s%s", name, code, out, errs)
		}
	}
	if code, out, errs := runPlugin(t, cp.Kubeconfig(), "tune", "statefulset/spark-worker", "-n", ns, "-o", "diff"); code != 0 || !strings.Contains(out, "+++ b/statefulset/spark-worker.yaml") || !strings.Contains(out, "+            memory: 2560Mi") || strings.Contains(out, "uid:") {
		t.Errorf("exit code %d, %s%s", code, out, errs)
	}
	if code, out, errs := runPlugin(t, cp.Kubeconfig(), "explain", "memory", "etl", "-n", ns); code != 0 || !strings.Contains(out, "limit 1408Mi") || strings.Contains(out, "seen") {
		t.Errorf("exit code %d, %s%s", code, out, errs)
	}
	for _, name := range []string{"nobody", "configmap/drv-conf"} {
		if code, out, errs := runPlugin(t, cp.Kubeconfig(), "tune", name, "-n", ns); code != plugin.ExitFailed || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit code %d, %s%s", name, code, out, errs)
		}
	}
}

func TestTuneNamesTheRightsThatItLacks(t *testing.T) {
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	config, err := cp.UserConfig("tuner-" + ns)
	if err != nil {
		t.Fatal(err)
	}
	path, err := cp.WriteKubeconfig("tuner-"+ns, ns, config)
	if err != nil {
		t.Fatal(err)
	}
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "pods"}, Rules: []rbacv1.PolicyRule{{Verbs: []string{"list"}, APIGroups: []string{""}, Resources: []string{"pods"}}}}
	binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "pods"}, RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: "pods"},
		Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: "rbac.authorization.k8s.io", Name: "tuner-" + ns}}}
	if _, err := cp.Client().RbacV1().Roles(ns).Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := cp.Client().RbacV1().RoleBindings(ns).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	code, out, errs := runPlugin(t, path, "tune", "etl")
	if code != 0 || !strings.Contains(out, "Not read: list nodes is forbidden; grant: get,list nodes in the cluster") || !strings.Contains(out, "configuration was not read") {
		t.Errorf("exit code %d, %s%s", code, out, errs)
	}
}
