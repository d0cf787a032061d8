package neighbour

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

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

// For is what is known of the webhook, of a workload with such fields: o is nil where nothing is. live says that its pod shows what it lacks.
func (o *Operator) For(fields []string, live bool) (one Operator) {
	if o != nil {
		one = *o
	}
	if live {
		one.Lacks = fields
	} else {
		one.Fields = fields
	}
	return one
}

// PutOperator puts FactOperator. Where nothing hangs on the webhook, its state need not be known.
func PutOperator(f *rule.Facts, o Operator) {
	if o.Webhook == spark.Unknown && len(o.Fields) > 0 {
		rule.PutPart(f, FactOperator, o)
		return
	}
	rule.Put(f, FactOperator, o)
}
