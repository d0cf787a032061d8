package neighbour

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Prometheus says whether there is a Prometheus object: unknown where they could not all be read and none was, or in files.
func (m Monitors) Prometheus() spark.Answer {
	switch {
	case len(m.set.monitors.read) > 0:
		return spark.Yes
	case m.set.whole(kindPrometheus, "") && m.unreadPrometheus() == "":
		return spark.No
	}
	return spark.Unknown
}

// Configured says that a Prometheus has a scrape configuration besides monitors, which nobody reads here: that may read annotations.
func (m Monitors) Configured() bool {
	return slices.ContainsFunc(m.set.monitors.read, func(p prometheus) bool {
		return p.Spec.ScrapeConfigSelector != nil || len(p.Spec.AdditionalScrapeConfigs) > 0 && string(p.Spec.AdditionalScrapeConfigs) != "null"
	})
}

// Labels are those that a PodMonitor or a ServiceMonitor in the pod's namespace must have beside its marks, so that a Prometheus reads it;
// by names that one. Where that is not certain, the error says so, and what to do.
func (m Monitors) Labels(kind string, marks map[string]string) (wanted map[string]string, by string, err error) {
	if cut := m.unreadPrometheus(); cut != "" {
		return nil, "", errors.New("the Prometheus objects, which say the label of a " + kind + ", were not read (" + cut + ")")
	}
	if len(m.set.monitors.read) == 0 {
		return nil, "", errors.New("no Prometheus object says which label a " + kind + " needs; give it with -f, or run on the cluster")
	}
	var names, asks, others []string
	for i := range m.set.monitors.read {
		p := &m.set.monitors.read[i]
		in := spark.No
		selector, of := p.selectors(kind)
		if selector != nil {
			in = m.set.within(of, p.Metadata.Namespace, m.namespace)
		}
		if in == spark.No {
			others = append(others, p.name())
			continue
		}
		one, ok := labelsFor(selector)
		if in == spark.Unknown || !ok {
			return nil, "", fmt.Errorf("it is not certain which %ss of which namespaces Prometheus %s reads", kind, p.name())
		}
		marked := maps.Clone(one)
		if maps.Copy(marked, marks); !takes(selector, marked) {
			return nil, "", fmt.Errorf("fix gives what it creates the labels %s, and Prometheus %s does not read that: create the %s by hand", Pairs(marks), p.name(), kind)
		}
		maps.DeleteFunc(one, func(key, _ string) bool { return marks[key] != "" })
		if len(names) == 0 {
			wanted = one
		}
		names, asks = append(names, p.name()), append(asks, fmt.Sprintf("%s for %s", p.name(), Pairs(one)))
		if !maps.Equal(wanted, one) {
			return nil, "", fmt.Errorf("several Prometheus objects read %ss here and ask for other labels: %s; create it with the label of one of them", kind, Some(asks))
		}
	}
	if len(names) == 0 {
		return nil, "", fmt.Errorf("Prometheus %[1]s reads no %[2]s of namespace %[3]s: change its %[4]sSelector or %[4]sNamespaceSelector", Some(others), kind, m.namespace,
			strings.ToLower(kind[:1])+kind[1:])
	}
	return wanted, Some(names), nil
}

// maxSome bounds what is told of a list: whoever may make objects in a namespace may make it long.
const maxSome = 4

// Some is a list for people; of a long one the first.
func Some(all []string) string {
	if more := len(all) - maxSome; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:maxSome], ", "), more)
	}
	return strings.Join(all, ", ")
}

// Pairs are labels for people.
func Pairs(labels map[string]string) string {
	if len(labels) == 0 {
		return "no label"
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		all = append(all, key+"="+labels[key])
	}
	return Some(all)
}

// labelsFor are labels that a selector takes.
func labelsFor(selector *metav1.LabelSelector) (labels map[string]string, ok bool) {
	labels = map[string]string{}
	maps.Copy(labels, selector.MatchLabels)
	for _, e := range selector.MatchExpressions {
		if _, set := labels[e.Key]; set {
			continue
		}
		switch {
		case e.Operator == metav1.LabelSelectorOpIn && len(e.Values) > 0:
			labels[e.Key] = e.Values[0]
		case e.Operator == metav1.LabelSelectorOpExists:
			labels[e.Key] = "true"
		}
	}
	return labels, takes(selector, labels)
}
