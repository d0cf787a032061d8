package neighbour

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
)

// Service is one that leads to the pod, as a ServiceMonitor finds it.
type Service struct {
	Name   string
	Port   string            // by its name in the Service
	Labels map[string]string // which no other Service of the namespace has
}

// ServiceOf is the Service with a named port that leads to a port of the pod. There is none where a ServiceMonitor could not tell it from
// others, which would be scraped as well.
func (m Monitors) ServiceOf(port int32) (found Service, ok bool) {
	if m.set.cut("Service", m.namespace) != "" {
		return found, false
	}
	for _, s := range m.set.exposure.selecting(m.namespace, m.labels) {
		own := Lasting(s.labels)
		at := slices.IndexFunc(s.ports, func(p servicePort) bool { return p.name != "" && p.containerPort(m.spec) == port })
		if at < 0 || len(own) == 0 || m.set.exposure.labelled(m.namespace, own) != 1 {
			continue
		}
		if one := (Service{s.way.Name, s.ports[at].name, own}); !ok || one.Name < found.Name {
			found, ok = one, true
		}
	}
	return found, ok
}

// labelled counts the Services of a namespace that have the labels.
func (w *exposure) labelled(namespace string, own map[string]string) (n int) {
	selector := labels.SelectorFromSet(own)
	for at, s := range w.named {
		if at.Namespace == namespace && selector.Matches(labels.Set(s.labels)) {
			n++
		}
	}
	return n
}

// Lasting are the labels that do not change with a version, a rollout or a run.
func Lasting(all map[string]string) map[string]string {
	some := maps.Clone(all)
	maps.DeleteFunc(some, func(key, _ string) bool {
		return strings.HasPrefix(key, "kubectl-spark.io/") || strings.HasPrefix(key, "helm.sh/") || slices.Contains([]string{
			"pod-template-hash", "controller-revision-hash", "version", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"}, key)
	})
	return some
}
