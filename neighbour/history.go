package neighbour

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// ServerKinds are the kinds that run a History Server; pods without an owner are not looked for.
func ServerKinds() []string { return []string{"Deployment", "StatefulSet"} }

func (s *Set) addDeployment(d *appsv1.Deployment) { s.addServer(&d.ObjectMeta, &d.Spec.Template) }

func (s *Set) addStatefulSet(d *appsv1.StatefulSet) { s.addServer(&d.ObjectMeta, &d.Spec.Template) }

// addServer keeps the folder of a History Server. What a ConfigMap tells it is not seen here: such a folder counts as unknown.
func (s *Set) addServer(meta *metav1.ObjectMeta, t *corev1.PodTemplateSpec) {
	who := spark.Identify(&t.ObjectMeta, &t.Spec)
	if who.Role != spark.History || who.Container < 0 {
		return
	}
	var one EventLogs
	one.Add(spark.History, LogUser{Namespace: meta.Namespace, Name: meta.Namespace + "/" + meta.Name}, t, who.Container, nil, nil)
	s.servers = append(s.servers, one.Servers...)
}

// AddOthers takes in the History Servers that the workloads of the run do not show, and says whether there may be more.
func (e *EventLogs) AddOthers(s *Set) {
	for _, one := range s.servers {
		if !slices.ContainsFunc(e.Servers, func(seen LogUser) bool { return seen.Name == one.Name }) {
			e.Servers = append(e.Servers, one)
		}
	}
	e.Whole = true
	for _, kind := range ServerKinds() {
		e.Whole = e.Whole && s.whole(kind, "")
		if why := s.cut(kind, ""); why != "" {
			e.Unread = why
		}
	}
}
