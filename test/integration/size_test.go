package integration

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// TestAnEditMakesNoPodTooLargeForEtcd creates the largest pod that etcd takes, which it would not take with edits.
func TestAnEditMakesNoPodTooLargeForEtcd(t *testing.T) {
	i := install(t)
	ns := i.cp.NewNamespace(t)
	namespace(t, i.cp, ns)
	eventually(t, i, ns)
	pods := i.cp.Client().CoreV1().Pods(ns)
	try := func(size int, inject string) (*corev1.Pod, error) {
		p := pod("spark-role", "driver", rule.InjectLabel, inject)
		const each = 100_000
		for n := 0; size > 0; n++ {
			p.Spec.Containers[0].Env = append(p.Spec.Containers[0].Env, corev1.EnvVar{Name: fmt.Sprint("PART_", n), Value: strings.Repeat("x", min(size, each))})
			size -= each
		}
		made, err := pods.Create(t.Context(), p, metav1.CreateOptions{}) // a dry run does not come to etcd
		if err == nil {
			err = pods.Delete(t.Context(), made.Name, *metav1.NewDeleteOptions(0))
		}
		return made, err
	}
	fits, above := 1<<20, 2<<20
	for above-fits > 256 {
		if size := (fits + above) / 2; func() bool { _, err := try(size, "disabled"); return err == nil }() {
			fits = size
		} else {
			above = size
		}
	}
	if _, err := try(above, "disabled"); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Fatalf("with %d bytes of variables: %v", above, err)
	}
	made, err := try(fits, "enabled")
	if err != nil {
		t.Fatalf("with %d bytes of variables it is let in, and not once it is injected: %v", fits, err)
	}
	if injected(made) {
		t.Errorf("with %d bytes of variables it was injected: the test tells nothing", fits)
	}
	if made, err = try(1400<<10, "enabled"); err != nil || !injected(made) {
		t.Errorf("a pod of 1400 KiB: injected %v, %v", err == nil && injected(made), err)
	}
}
