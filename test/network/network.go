// Package network decides which connections NetworkPolicies allow, as the API's definition has it. Nothing here enforces a policy, as a
// network of a cluster does. Start with [Cluster.Allows].
package network

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// End is one end of a connection: a pod, or an address alone, as that of a node, of the API server or of a host outside.
type End struct {
	IP        string
	Namespace labels.Set // its labels; nil: no pod
	Labels    labels.Set
	Ports     map[string]int32 // of the pod's containers, by their names
}

// Pod is a pod of a namespace that has the label that every namespace has.
func Pod(namespace string, t *corev1.PodTemplateSpec) End {
	e := End{IP: "10.244.0.9", Namespace: labels.Set{corev1.LabelMetadataName: namespace}, Labels: labels.Set{}, Ports: map[string]int32{}}
	if t != nil {
		e.Labels = t.Labels
		for i := range t.Spec.Containers {
			for _, port := range t.Spec.Containers[i].Ports {
				e.Ports[port.Name] = port.ContainerPort
			}
		}
	}
	return e
}

// Labelled is a pod of a namespace with labels.
func Labelled(namespace string, of map[string]string) End {
	e := Pod(namespace, nil)
	e.Labels = of
	return e
}

// Address is an end that is no pod.
func Address(ip string) End { return End{IP: ip} }

func (e End) in() string { return e.Namespace[corev1.LabelMetadataName] }

// Port is a port with its protocol.
type Port struct {
	Number   int32
	Protocol corev1.Protocol
}

// TCP is a port of that protocol.
func TCP(number int32) Port { return Port{number, corev1.ProtocolTCP} }

// Cluster holds the policies that there are.
type Cluster []networkingv1.NetworkPolicy

// Allows says whether one end may connect to a port of another: the policies that select the one that connects must allow it, and so
// must those that select the other. Policies of one pod add up, and a pod that none selects is free.
func (c Cluster) Allows(from, to End, port Port) bool {
	return c.direction(networkingv1.PolicyTypeEgress, from, to, to, port) && c.direction(networkingv1.PolicyTypeIngress, to, from, to, port)
}

// direction decides for the pod self, whose peer is other. The port is always that of the end which is connected to.
func (c Cluster) direction(of networkingv1.PolicyType, self, other, to End, port Port) bool {
	limited := false
	for i := range c {
		p := &c[i]
		if self.Namespace == nil || p.Namespace != self.in() || !speaks(p, of) || !matches(&p.Spec.PodSelector, self.Labels) {
			continue
		}
		limited = true
		for _, r := range rules(p, of) {
			if (len(r.ports) == 0 || slices.ContainsFunc(r.ports, func(one networkingv1.NetworkPolicyPort) bool { return is(one, to, port) })) &&
				(len(r.peers) == 0 || slices.ContainsFunc(r.peers, func(peer networkingv1.NetworkPolicyPeer) bool { return other.isPeer(peer, p.Namespace) })) {
				return true
			}
		}
	}
	return !limited
}

type direction struct {
	ports []networkingv1.NetworkPolicyPort
	peers []networkingv1.NetworkPolicyPeer
}

func rules(p *networkingv1.NetworkPolicy, of networkingv1.PolicyType) (all []direction) {
	if of == networkingv1.PolicyTypeIngress {
		for _, r := range p.Spec.Ingress {
			all = append(all, direction{r.Ports, r.From})
		}
		return all
	}
	for _, r := range p.Spec.Egress {
		all = append(all, direction{r.Ports, r.To})
	}
	return all
}

// speaks says whether a policy limits a direction. The API server fills in the types where there are none.
func speaks(p *networkingv1.NetworkPolicy, of networkingv1.PolicyType) bool {
	if len(p.Spec.PolicyTypes) == 0 {
		return of == networkingv1.PolicyTypeIngress || len(p.Spec.Egress) > 0
	}
	return slices.Contains(p.Spec.PolicyTypes, of)
}

// matches says whether a selector takes labels; none takes all.
func matches(s *metav1.LabelSelector, l labels.Set) bool {
	if s == nil {
		return true
	}
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		panic(fmt.Sprintf("a selector that no API server takes: %v", err))
	}
	return selector.Matches(l)
}

// isPeer says whether an end is one that a peer names: by its address, or as a pod of a namespace. A peer with a selector of pods alone
// names those of the policy's own namespace.
func (e End) isPeer(p networkingv1.NetworkPolicyPeer, own string) bool {
	if p.IPBlock != nil {
		in := func(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(netip.MustParseAddr(e.IP)) }
		return in(p.IPBlock.CIDR) && !slices.ContainsFunc(p.IPBlock.Except, in)
	}
	if e.Namespace == nil || p.NamespaceSelector == nil && e.in() != own {
		return false
	}
	return matches(p.NamespaceSelector, e.Namespace) && matches(p.PodSelector, e.Labels)
}

// is says whether a port is one that a policy names: by its number, by the name that the pod gives it, or in a range.
func is(of networkingv1.NetworkPolicyPort, to End, port Port) bool {
	protocol := corev1.ProtocolTCP
	if of.Protocol != nil {
		protocol = *of.Protocol
	}
	switch {
	case protocol != port.Protocol:
		return false
	case of.Port == nil:
		return true
	case of.Port.Type == intstr.String:
		number, has := to.Ports[of.Port.StrVal]
		return has && number == port.Number
	case of.EndPort != nil:
		return of.Port.IntVal <= port.Number && port.Number <= *of.EndPort
	}
	return of.Port.IntVal == port.Number
}
