package manifests_test

import (
	"net/netip"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// caller is who opens a connection: a pod, or a process of a node, which has an address alone.
type caller struct {
	ip        string
	namespace labels.Set // nil: no pod
	pod       labels.Set
}

// matches says whether a selector takes labels; none takes all.
func matches(t *testing.T, s *metav1.LabelSelector, l labels.Set) bool {
	t.Helper()
	if s == nil {
		return true
	}
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		t.Fatal(err)
	}
	return selector.Matches(l)
}

// isPeer says whether the caller is one that a peer names: by its address, or as a pod of a namespace. A peer with a selector of pods
// alone names those of the policy's own namespace.
func (c caller) isPeer(t *testing.T, p networkingv1.NetworkPolicyPeer, own string) bool {
	t.Helper()
	if p.IPBlock != nil {
		in := func(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(netip.MustParseAddr(c.ip)) }
		return in(p.IPBlock.CIDR) && !slices.ContainsFunc(p.IPBlock.Except, in)
	}
	if c.namespace == nil || p.NamespaceSelector == nil && c.namespace[corev1.LabelMetadataName] != own {
		return false
	}
	return matches(t, p.NamespaceSelector, c.namespace) && matches(t, p.PodSelector, c.pod)
}

// lets decides as the API's definition of NetworkPolicies has it: a policy that selects the pod lets in what one of its rules names,
// by port and by peer, and nothing else; a rule without ports or without peers means all of them.
func lets(t *testing.T, p *networkingv1.NetworkPolicy, to *corev1.PodTemplateSpec, c caller, port int32) bool {
	t.Helper()
	if !slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeIngress) || !matches(t, &p.Spec.PodSelector, to.Labels) {
		return true // the policy does not speak of this pod's callers
	}
	is := func(of networkingv1.NetworkPolicyPort) bool {
		if of.Protocol != nil && *of.Protocol != corev1.ProtocolTCP {
			return false
		}
		if of.EndPort != nil {
			t.Fatal("a range of ports is not decided here")
		}
		if of.Port == nil || of.Port.Type == intstr.Int {
			return of.Port == nil || of.Port.IntVal == port
		}
		return slices.ContainsFunc(to.Spec.Containers, func(container corev1.Container) bool {
			return slices.ContainsFunc(container.Ports, func(has corev1.ContainerPort) bool { return has.Name == of.Port.StrVal && has.ContainerPort == port })
		})
	}
	return slices.ContainsFunc(p.Spec.Ingress, func(r networkingv1.NetworkPolicyIngressRule) bool {
		return (len(r.Ports) == 0 || slices.ContainsFunc(r.Ports, is)) &&
			(len(r.From) == 0 || slices.ContainsFunc(r.From, func(peer networkingv1.NetworkPolicyPeer) bool { return c.isPeer(t, peer, p.Namespace) }))
	})
}

// TestWhoMayConnectToWhichPort decides for callers that clusters have; nothing here enforces a policy, as a network of a cluster does.
func TestWhoMayConnectToWhichPort(t *testing.T) {
	const webhook, metrics, other = 9443, 8080, 10250
	in := func(namespace string, pod labels.Set) caller {
		return caller{"10.244.0.9", labels.Set{corev1.LabelMetadataName: namespace}, pod}
	}
	callers := map[string]caller{
		"the API server":                           {ip: "10.0.0.1"},
		"the API server by IPv6":                   {ip: "fd00::1"},
		"another node":                             {ip: "10.0.0.77"},
		"somebody outside":                         {ip: "203.0.113.5"},
		"konnectivity's agent":                     in("kube-system", labels.Set{"k8s-app": "konnectivity-agent"}),
		"who names himself konnectivity's agent":   in("tenant", labels.Set{"k8s-app": "konnectivity-agent"}),
		"a tenant's pod":                           in("tenant", labels.Set{"spark-role": "driver"}),
		"a pod of the webhook's namespace":         in("team", nil),
		"Prometheus in its namespace":              in("monitoring", labels.Set{"app.kubernetes.io/name": "prometheus"}),
		"some other pod of Prometheus's namespace": in("monitoring", labels.Set{"app": "grafana"}),
		"who names himself Prometheus":             in("tenant", labels.Set{"app.kubernetes.io/name": "prometheus"}),
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
				if got := lets(t, policy, pod, from, port); got != may {
					t.Errorf("%s: %s may connect to port %d: %v, want %v", name, who, port, got, may)
				}
			}
		}
		stranger := &corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "x"}}, Spec: pod.Spec}
		if !lets(t, policy, stranger, callers["a tenant's pod"], other) {
			t.Errorf("%s: the policy is about pods that are not ours", name)
		}
	}
}
