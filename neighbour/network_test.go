package neighbour

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"sigs.k8s.io/yaml"
)

// networkOf is what a set tells of a driver's pod in namespace a.
func networkOf(t *testing.T, s *Set, objects ...string) (n Network, known bool) {
	t.Helper()
	for _, text := range objects {
		raw, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		group, kind := "networking.k8s.io/v1", "NetworkPolicy"
		if strings.Contains(text, "addressType") {
			group, kind = "discovery.k8s.io/v1", "EndpointSlice"
		}
		if err := s.Add(group, kind, raw); err != nil {
			t.Fatal(err)
		}
	}
	pod := &corev1.PodTemplateSpec{}
	pod.Labels = map[string]string{"spark-role": "driver"}
	var f rule.Facts
	s.Put(&f, "a", pod)
	return rule.Known(&f, FactNetwork)
}

// TestWhichDirectionsPoliciesLimit: without types a policy speaks of connections to its pods, and of those from them where it has rules.
func TestWhichDirectionsPoliciesLimit(t *testing.T) {
	for name, c := range map[string]struct {
		policy        string
		in, out       bool
		allIn, allOut bool
	}{
		"ingress by default":   {"{metadata: {name: p, namespace: a}, spec: {podSelector: {matchLabels: {spark-role: driver}}}}", true, false, false, false},
		"rules of egress":      {"{metadata: {name: p, namespace: a}, spec: {podSelector: {matchLabels: {spark-role: driver}}, egress: [{}]}}", true, true, false, false},
		"egress alone":         {"{metadata: {name: p, namespace: a}, spec: {podSelector: {matchLabels: {spark-role: driver}}, policyTypes: [Egress]}}", false, true, false, false},
		"other pods":           {"{metadata: {name: p, namespace: a}, spec: {podSelector: {matchLabels: {spark-role: executor}}}}", false, false, false, false},
		"another namespace":    {"{metadata: {name: p, namespace: b}, spec: {podSelector: {}}}", false, false, false, false},
		"all pods":             {"{metadata: {name: p, namespace: a}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}", true, true, true, true},
		"all pods, by default": {"{metadata: {name: p, namespace: a}, spec: {podSelector: {}}}", true, false, true, false},
	} {
		n, known := networkOf(t, read("NetworkPolicy"), c.policy)
		in, out := networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress
		if !known || n.Limits(in) != c.in || n.Limits(out) != c.out || n.DeniesAll(in) != c.allIn || n.DeniesAll(out) != c.allOut {
			t.Errorf("%s: known %v, limits %v %v, denies all %v %v", name, known, n.Limits(in), n.Limits(out), n.DeniesAll(in), n.DeniesAll(out))
		}
	}
}

// TestWhatIsKnownOfTheNetwork: files without a policy say nothing of it; a server that refuses says why.
func TestWhatIsKnownOfTheNetwork(t *testing.T) {
	if _, known := networkOf(t, New()); known {
		t.Error("files without a policy tell of the network")
	}
	if n, known := networkOf(t, New(), "{metadata: {name: p, namespace: a}, spec: {podSelector: {matchLabels: {app: x}}}}"); !known || n.Live() || n.Unread() != "" {
		t.Errorf("files with a policy: %v", known)
	}
	s := New()
	s.Cut("NetworkPolicy", "a", "is forbidden")
	s.Cut("EndpointSlice", "default", "is forbidden")
	n, known := networkOf(t, s)
	_, err := n.APIServer()
	if !known || n.Unread() != "the NetworkPolicies (is forbidden)" || err == nil || !strings.HasSuffix(err.Error(), "default/kubernetes is forbidden") {
		t.Errorf("%v, %q, %v", known, n.Unread(), err)
	}
	const slice = "{addressType: IPv4, metadata: {name: e, namespace: NS, labels: {kubernetes.io/service-name: kubernetes}}, endpoints: [{addresses: [10.0.0.2, 10.0.0.1, example.com]}], ports: [{port: 6443}]}"
	n, _ = networkOf(t, read("NetworkPolicy"), strings.ReplaceAll(slice, "NS", "default"), strings.ReplaceAll(slice, "NS", "other"))
	if at, err := n.APIServer(); err != nil || len(at) != 1 || len(at[0].Addresses) != 2 || at[0].Addresses[0].String() != "10.0.0.1" || at[0].Ports[0] != 6443 {
		t.Errorf("%v, %v", at, err)
	}
}
