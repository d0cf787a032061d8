package cluster

import (
	"context"
	"encoding/json"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// OperatorWebhook is what is known of the webhook by which Kubeflow's operator edits the pods that it launches: that
// it is registered, and that an endpoint of its Service is ready.
func (r *Reader) OperatorWebhook(ctx context.Context) (rule.Operator, *Gap) {
	const group = "admissionregistration.k8s.io"
	var clients []admissionv1.WebhookClientConfig
	err := r.list(ctx, kind{group, "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations"}, Scope{}, func(raw []byte) error {
		var c admissionv1.MutatingWebhookConfiguration
		if err := json.Unmarshal(raw, &c); err != nil {
			return err
		}
		for i := range c.Webhooks {
			// The names differ between charts and releases, all of them in the operator's own domain.
			if w := &c.Webhooks[i]; strings.HasSuffix(w.Name, ".sparkoperator.k8s.io") && seesPods(w.Rules) {
				clients = append(clients, w.ClientConfig)
			}
		}
		return nil
	})
	if err != nil {
		return rule.Operator{}, &Gap{Verb: "list", Group: group, Resource: "mutatingwebhookconfigurations", Fact: rule.FactOperator, Err: err}
	}
	known := rule.Operator{Webhook: spark.No, Why: "is not registered"}
	for _, c := range clients {
		if c.Service == nil {
			return rule.Operator{}, nil // somewhere outside of the cluster: it cannot be told
		}
		ready, gap := r.ready(ctx, c.Service.Namespace, c.Service.Name)
		if gap != nil {
			return rule.Operator{}, gap
		}
		if ready {
			return rule.Operator{Webhook: spark.Yes}, nil
		}
		known.Why = "has no ready pod behind its Service " + c.Service.Namespace + "/" + c.Service.Name
	}
	return known, nil
}

func seesPods(rules []admissionv1.RuleWithOperations) bool {
	for _, r := range rules {
		for _, resource := range r.Resources {
			if resource == "pods" || resource == "*" {
				return true
			}
		}
	}
	return false
}

// ready says whether any endpoint of a Service is.
func (r *Reader) ready(ctx context.Context, namespace, name string) (ready bool, gap *Gap) {
	const group = "discovery.k8s.io"
	scope := Scope{Namespace: namespace, Selector: discoveryv1.LabelServiceName + "=" + name}
	err := r.list(ctx, kind{group, "v1", "EndpointSlice", "endpointslices"}, scope, func(raw []byte) error {
		var slice discoveryv1.EndpointSlice
		if err := json.Unmarshal(raw, &slice); err != nil {
			return err
		}
		for _, e := range slice.Endpoints {
			ready = ready || e.Conditions.Ready == nil || *e.Conditions.Ready
		}
		return nil
	})
	if err != nil {
		return false, &Gap{Verb: "list", Group: group, Resource: "endpointslices", Namespace: namespace, Fact: rule.FactOperator, Err: err}
	}
	return ready, nil
}
