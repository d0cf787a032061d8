// Package manifests holds what install applies: YAML files that are embedded, read into objects, and completed from
// options. No text is templated.
package manifests

import (
	_ "embed" // the YAML files
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
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
	Namespace       string // of the server; "": kubectl-spark
	Image           string // with its tag or digest; required for a server in the cluster
	ImagePullSecret string // name of a Secret of the namespace; "": none
	PriorityClass   string // of the server's pods; "": the cluster's default
	Reach
	Profile     string // "": standard
	Shadow      bool   // the server changes nothing
	Scope       Scope  // "": all
	Paused      bool   // no pod is sent
	CertManager bool   // cert-manager makes the certificates, not the server
	URL         string // https://host:port of a server outside of the cluster; "": the Service
	CABundle    []byte // PEM; nil: the server, or cert-manager, writes it
}

func (o *Options) complete() {
	if o.Namespace == "" {
		o.Namespace = DefaultNamespace
	}
	if o.Profile == "" {
		o.Profile = "standard"
	}
	if o.Scope == "" {
		o.Scope = ScopeAll
	}
}

// Validate says what is wrong with the options.
func (o Options) Validate() error {
	o.complete()
	if o.URL != "" {
		u, err := url.Parse(o.URL)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("URL %q: must be https://host:port, without user, query or fragment", o.URL)
		}
	}
	if o.Scope != ScopeAll && o.Scope != ScopeLabelled {
		return fmt.Errorf("scope %q: must be all or labelled", o.Scope)
	}
	if err := o.Reach.validate(); err != nil {
		return err
	}
	if o.URL != "" && o.CertManager {
		return errors.New("cert-manager's certificates are for a server in the cluster, and a URL names one outside")
	}
	for what, name := range map[string]string{"namespace": o.Namespace, "image pull secret": o.ImagePullSecret, "priority class": o.PriorityClass} {
		if name != "" && (len(name) > 253 || !regexp.MustCompile(`^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$`).MatchString(name)) {
			return fmt.Errorf("%s %q: must be lower case letters, digits, hyphens and dots", what, name)
		}
	}
	if o.Namespace == "kube-system" {
		return errors.New("namespace kube-system: its pods are never sent to a webhook of ours, and it cannot be taken away again; give another")
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

// must reads an embedded file; a test reads them all.
func must(text []byte, into any) {
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		panic(fmt.Errorf("embedded manifest: %w", err))
	}
}

// JSON is an object as it is applied: without the status and the empty fields that Go's types always write.
func JSON(o Object) ([]byte, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	delete(fields, "status")
	prune(fields)
	return json.Marshal(fields)
}

// prune takes out null values, and the empty maps that stand for zero structs. An emptyDir is one that means something.
func prune(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if m, ok := value.(map[string]any); value == nil || ok && len(m) == 0 && (key == "resources" || key == "strategy" || key == "metadata") {
				delete(v, key)
				continue
			}
			prune(value)
		}
	case []any:
		for _, item := range v {
			prune(item)
		}
	}
}

// Reference names an object for people: its kind, its name and the namespace that it stands in.
func Reference(o Object) string {
	name := o.GetObjectKind().GroupVersionKind().Kind + "/" + o.GetName()
	if o.GetNamespace() != "" {
		name += " in " + o.GetNamespace()
	}
	return name
}
