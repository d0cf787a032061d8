package integration

import (
	"context"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// TestTheProofGoesRoundANamespaceThatOptedOut: default is where a pod is tried, unless it has opted out.
func TestTheProofGoesRoundANamespaceThatOptedOut(t *testing.T) {
	s := newSite(t)
	label := func(ctx context.Context, value string) error {
		_, err := s.cp.Client().CoreV1().Namespaces().Patch(ctx, metav1.NamespaceDefault, types.MergePatchType, []byte(`{"metadata":{"labels":{"`+rule.InjectLabel+`":`+value+`}}}`), metav1.PatchOptions{})
		return err
	}
	if err := label(t.Context(), `"disabled"`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := label(s.background(), "null"); err != nil {
			t.Error(err)
		}
	})
	// The control plane runs no controller that would give every namespace its account.
	all, err := s.cp.Client().CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, ns := range all.Items {
		if !strings.HasPrefix(ns.Name, "kube-") { // there a pod is not tried, and could not be
			_, _ = s.cp.Client().CoreV1().ServiceAccounts(ns.Name).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}, metav1.CreateOptions{})
		}
	}
	replicas := s.servers(1)
	if out := s.run(0, "install", "--url=https://"+replicas[0].address, "--profile=safe"); !strings.Contains(out, "would be injected") {
		t.Errorf("install proves nothing:\n%s", out)
	}
	out := s.status(0)
	if !out.Healthy || out.Proof.Gap != "" || !out.Proof.Reached || out.Proof.Namespace == "" || out.Proof.Namespace == metav1.NamespaceDefault || out.Proof.Namespace == s.namespace {
		t.Errorf("status %+v", out)
	}
}

// TestUninstallLeavesANamespaceWithAnOperatorsResource, in a cluster that knows that kind.
func TestUninstallLeavesANamespaceWithAnOperatorsResource(t *testing.T) {
	s := newSite(t)
	const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	put(t, s.cp, crds, applicationCRD)
	t.Cleanup(func() { remove(t, s.cp, crds+"/sparkapplications.sparkoperator.k8s.io") })
	s.run(0, "install", "--url=https://127.0.0.1:1", "--ca-file="+s.cp.CAFile(), "-n", s.namespace, "--wait=false")
	put(t, s.cp, "/apis/sparkoperator.k8s.io/v1beta2/namespaces/"+s.namespace+"/sparkapplications", application)
	if out := s.run(0, "uninstall"); !strings.Contains(out, "Namespace/"+s.namespace+" stays: it holds other objects, as SparkApplication/pi") {
		t.Errorf("uninstall says\n%s", out)
	}
	ns, err := s.cp.Client().CoreV1().Namespaces().Get(t.Context(), s.namespace, metav1.GetOptions{})
	if err != nil || ns.DeletionTimestamp != nil {
		t.Errorf("the namespace: %v, %v", ns, err)
	}
}
