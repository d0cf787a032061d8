package neighbour

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// FactNetwork answers which NetworkPolicies hold for the pod, where a server was asked or files hold some.
var FactNetwork = rule.NewFact[Network]("the NetworkPolicies of the namespace")

// APIServerSlices are the namespace of the EndpointSlices that name the API server's addresses, and the Service that they are of.
const (
	APIServerNamespace = metav1.NamespaceDefault
	APIServerService   = "kubernetes"
)

// Endpoints are addresses with the ports that each of them serves.
type Endpoints struct {
	Addresses []netip.Addr
	Ports     []int32
}

// addAPIServer takes in where the API server is, if the slice says so.
func (s *Set) addAPIServer(slice *discoveryv1.EndpointSlice) {
	if slice.Namespace != APIServerNamespace || slice.Labels[discoveryv1.LabelServiceName] != APIServerService {
		return
	}
	var one Endpoints
	for i := range slice.Endpoints {
		for _, text := range slice.Endpoints[i].Addresses {
			if address, err := netip.ParseAddr(text); err == nil {
				one.Addresses = append(one.Addresses, address)
			}
		}
	}
	for _, port := range slice.Ports {
		if port.Port != nil {
			one.Ports = append(one.Ports, *port.Port)
		}
	}
	if len(one.Addresses) > 0 && len(one.Ports) > 0 {
		slices.SortFunc(one.Addresses, netip.Addr.Compare)
		slices.Sort(one.Ports)
		s.apiServer = append(s.apiServer, one)
		slices.SortFunc(s.apiServer, func(a, b Endpoints) int { return a.Addresses[0].Compare(b.Addresses[0]) })
	}
}

// Network answers which NetworkPolicies hold for a pod.
type Network struct {
	set       *Set
	namespace string
	own       []Policy // that select the pod
}

// networked says whether anything tells which NetworkPolicies a namespace has.
func (s *Set) networked(namespace string) bool {
	return s.whole("NetworkPolicy", namespace) || s.cut("NetworkPolicy", namespace) != "" || len(s.policies[namespace]) > 0
}

// Namespace is that of the pod.
func (n Network) Namespace() string { return n.namespace }

// Unread is why it is not known which policies there are; "" where it is. Files that hold some hold all.
func (n Network) Unread() string {
	if why := n.set.cut("NetworkPolicy", n.namespace); why != "" {
		return "the NetworkPolicies (" + why + ")"
	}
	return ""
}

// Live says that a server told all policies of the namespace.
func (n Network) Live() bool { return n.set.whole("NetworkPolicy", n.namespace) }

// Limits says whether a policy limits the pod's connections in one direction.
func (n Network) Limits(direction networkingv1.PolicyType) bool {
	return slices.ContainsFunc(n.own, func(p Policy) bool { return p.limits(direction) })
}

// DeniesAll says whether a policy selects every pod of the namespace in a direction, so that only what policies allow is allowed.
func (n Network) DeniesAll(direction networkingv1.PolicyType) bool {
	return slices.ContainsFunc(n.set.policies[n.namespace], func(p Policy) bool {
		return len(p.Spec.PodSelector.MatchLabels)+len(p.Spec.PodSelector.MatchExpressions) == 0 && p.limits(direction)
	})
}

// limits says whether a policy speaks of a direction. One that names none speaks of connections to its pods, and of those from them
// where it has rules for these.
func (p *Policy) limits(direction networkingv1.PolicyType) bool {
	if len(p.Spec.PolicyTypes) == 0 {
		return direction == networkingv1.PolicyTypeIngress || len(p.Spec.Egress) > 0
	}
	return slices.Contains(p.Spec.PolicyTypes, direction)
}

// APIServer is where the API server is, as the cluster tells it.
func (n Network) APIServer() ([]Endpoints, error) {
	if len(n.set.apiServer) > 0 {
		return n.set.apiServer, nil
	}
	return nil, fmt.Errorf("the API server's addresses are unknown: EndpointSlice %s/%s %s", APIServerNamespace, APIServerService,
		cmp.Or(strings.TrimSpace(n.set.cut("EndpointSlice", APIServerNamespace)), "was not read"))
}
