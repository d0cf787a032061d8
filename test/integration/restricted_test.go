package integration

import (
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// TestRestrictedPodsPassANamespaceThatEnforcesIt creates captured pods, with an init container of the same image, where the
// API server enforces Pod Security's profile restricted: as Spark made them they are turned away, injected they are let in.
func TestRestrictedPodsPassANamespaceThatEnforcesIt(t *testing.T) {
	i := install(t)
	const enforce = "pod-security.kubernetes.io/enforce"
	free := i.cp.NewNamespace(t, rule.InjectLabel, "enabled")
	on, off := i.cp.NewNamespace(t, rule.InjectLabel, "enabled", enforce, "restricted"), i.cp.NewNamespace(t, rule.InjectLabel, "disabled", enforce, "restricted")
	for _, ns := range []string{free, on, off} {
		namespace(t, i.cp, ns)
	}
	eventually(t, i, free)
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, f := range all {
		if f.Case != "driver-jvm" && f.Case != "executor" {
			continue
		}
		tried++
		var review struct {
			Request struct{ Object corev1.Pod }
		}
		if err := json.Unmarshal(f.Review, &review); err != nil {
			t.Fatal(err)
		}
		sent := review.Request.Object
		sent.ObjectMeta = metav1.ObjectMeta{GenerateName: "p-", Labels: sent.Labels, Annotations: map[string]string{rule.ProfileAnnotation: string(rule.Restricted)}}
		sent.Spec.ServiceAccountName, sent.Spec.DeprecatedServiceAccount = "default", ""
		sent.Spec.InitContainers = []corev1.Container{{Name: "fetch", Image: sent.Spec.Containers[0].Image}}
		_, err := i.cp.Client().CoreV1().Pods(off).Create(t.Context(), sent.DeepCopy(), metav1.CreateOptions{})
		if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), `violates PodSecurity "restricted`) {
			t.Errorf("%s: not turned away as it is: %v", f.Name, err)
		}
		if got := create(t, i.cp, on, sent.DeepCopy()); !injected(got) {
			t.Errorf("%s was let in and is not injected", f.Name)
		}
	}
	if tried != 14 {
		t.Errorf("%d pods were tried", tried)
	}
}
