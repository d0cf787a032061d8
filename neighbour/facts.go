package neighbour

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// What the neighbours of a pod tell rules.
var (
	// FactNamespace is the pod's namespace.
	FactNamespace = rule.NewFact[Namespace]("the Namespace")
	// FactQuotas are the ResourceQuotas of the namespace; a part, where there may be more.
	FactQuotas = rule.NewFact[[]Quota]("the ResourceQuotas")
	// FactLimits are the LimitRanges of the namespace; a part, where there may be more.
	FactLimits = rule.NewFact[[]LimitRange]("the LimitRanges")
	// FactBounds judges an edit of a pod that is about to be made. It is known at admission only.
	FactBounds = rule.NewFact[Bounds]("the quotas and LimitRanges for new pods")
	// FactPolicies are the NetworkPolicies that select the pod; a part, where there may be more.
	FactPolicies = rule.NewFact[[]Policy]("the NetworkPolicies")
	// FactNodes are the nodes; a part, where there may be more.
	FactNodes = rule.NewFact[[]Node]("the nodes")
	// FactObjects answers which objects the namespace has.
	FactObjects = rule.NewFact[Objects]("the objects of the namespace")
	// FactLinks is how many Services the namespace has: each sets variables in every container.
	FactLinks = rule.NewFact[int]("the number of Services")
	// FactRights answers what the pod's ServiceAccount may do, or without a pod any account that Of names.
	FactRights = rule.NewFact[Rights]("the Roles and RoleBindings")
	// FactServices are the ways to the pod; empty where nothing leads to it.
	FactServices = rule.NewFact[[]Exposure]("the Services")
	// FactOperator is the state of the operator's own webhook, and what hangs on it: known only in part where something
	// does and the state is not known.
	FactOperator = rule.NewFact[Operator]("the operator's webhook")
	// FactMonitors answers who has the pod scraped by objects of the Prometheus Operator, where that is in use.
	FactMonitors = rule.NewFact[Monitors]("the PodMonitors, ServiceMonitors and Prometheus objects")
)

// FactOf is the fact that an object of the kind tells; nil where that is none of these.
func FactOf(kind string) rule.Key {
	switch kind {
	case "Namespace":
		return FactNamespace
	case "ResourceQuota":
		return FactQuotas
	case "LimitRange":
		return FactLimits
	case "NetworkPolicy":
		return FactPolicies
	case "Node":
		return FactNodes
	case "DaemonSet":
		return FactLogAgents
	case "Deployment", "StatefulSet":
		return FactEventLogs
	case "ConfigMap", "Secret", "PersistentVolumeClaim", "StorageClass", "ServiceAccount":
		return FactObjects
	case "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding":
		return FactRights
	case "Service", "Ingress":
		return FactServices
	case "MutatingWebhookConfiguration", "EndpointSlice":
		return FactOperator
	case kindPodMonitor, kindServiceMonitor, kindPrometheus, "PrometheusAgent":
		return FactMonitors
	}
	if strings.HasSuffix(kind, "Route") {
		return FactServices
	}
	return nil
}

// Put puts what is known of the neighbours of a pod in a namespace: of one that runs, or of one predicted whole, with its
// labels. Without a pod only the namespace is told of.
func (s *Set) Put(f *rule.Facts, namespace string, t *corev1.PodTemplateSpec) {
	if n := s.namespaces[namespace]; n != nil {
		rule.Put(f, FactNamespace, *n)
	} else if s.everywhere != nil {
		rule.Put(f, FactNamespace, Namespace{namespace, s.everywhere.Labels, s.everywhere.Annotations})
	}
	put(f, FactQuotas, s.quotas[namespace], s.whole("ResourceQuota", namespace))
	put(f, FactLimits, s.limits[namespace], s.whole("LimitRange", namespace))
	nodes := s.nodesWithRoom()
	put(f, FactNodes, nodes.Items, nodes.Whole)
	if s.whole("DaemonSet", "") {
		rule.Put(f, FactLogAgents, s.agents)
	}
	rule.Put(f, FactObjects, Objects{s, namespace})
	if s.accounted(namespace) {
		rule.Put(f, FactAccounts, Objects{s, namespace})
	}
	if s.whole("Service", namespace) {
		rule.Put(f, FactLinks, s.exposure.counts[namespace])
	}
	if t == nil {
		rule.Put(f, FactRights, Rights{s, namespace, ""})
		return
	}
	rule.Put(f, FactRights, Rights{s, namespace, accountOf(&t.Spec)})
	policies := s.selecting(namespace, t.Labels)
	put(f, FactPolicies, policies, s.whole("NetworkPolicy", namespace))
	if s.networked(namespace) {
		rule.Put(f, FactNetwork, Network{s, namespace, policies})
	}
	if s.monitored() {
		rule.Put(f, FactMonitors, Monitors{s, namespace, t.Labels, &t.Spec})
	}
	if ways := s.exposures(namespace, t); ways != nil {
		rule.Put(f, FactServices, ways)
	}
}

// put puts a list: the whole of it, or the part that was seen.
func put[T any](f *rule.Facts, key *rule.Fact[[]T], items []T, whole bool) {
	if whole {
		rule.Put(f, key, items)
	} else {
		rule.PutPart(f, key, items)
	}
}

// accountOf is the ServiceAccount of a pod.
func accountOf(spec *corev1.PodSpec) string {
	for _, name := range [...]string{spec.ServiceAccountName, spec.DeprecatedServiceAccount} {
		if name != "" {
			return name
		}
	}
	return "default"
}

// exposures are nil where they are not known. Without a Service among files it is not known what leads to pods: Services
// may stand elsewhere. Where a route could not be read, only what was found to lead in from outside is known.
func (s *Set) exposures(namespace string, t *corev1.PodTemplateSpec) []Exposure {
	if s.cut("Service", namespace) != "" || len(s.exposure.named) == 0 && !s.whole("Service", namespace) {
		return nil
	}
	ways := s.exposure.of(namespace, t.Labels, &t.Spec)
	for _, way := range ways {
		if way.Outside {
			return ways
		}
	}
	for at := range s.cuts {
		if (at.namespace == "" || at.namespace == namespace) && (at.kind == "" || at.kind == "Ingress" || strings.HasSuffix(at.kind, "Route")) {
			return nil
		}
	}
	return ways
}

// Selects says that something in a namespace may select pods by their labels.
func (s *Set) Selects(namespace string) bool {
	return len(s.policies[namespace])+len(s.exposure.named) > 0
}

// SelectsBoth says that what selects pods by their labels selects both of two pods that differ in nothing else, or none.
func (s *Set) SelectsBoth(namespace string, a, b *corev1.PodTemplateSpec) bool {
	return reflect.DeepEqual(s.selecting(namespace, a.Labels), s.selecting(namespace, b.Labels)) &&
		reflect.DeepEqual(s.exposures(namespace, a), s.exposures(namespace, b))
}
