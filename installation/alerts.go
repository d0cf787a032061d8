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

// servesRules says whether the cluster has the kind PrometheusRule.
func servesRules(ctx context.Context, reader *cluster.Reader) (bool, error) {
	var group metav1.APIResourceList
	found, err := reader.Get(ctx, "/apis/"+manifests.MonitoringGroup, manifests.MonitoringVersion, &group)
	return found && slices.ContainsFunc(group.APIResources, func(r metav1.APIResource) bool { return r.Kind == "PrometheusRule" }), err
}

// prometheus is what a Prometheus of the operator says of the rules that it reads.
type prometheus struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		RuleSelector          *metav1.LabelSelector `json:"ruleSelector"`
		RuleNamespaceSelector *metav1.LabelSelector `json:"ruleNamespaceSelector"`
	} `json:"spec"`
}

func (p *prometheus) name() string { return p.Metadata.Namespace + "/" + p.Metadata.Name }

// AlertLabels gives the labels by which every Prometheus of the cluster that reads rules of the namespace selects them. problem says why
// rules with these labels may be read by none, or by which they are not.
func AlertLabels(ctx context.Context, reader *cluster.Reader, namespace string) (of map[string]string, problem string, err error) {
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
		return nil, fmt.Sprintf("which labels Prometheus selects is unknown: %s %s %s; give them with --alert-labels", gap.Verb, gap.Resource, gap.Reason()), nil
	case len(all) == 0:
		return nil, "the cluster has no object Prometheus; a Prometheus elsewhere may need labels: give them with --alert-labels", nil
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
		one, selectable := wanted(p.Spec.RuleSelector)
		switch {
		case p.Spec.RuleSelector == nil:
			why = append(why, "Prometheus "+p.name()+" reads no PrometheusRule: it has no ruleSelector")
		case !selectable:
			why = append(why, "Prometheus "+p.name()+" selects rules by more than labels can be made for")
		case !reads(p, namespace, in):
			why = append(why, "Prometheus "+p.name()+" reads no rules of namespace "+namespace+": its ruleNamespaceSelector selects others")
		default:
			more := maps.Clone(of)
			if more == nil {
				more = map[string]string{}
			}
			maps.Copy(more, one)
			if !selected(append(taken, p.Spec.RuleSelector), more) {
				others = append(others, "Prometheus "+p.name()+" selects other labels, and does not read these alerts")
				continue
			}
			of, taken = more, append(taken, p.Spec.RuleSelector)
		}
	}
	if len(taken) > 0 {
		return of, strings.Join(others, "; "), nil
	}
	return nil, strings.Join(why, "; ") + ". No Prometheus reads these alerts", nil
}

// wanted are labels that a selector takes; ok is false where there are none, or install's own labels forbid them.
func wanted(s *metav1.LabelSelector) (of map[string]string, ok bool) {
	if s == nil {
		return nil, false
	}
	of = maps.Clone(s.MatchLabels)
	for _, e := range s.MatchExpressions {
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
	return of, selected([]*metav1.LabelSelector{s}, of)
}

// selected says that each of the selectors takes the rules with these labels and those of install.
func selected(all []*metav1.LabelSelector, of map[string]string) bool {
	options := manifests.Options{AlertLabels: of}
	if options.Validate() != nil {
		return false
	}
	has := labels.Set(manifests.Alerts(of).GetLabels())
	return !slices.ContainsFunc(all, func(s *metav1.LabelSelector) bool {
		selector, err := metav1.LabelSelectorAsSelector(s)
		return err != nil || !selector.Matches(has)
	})
}

// reads says whether a Prometheus reads rules of a namespace with these labels. Without a selector it reads those of its own.
func reads(p *prometheus, namespace string, in map[string]string) bool {
	if p.Spec.RuleNamespaceSelector == nil {
		return p.Metadata.Namespace == namespace
	}
	selector, err := metav1.LabelSelectorAsSelector(p.Spec.RuleNamespaceSelector)
	return err == nil && selector.Matches(labels.Set(in))
}
