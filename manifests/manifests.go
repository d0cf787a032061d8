// Package manifests holds what install applies: YAML files that are embedded, read into typed objects, and
// completed from options. No text is templated.
package manifests

import (
	_ "embed" // the YAML files
	"errors"
	"fmt"
	"net/url"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// Names that install, uninstall, status and the server agree on.
const (
	WebhookName      = "00-kubectl-spark" // of the MutatingWebhookConfiguration
	DefaultNamespace = "kubectl-spark"
	ServiceName      = "spark-webhook" // of the Service, the Deployment and the ServiceAccount
	FieldManager     = "kubectl-spark"
	Path             = "/mutate"
)

// Scope says which of the pods that a launcher labelled are sent to the webhook.
type Scope string

// The scopes.
const (
	ScopeAll      Scope = "all"      // those of all namespaces that did not opt out
	ScopeLabelled Scope = "labelled" // those of namespaces labelled kubectl-spark.io/inject=enabled
)

// Options completes the manifests.
type Options struct {
	Namespace string // of the server; "": kubectl-spark
	URL       string // https://host:port of a server outside of the cluster; "": the Service
	CABundle  []byte // PEM; nil: the server, or cert-manager, writes it
	Scope     Scope  // "": all
	Paused    bool   // no pod is sent
	// CertManager is the NAMESPACE/NAME of a cert-manager Certificate whose CA its injector writes into the bundles.
	CertManager string
}

// Validate says what is wrong with the options.
func (o Options) Validate() error {
	if o.URL != "" {
		u, err := url.Parse(o.URL)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("URL %q: must be https://host:port, without user, query or fragment", o.URL)
		}
	}
	if o.Scope != "" && o.Scope != ScopeAll && o.Scope != ScopeLabelled {
		return fmt.Errorf("scope %q: must be all or labelled", o.Scope)
	}
	if o.URL != "" && o.CertManager != "" {
		return errors.New("cert-manager's bundle is for a server in the cluster, and a URL names one outside")
	}
	return nil
}

//go:embed webhook.yaml
var webhookYAML []byte

// WebhookConfiguration is what the API server sends to the webhook. It panics on options that Validate refuses.
func WebhookConfiguration(o Options) *admissionv1.MutatingWebhookConfiguration {
	if err := o.Validate(); err != nil {
		panic(err)
	}
	if o.Namespace == "" {
		o.Namespace = DefaultNamespace
	}
	c := &admissionv1.MutatingWebhookConfiguration{}
	must(webhookYAML, c)
	if o.CertManager != "" {
		c.Annotations = map[string]string{"cert-manager.io/inject-ca-from": o.CertManager}
	}
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
			w.MatchConditions = append(w.MatchConditions, admissionv1.MatchCondition{Name: "paused", Expression: "false"})
		}
	}
	return c
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

// must reads an embedded file; a test reads them all.
func must(text []byte, into any) {
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		panic(fmt.Errorf("embedded manifest: %w", err))
	}
}
