package integration

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/plugin"
)

// TestRunningPodsAreJudgedByWhatWasRead: executors of another resource profile by themselves, and no check mark over pods of which nothing was
// read; figures that are old do not count; of a wait that is cut off, what is known is said.
func TestRunningPodsAreJudgedByWhatWasRead(t *testing.T) {
	a := newAlive(t)
	a.pod("etl-exec-8", "executor", func(p *corev1.Pod) {
		p.Labels["spark-exec-resourceprofile-id"] = "1"
		p.Spec.Containers[0].Env[0].Value = "8g"
	}, amounts("cpu", "500m", "memory", "9011Mi"), amounts("memory", "9011Mi"), "300m", "8000Mi")
	out, _ := a.run(0, "tune", "--live", "--all")
	a.wants(out, "→ 1600Mi", "resource profile 1: 88 % of the limit in use")
	for _, p := range []string{"etl-exec-1", "etl-exec-2", "etl-exec-8"} {
		a.metrics.mu.Lock()
		a.metrics.pods[a.ns+"/"+p] = amounts("cpu", "300m", "memory", "900Mi")
		a.metrics.mu.Unlock()
	}
	out, _ = a.run(0, "tune", "--live")
	a.wants(out, "√ nothing to change")
	a.metrics.mu.Lock()
	delete(a.metrics.pods, a.ns+"/etl-exec-2")
	a.metrics.mu.Unlock()
	out, _ = a.run(0, "tune", "--live")
	a.wants(out, "not checked: executor, 1 of 2 pods: the use was not read", "· nothing to change in what was checked")
	a.metrics.mu.Lock()
	a.metrics.age = time.Hour
	a.metrics.mu.Unlock()
	out, errs := a.run(0, "tune", "--live")
	a.wants(out, "metrics API (0 of 4 pods)", "nothing was checked")
	a.wants(errs, "the metrics API is behind in namespace "+a.ns)
	a.metrics.mu.Lock()
	a.metrics.age = 0
	for _, p := range []string{"etl-exec-1", "etl-exec-2"} {
		a.metrics.pods[a.ns+"/"+p] = amounts("cpu", "300m", "memory", "1380Mi")
	}
	a.metrics.mu.Unlock()

	// One pod cannot be looked at any more once it was written, and one ends before it is taken back.
	record, direct := recordFile(t), a.kubeconfig
	var wrote atomic.Bool
	a.kubeconfig = forwarding(t, a.cp, func(w http.ResponseWriter, r *http.Request, forward func(http.ResponseWriter)) {
		if wrote.Load() && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/pods/etl-exec-1") {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		forward(w)
		if writes(r) && strings.HasSuffix(r.URL.Path, "/pods/etl-exec-2/resize") {
			wrote.Store(true)
		}
	})
	end := a.kubelet(nil)
	out, errs = a.run(plugin.ExitFailed, "tune", "--live", "--apply", "--record="+record)
	a.wants(out, "Pod/etl-exec-1 in namespace "+a.ns+": what its node made of it was not read", "Pod/etl-exec-2 in namespace "+a.ns+": resized by its node")
	a.wants(errs, "--rollback "+record)
	a.kubeconfig = direct
	zero := int64(0)
	if err := a.cp.Client().CoreV1().Pods(a.ns).Delete(t.Context(), "etl-exec-1", metav1.DeleteOptions{GracePeriodSeconds: &zero}); err != nil {
		t.Fatal(err)
	}
	out, _ = a.run(0, "tune", "--rollback", record)
	end()
	a.wants(out, "Pod/etl-exec-1 in namespace "+a.ns, "it was deleted since", "Pod/etl-exec-2 in namespace "+a.ns+": resized by its node")
	if two := a.size("etl-exec-2"); two != "500m 1408Mi 1408Mi" {
		t.Errorf("taken back to %s", two)
	}
}
