package manifests

import (
	"strings"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Read gives the options that a live webhook configuration was made from, as far as it shows them.
func Read(c *admissionv1.MutatingWebhookConfiguration) Options {
	o := Options{Namespace: c.Annotations[NamespaceAnnotation], CertManager: c.Annotations[certmanager.WantInjectAnnotation] != "", Paused: Paused(c), Scope: ScopeAll}
	o.readMonitoring(c.Annotations)
	if len(c.Webhooks) == 0 {
		return o
	}
	w := &c.Webhooks[0]
	if w.ClientConfig.URL != nil {
		o.URL = strings.TrimSuffix(*w.ClientConfig.URL, Path)
	}
	if w.ClientConfig.Service != nil && o.Namespace == "" {
		o.Namespace = w.ClientConfig.Service.Namespace
	}
	if w.NamespaceSelector != nil {
		for _, e := range w.NamespaceSelector.MatchExpressions {
			if e.Key == "kubectl-spark.io/inject" && e.Operator == metav1.LabelSelectorOpIn {
				o.Scope = ScopeLabelled
			}
		}
	}
	// A given bundle has to be written again; one of the server's own is left to the server.
	if c.Annotations[CAAnnotation] == Given {
		o.CABundle = w.ClientConfig.CABundle
	}
	return o
}

// Paused says whether the configuration sends no pod to any of its webhooks.
func Paused(c *admissionv1.MutatingWebhookConfiguration) bool {
	for i := range c.Webhooks {
		never := false
		for _, m := range c.Webhooks[i].MatchConditions {
			never = never || m == paused()
		}
		if !never {
			return false
		}
	}
	return len(c.Webhooks) > 0
}

// Pause is the configuration as PauseManager applies it: the condition that lets no pod through, and nothing else.
// Applied without it, the condition goes, and the configuration is what it was. since, where it is not empty, says
// from when on edits are made again.
func Pause(c *admissionv1.MutatingWebhookConfiguration, pause bool, since string) map[string]any {
	// The uid guards against bringing back what was deleted meanwhile.
	meta := map[string]any{"name": c.Name, "uid": string(c.UID)}
	if since != "" {
		meta["annotations"] = map[string]any{SinceAnnotation: since}
	}
	out := map[string]any{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": meta}
	if !pause {
		return out
	}
	var webhooks []any
	for i := range c.Webhooks {
		condition := map[string]any{"name": paused().Name, "expression": paused().Expression}
		webhooks = append(webhooks, map[string]any{"name": c.Webhooks[i].Name, "matchConditions": []any{condition}})
	}
	out["webhooks"] = webhooks
	return out
}
