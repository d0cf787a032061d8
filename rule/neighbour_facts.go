package rule

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// What objects around the pod tell.
var (
	// FactFiles are configuration files that ConfigMaps bring into the container.
	FactFiles = NewFact[Files]("the mounted ConfigMap")
	// FactServices are the ways to the pod; empty where nothing leads to it.
	FactServices = NewFact[[]Exposure]("the Services")
	// FactOperator is the state of the operator's own webhook, and what hangs on it: known only in part where something
	// does and the state is not known.
	FactOperator = NewFact[Operator]("the operator's webhook")
)

// Files are the text files, by name, that ConfigMaps bring into the configuration folder of the main container. Whole says
// that nothing else is in that folder: no files of the image show there.
type Files struct {
	Text  map[string]string
	Whole bool
}

// Exposure is one way to a pod: a Service whose selector holds its labels, or an Ingress or HTTPRoute to such a Service.
type Exposure struct {
	Kind, Name string
	// Type is the Service's: ClusterIP, NodePort, LoadBalancer; of the Service behind it for other kinds.
	Type string
	// Port is the container's port that is reached.
	Port int32
	// Outside says that the way begins outside of the cluster's network.
	Outside bool
	// Private says that a load balancer or Ingress serves the organisation's own network or named addresses only.
	Private bool
	// Guarded says that an annotation asks for authentication in front of it.
	Guarded bool
	// TLS says that the way in is encrypted, where that can be told.
	TLS bool
}

// Operator is what is known of the webhook by which an operator edits its pods.
type Operator struct {
	Webhook spark.Answer // is it registered, with something behind it
	Why     string       // what is wrong with it, to follow "the webhook": is not registered
	// Fields are those of a resource that only this webhook brings on its pods of the role, as paths
	// (spec.driver.tolerations).
	Fields []string
	// Lacks are those of them that a live pod was made without.
	Lacks []string
}

// PutOperator puts FactOperator. Where nothing hangs on the webhook, its state need not be known.
func PutOperator(f *Facts, o Operator) {
	if o.Webhook == spark.Unknown && len(o.Fields) > 0 {
		PutPart(f, FactOperator, o)
		return
	}
	Put(f, FactOperator, o)
}

// Outside is a list of arguments, or of variables, and its path in the object that brings the application: what a
// resource hands to its driver, what the container is given that submits.
type Outside struct {
	Path patch.Path
	Args []string
	Env  []corev1.EnvVar
}
