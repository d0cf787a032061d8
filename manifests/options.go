package manifests

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"k8s.io/apimachinery/pkg/util/validation"
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
	Profile       string            // "": standard
	Shadow        bool              // the server changes nothing
	Scope         Scope             // "": all
	Paused        bool              // no pod is sent
	CertManager   bool              // cert-manager makes the certificates, not the server
	URL           string            // https://host:port of a server outside of the cluster; "": the Service
	CABundle      []byte            // PEM; nil: the server, or cert-manager, writes it
	Dashboards    bool              // ConfigMaps with Grafana's dashboards
	Alerts        bool              // a PrometheusRule
	AlertLabels   map[string]string // of the PrometheusRule
	Monitor       bool              // a PodMonitor of the webhook
	MonitorLabels map[string]string // of the PodMonitor
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

// validLabels says what is wrong with labels that a user gave for an object.
func validLabels(kind string, of map[string]string) error {
	for key, value := range of {
		if key == PartOfLabel || key == NameLabel {
			return fmt.Errorf("label %s of the %s: install marks its own objects with it; give another", key, kind)
		}
		if bad := append(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)...); len(bad) > 0 {
			return fmt.Errorf("label %q of the %s: %s", key+"="+value, kind, bad[0])
		}
	}
	return nil
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
	if err := errors.Join(validLabels("PrometheusRule", o.AlertLabels), validLabels("PodMonitor", o.MonitorLabels)); err != nil {
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
		return errors.New("namespace kube-system: its pods are never sent to the webhook, and uninstall cannot delete it; give another")
	}
	return nil
}
