package neighbour

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Facts is what the neighbours of one pod say. What a field does not know it says by being nil or not whole.
type Facts struct {
	Namespace *Namespace // nil: not known
	Quotas    List[Quota]
	Limits    List[LimitRange]
	Policies  List[Policy] // those that select the pod
	Nodes     List[Node]
	Objects   Objects
	Rights    Rights // of the pod's ServiceAccount
	// Exposures are the ways to the pod: nil where they are not known, empty where nothing leads to it.
	Exposures []rule.Exposure
}

// For gives what is known of the neighbours of a pod in a namespace: of one that runs, or of one predicted whole, with
// its labels.
func (s *Set) For(namespace string, t *corev1.PodTemplateSpec) Facts {
	facts := Facts{
		Namespace: s.namespaces[namespace],
		Quotas:    List[Quota]{s.quotas[namespace], s.whole("ResourceQuota", namespace)},
		Limits:    List[LimitRange]{s.limits[namespace], s.whole("LimitRange", namespace)},
		Nodes:     s.nodesWithRoom(),
		Objects:   Objects{s, namespace},
	}
	if t == nil {
		return facts
	}
	account := t.Spec.ServiceAccountName
	if account == "" {
		account = t.Spec.DeprecatedServiceAccount
	}
	if account == "" {
		account = "default"
	}
	facts.Rights = Rights{s, namespace, account}
	facts.Policies = List[Policy]{s.selecting(namespace, t.Labels), s.whole("NetworkPolicy", namespace)}
	facts.Exposures = s.exposures(namespace, t)
	return facts
}

// exposures are nil where they are not known. Without a Service among files it is not known what leads to pods: Services
// may stand elsewhere. Where a route could not be read, only what was found to lead in from outside is known.
func (s *Set) exposures(namespace string, t *corev1.PodTemplateSpec) []rule.Exposure {
	if s.cut("Service", namespace) != "" || len(s.ways.named) == 0 && !s.whole("Service", namespace) {
		return nil
	}
	ways := s.ways.to(namespace, t.Labels, &t.Spec)
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
