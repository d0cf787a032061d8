package manifests_test

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/manifests/companions"
	"github.com/kubectl-spark/kubectl-spark/test/network"
)

// TestWhoMayConnectToWhichPort decides for callers that clusters have.
func TestWhoMayConnectToWhichPort(t *testing.T) {
	const webhook, metrics, other = 9443, 8080, 10250
	in := network.Labelled
	callers := map[string]network.End{
		"the API server":                           network.Address("10.0.0.1"),
		"the API server by IPv6":                   network.Address("fd00::1"),
		"another node":                             network.Address("10.0.0.77"),
		"somebody outside":                         network.Address("203.0.113.5"),
		"konnectivity's agent":                     in("kube-system", map[string]string{"k8s-app": "konnectivity-agent"}),
		"who names himself konnectivity's agent":   in("tenant", map[string]string{"k8s-app": "konnectivity-agent"}),
		"a tenant's pod":                           in("tenant", map[string]string{"spark-role": "driver"}),
		"a pod of the webhook's namespace":         in("team", nil),
		"Prometheus in its namespace":              in("monitoring", map[string]string{"app.kubernetes.io/name": "prometheus"}),
		"some other pod of Prometheus's namespace": in("monitoring", map[string]string{"app": "grafana"}),
		"who names himself Prometheus":             in("tenant", map[string]string{"app.kubernetes.io/name": "prometheus"}),
	}
	apiServer := []string{"the API server", "the API server by IPv6", "konnectivity's agent"}
	named := []string{"Prometheus in its namespace", "who names himself Prometheus"}
	for name, c := range map[string]struct {
		reach           manifests.Reach
		webhook, scrape []string // who may; of webhook nil: all
	}{
		"addresses that install found": {manifests.Reach{APIServer: []string{"10.0.0.1/32", "fd00::1/128"}}, apiServer, named},
		"a namespace that scrapes": {manifests.Reach{APIServer: []string{"10.0.0.1/32", "fd00::1/128"}, ScrapeFrom: []string{"monitoring"}}, apiServer,
			[]string{"Prometheus in its namespace", "some other pod of Prometheus's namespace"}},
		"a range":             {manifests.Reach{APIServer: []string{"10.0.0.0/24"}, APIServerGiven: true}, []string{"the API server", "another node", "konnectivity's agent"}, named},
		"any address":         {manifests.Reach{APIServerGiven: true}, nil, named},
		"no address is known": {manifests.Reach{}, nil, named},
	} {
		var policy *networkingv1.NetworkPolicy
		var pod *corev1.PodTemplateSpec
		for _, object := range manifests.Server(manifests.Options{Namespace: "team", Image: "x", Reach: c.reach}) {
			switch o := object.(type) {
			case *networkingv1.NetworkPolicy:
				policy = o
			case *appsv1.Deployment:
				pod = &o.Spec.Template
			}
		}
		for who, from := range callers {
			for port, may := range map[int32]bool{
				webhook: c.webhook == nil || slices.Contains(c.webhook, who),
				metrics: slices.Contains(c.scrape, who),
				other:   false,
			} {
				if got := (network.Cluster{*policy}).Allows(from, network.Pod("team", pod), network.TCP(port)); got != may {
					t.Errorf("%s: %s may connect to port %d: %v, want %v", name, who, port, got, may)
				}
			}
		}
		stranger := &corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "x"}}, Spec: pod.Spec}
		if !(network.Cluster{*policy}).Allows(callers["a tenant's pod"], network.Pod("team", stranger), network.TCP(other)) {
			t.Errorf("%s: the policy is about pods that are not ours", name)
		}
	}
}

// TestScrapersAreThoseOfCompanions: the webhook and Spark's pods are read by the same pods.
func TestScrapersAreThoseOfCompanions(t *testing.T) {
	for _, object := range manifests.Server(manifests.Options{Namespace: "team", Image: "x"}) {
		if policy, is := object.(*networkingv1.NetworkPolicy); is {
			if got := policy.Spec.Ingress[1].From[0].PodSelector.MatchExpressions[0].Values; !slices.Equal(got, companions.Scrapers()) {
				t.Errorf("the webhook's policy lets in %v, and those of Spark's pods let in %v", got, companions.Scrapers())
			}
		}
	}
}
