package manifests

import (
	"fmt"
	"net/netip"
	"regexp"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Reach says who may connect to the server's pods.
type Reach struct {
	APIServer      []string // CIDRs from which the API server calls; nil: any address may
	APIServerGiven bool     // a user named them, also that any address may
	ScrapeFrom     []string // namespaces whose pods may read the metrics; nil: pods of well-known scrapers in any namespace
}

func (r *Reach) validate() error {
	for _, cidr := range r.APIServer {
		if p, err := netip.ParsePrefix(cidr); err != nil || p != p.Masked() {
			return fmt.Errorf("address range of the API server %q: must be a CIDR without host bits, as 10.0.0.5/32", cidr)
		}
	}
	for _, name := range r.ScrapeFrom {
		if !regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`).MatchString(name) {
			return fmt.Errorf("namespace to scrape from %q: must be lower case letters, digits and hyphens", name)
		}
	}
	return nil
}

// scrapers are the values of the label app.kubernetes.io/name that pods of Prometheus and its kin carry as their own charts
// and operators write them.
var scrapers = []string{"prometheus", "prometheus-agent", "vmagent", "vmsingle", "opentelemetry-collector", "alloy", "grafana-agent"}

// networkPolicy completes the sources of both ports.
func networkPolicy(from *unstructured.Unstructured, o Options) Object {
	p := typed[networkingv1.NetworkPolicy](from)
	webhook, metrics := &p.Spec.Ingress[0], &p.Spec.Ingress[1]
	for _, cidr := range o.APIServer {
		webhook.From = append(webhook.From, networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: cidr}})
	}
	if webhook.From != nil {
		// Where nodes cannot be called from outside, the API server calls through these pods.
		webhook.From = append(webhook.From, networkingv1.NetworkPolicyPeer{
			NamespaceSelector: named(metav1.NamespaceSystem), PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"k8s-app": "konnectivity-agent"}}})
	}
	if o.APIServerGiven {
		p.Annotations = map[string]string{APIServerAnnotation: Given}
	}
	scraper := networkingv1.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{},
		PodSelector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: NameLabel, Operator: metav1.LabelSelectorOpIn, Values: scrapers}}}}
	if o.ScrapeFrom != nil {
		scraper = networkingv1.NetworkPolicyPeer{NamespaceSelector: named(o.ScrapeFrom...)}
	}
	metrics.From = []networkingv1.NetworkPolicyPeer{scraper}
	return p
}

func named(namespaces ...string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpIn, Values: namespaces}}}
}

// ReadReach gives what a live NetworkPolicy was made from. Addresses that install found are told apart from given ones.
func ReadReach(p *networkingv1.NetworkPolicy) (r Reach) {
	r.APIServerGiven = p.Annotations[APIServerAnnotation] == Given
	for _, rule := range p.Spec.Ingress {
		for _, peer := range rule.From {
			switch {
			case peer.IPBlock != nil:
				r.APIServer = append(r.APIServer, peer.IPBlock.CIDR)
			case peer.PodSelector == nil && peer.NamespaceSelector != nil && len(peer.NamespaceSelector.MatchExpressions) == 1:
				r.ScrapeFrom = peer.NamespaceSelector.MatchExpressions[0].Values
			}
		}
	}
	return r
}

// critical says whether a priority class is one of Kubernetes' own, which a cluster may limit to namespaces with a quota.
func critical(class string) bool {
	return class == DefaultPriorityClass || class == "system-node-critical"
}
