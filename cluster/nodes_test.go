package cluster

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestANodeGivesWhatItsDaemonsLeave(t *testing.T) {
	n := corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"pool": "spark", corev1.LabelInstanceTypeStable: "m6i.2xlarge"}}}
	n.Status.Capacity = corev1.ResourceList{"cpu": resource.MustParse("8")}
	n.Status.Allocatable = corev1.ResourceList{"cpu": resource.MustParse("7910m"), "memory": resource.MustParse("30Gi"), "pods": resource.MustParse("58")}
	nodes := []Node{nodeOf(&n)}
	if got := nodes[0]; got.Type != "m6i.2xlarge" || got.CapacityMilli != 8000 || got.CPUMilli != 7910 || got.MemoryMiB != 30720 || got.Pods != 58 || got.Closed {
		t.Errorf("got %+v", got)
	}
	asks := func(cpu, memory string) corev1.Container {
		return corev1.Container{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse(cpu), "memory": resource.MustParse(memory)}}}
	}
	subtractDaemon(nodes, &corev1.PodSpec{NodeSelector: map[string]string{"pool": "spark"}, Containers: []corev1.Container{asks("100m", "100Mi"), asks("10m", "1000")}})
	subtractDaemon(nodes, &corev1.PodSpec{NodeSelector: map[string]string{"pool": "web"}, Containers: []corev1.Container{asks("1", "1Gi")}})
	if got := nodes[0]; got.CPUMilli != 7800 || got.MemoryMiB != 30720-101 || got.Pods != 57 {
		t.Errorf("got %+v", got)
	}
}

func TestClosedNodes(t *testing.T) {
	for name, c := range map[string]struct {
		spec corev1.NodeSpec
		want bool
	}{
		"open":     {corev1.NodeSpec{}, false},
		"prefers":  {corev1.NodeSpec{Taints: []corev1.Taint{{Effect: corev1.TaintEffectPreferNoSchedule}}}, false},
		"tainted":  {corev1.NodeSpec{Taints: []corev1.Taint{{Effect: corev1.TaintEffectNoSchedule}}}, true},
		"evicting": {corev1.NodeSpec{Taints: []corev1.Taint{{Effect: corev1.TaintEffectNoExecute}}}, true},
		"cordoned": {corev1.NodeSpec{Unschedulable: true}, true},
	} {
		if got := nodeOf(&corev1.Node{Spec: c.spec}); got.Closed != c.want {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}
