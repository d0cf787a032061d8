package neighbour

import (
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// admission is the operator's webhook, which edits pods when they are created.
type admission struct {
	operator []admissionv1.WebhookClientConfig // of Kubeflow's webhook for pods
	ready    map[Ref]bool                      // Services of which endpoints were read: is any ready
}

func newAdmission() admission { return admission{ready: map[Ref]bool{}} }

func (a *admission) addWebhooks(c *admissionv1.MutatingWebhookConfiguration) {
	for i := range c.Webhooks {
		w := &c.Webhooks[i]
		// The names differ between charts and releases, all of them in the operator's own domain.
		if seesPods(w.Rules) && strings.HasSuffix(w.Name, ".sparkoperator.k8s.io") {
			a.operator = append(a.operator, w.ClientConfig)
		}
	}
}

func seesPods(rules []admissionv1.RuleWithOperations) bool {
	return slices.ContainsFunc(rules, func(r admissionv1.RuleWithOperations) bool {
		return slices.Contains(r.Resources, "pods") || slices.ContainsFunc(r.Resources, func(s string) bool { return strings.HasPrefix(s, "*") })
	})
}

func (a *admission) addEndpoints(slice *discoveryv1.EndpointSlice) {
	at := Ref{slice.Namespace, slice.Labels[discoveryv1.LabelServiceName]}
	a.ready[at] = a.ready[at] || slices.ContainsFunc(slice.Endpoints, func(e discoveryv1.Endpoint) bool {
		return e.Conditions.Ready == nil || *e.Conditions.Ready
	})
}

// OperatorServices are the Services behind the webhook by which Kubeflow's operator edits its pods: whether it answers
// hangs on their endpoints.
func (s *Set) OperatorServices() (out []Ref) {
	for _, c := range s.admission.operator {
		if c.Service != nil {
			out = append(out, Ref{c.Service.Namespace, c.Service.Name})
		}
	}
	return out
}

// OperatorWebhook says whether that webhook is registered with something ready behind it, and else why not, to follow
// "the webhook": is not registered.
func (s *Set) OperatorWebhook() (works spark.Answer, reason string) {
	if !s.whole("MutatingWebhookConfiguration", "") {
		return spark.Unknown, ""
	}
	works, reason = spark.No, "is not registered"
	for _, c := range s.admission.operator {
		if c.Service == nil {
			return spark.Unknown, "" // somewhere outside of the cluster: it cannot be told
		}
		at := Ref{c.Service.Namespace, c.Service.Name}
		switch {
		case s.admission.ready[at]:
			return spark.Yes, ""
		case !s.whole("EndpointSlice", at.Namespace):
			return spark.Unknown, ""
		}
		reason = "has no ready pod for its Service " + at.Namespace + "/" + at.Name
	}
	return works, reason
}
