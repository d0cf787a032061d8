package manifests

import (
	_ "embed" // the YAML file
	"net/url"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

//go:embed webhook.yaml
var webhookYAML []byte

// WebhookConfiguration is what the API server sends to the webhook. It panics on options that Validate refuses.
func WebhookConfiguration(o Options) *admissionv1.MutatingWebhookConfiguration {
	if err := o.Validate(); err != nil {
		panic(err)
	}
	o.complete()
	c := &admissionv1.MutatingWebhookConfiguration{}
	must(webhookYAML, c)
	c.Annotations = map[string]string{NamespaceAnnotation: o.Namespace}
	if o.CertManager {
		c.Annotations[certmanager.WantInjectAnnotation] = o.Namespace + "/" + ServiceName
	}
	if o.CABundle != nil {
		c.Annotations[CAAnnotation] = Given
	}
	o.noteMonitoring(c.Annotations)
	for i := range c.Webhooks {
		w := &c.Webhooks[i]
		w.ClientConfig = client(o)
		names := &w.NamespaceSelector.MatchExpressions[0]
		names.Values = append(names.Values, o.Namespace)
		if o.Scope == ScopeLabelled {
			w.NamespaceSelector.MatchExpressions[1] = metav1.LabelSelectorRequirement{
				Key: "kubectl-spark.io/inject", Operator: metav1.LabelSelectorOpIn, Values: []string{"enabled"}}
		}
		if o.Paused {
			w.MatchConditions = append(w.MatchConditions, paused())
		}
	}
	return c
}

func paused() admissionv1.MatchCondition {
	return admissionv1.MatchCondition{Name: "paused", Expression: "false"}
}

func client(o Options) admissionv1.WebhookClientConfig {
	c := admissionv1.WebhookClientConfig{CABundle: o.CABundle}
	if o.URL != "" {
		u, _ := url.Parse(o.URL) // Validate has seen it
		if u.Path == "" || u.Path == "/" {
			u.Path = Path
		}
		text := u.String()
		c.URL = &text
		return c
	}
	path, port := Path, int32(443)
	c.Service = &admissionv1.ServiceReference{Namespace: o.Namespace, Name: ServiceName, Path: &path, Port: &port}
	return c
}
