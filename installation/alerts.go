package installation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// servesKind says whether the cluster has a kind of the Prometheus Operator.
func servesKind(ctx context.Context, reader *cluster.Reader, kind string) (bool, error) {
	var group metav1.APIResourceList
	found, err := reader.Get(ctx, "/apis/"+manifests.MonitoringGroup, manifests.MonitoringVersion, &group)
	return found && slices.ContainsFunc(group.APIResources, func(r metav1.APIResource) bool { return r.Kind == kind }), err
}

// prometheus is what a Prometheus of the operator says of the objects that it reads.
type prometheus struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		RuleSelector                *metav1.LabelSelector `json:"ruleSelector"`
		RuleNamespaceSelector       *metav1.LabelSelector `json:"ruleNamespaceSelector"`
		PodMonitorSelector          *metav1.LabelSelector `json:"podMonitorSelector"`
		PodMonitorNamespaceSelector *metav1.LabelSelector `json:"podMonitorNamespaceSelector"`
	} `json:"spec"`
}

// Selected is a kind of objects that install makes, and that a Prometheus reads if its selector takes their labels.
type Selected struct {
	kind, all, these string // PrometheusRule, and what people call all of them, and those of install
	field, flag      string // what the names of the selectors begin with, and the flag that gives the labels
	of               func(p *prometheus) (selector, namespaces *metav1.LabelSelector)
	object           func(labels map[string]string) manifests.Object
	options          func(labels map[string]string) manifests.Options
}

// Alerts are those of the PrometheusRule.
func Alerts() Selected {
	return Selected{
		"PrometheusRule", "rules", "these alerts", "rule", "--alert-labels",
		func(p *prometheus) (selector, namespaces *metav1.LabelSelector) {
			return p.Spec.RuleSelector, p.Spec.RuleNamespaceSelector
		},
		manifests.Alerts, func(of map[string]string) manifests.Options { return manifests.Options{AlertLabels: of} },
	}
}

// Monitor is the PodMonitor of the webhook.
func Monitor() Selected {
	return Selected{
		"PodMonitor", "PodMonitors", "the webhook's PodMonitor", "podMonitor", "--pod-monitor-labels",
		func(p *prometheus) (selector, namespaces *metav1.LabelSelector) {
			return p.Spec.PodMonitorSelector, p.Spec.PodMonitorNamespaceSelector
		},
		manifests.Monitor, func(of map[string]string) manifests.Options { return manifests.Options{MonitorLabels: of} },
	}
}

func (p *prometheus) name() string { return p.Metadata.Namespace + "/" + p.Metadata.Name }

// Labels gives the labels by which every Prometheus of the cluster that reads such objects of the namespace selects them. problem says why
// an object with these labels may be read by none, or by which it is not.
func (s Selected) Labels(ctx context.Context, reader *cluster.Reader, namespace string) (of map[string]string, problem string, err error) {
	var all []prometheus
	gap, err := reader.List(ctx, manifests.MonitoringGroup+"/"+manifests.MonitoringVersion, "Prometheus", cluster.Scope{}, func(raw []byte) error {
		var p prometheus
		if err := json.Unmarshal(raw, &p); err != nil {
			return err
		}
		all = append(all, p)
		return nil
	})
	switch {
	case err != nil:
		return nil, "", err
	case gap != nil:
		return nil, fmt.Sprintf("which labels Prometheus selects is unknown: %s %s %s; give them with %s", gap.Verb, gap.Resource, gap.Reason(), s.flag), nil
	case len(all) == 0:
		return nil, "the cluster has no object Prometheus; a Prometheus elsewhere may need labels: give them with " + s.flag, nil
	}
	var ns metav1.PartialObjectMetadata
	if _, err := reader.Get(ctx, cluster.Path("v1", "Namespace", ""), namespace, &ns); err != nil {
		return nil, "", err
	}
	in := map[string]string{manifests.PartOfLabel: manifests.FieldManager} // of a namespace that install makes
	if ns.Name != "" {
		in = maps.Clone(ns.Labels)
	}
	if in == nil {
		in = map[string]string{}
	}
	in[corev1.LabelMetadataName] = namespace
	var why, others []string
	var taken []*metav1.LabelSelector
	for i := range all {
		p := &all[i]
		selector, namespaces := s.of(p)
		one, selectable := s.wanted(selector)
		switch {
		case selector == nil:
			why = append(why, "Prometheus "+p.name()+" reads no "+s.kind+": it has no "+s.field+"Selector")
		case !selectable:
			why = append(why, "Prometheus "+p.name()+" selects "+s.all+" by more than labels can be made for")
		case !reads(p, namespaces, namespace, in):
			why = append(why, "Prometheus "+p.name()+" reads no "+s.all+" of namespace "+namespace+": its "+s.field+"NamespaceSelector selects others")
		default:
			more := maps.Clone(of)
			if more == nil {
				more = map[string]string{}
			}
			maps.Copy(more, one)
			if !s.selected(append(taken, selector), more) {
				others = append(others, "Prometheus "+p.name()+" selects other labels, and does not read "+s.these)
				continue
			}
			of, taken = more, append(taken, selector)
		}
	}
	if len(taken) > 0 {
		return of, strings.Join(others, "; "), nil
	}
	return nil, strings.Join(why, "; ") + ". No Prometheus reads " + s.these, nil
}

// wanted are labels that a selector takes; ok is false where there are none, or install's own labels forbid them.
func (s Selected) wanted(by *metav1.LabelSelector) (of map[string]string, ok bool) {
	if by == nil {
		return nil, false
	}
	of = maps.Clone(by.MatchLabels)
	for _, e := range by.MatchExpressions {
		if of == nil {
			of = map[string]string{}
		}
		switch _, has := of[e.Key]; {
		case has:
		case e.Operator == metav1.LabelSelectorOpIn && len(e.Values) > 0:
			of[e.Key] = e.Values[0]
		case e.Operator == metav1.LabelSelectorOpExists:
			of[e.Key] = "true"
		}
	}
	return of, s.selected([]*metav1.LabelSelector{by}, of)
}

// selected says that each of the selectors takes the object with these labels and those of install.
func (s Selected) selected(all []*metav1.LabelSelector, of map[string]string) bool {
	if s.options(of).Validate() != nil {
		return false
	}
	has := labels.Set(s.object(of).GetLabels())
	return !slices.ContainsFunc(all, func(by *metav1.LabelSelector) bool {
		selector, err := metav1.LabelSelectorAsSelector(by)
		return err != nil || !selector.Matches(has)
	})
}

// reads says whether a Prometheus with such a selector reads objects of a namespace with these labels. Without one it reads those of its own.
func reads(p *prometheus, by *metav1.LabelSelector, namespace string, in map[string]string) bool {
	if by == nil {
		return p.Metadata.Namespace == namespace
	}
	selector, err := metav1.LabelSelectorAsSelector(by)
	return err == nil && selector.Matches(labels.Set(in))
}
