package rule

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Fact names something outside of the pod template that a rule may ask for.
type Fact string

// The facts.
const (
	FactConf     Fact = "conf"     // the workload's Spark configuration
	FactImage    Fact = "image"    // uid, Java, entrypoint and C library of the image
	FactNode     Fact = "node"     // processors of the largest node that the pod may run on
	FactFiles    Fact = "files"    // configuration files that ConfigMaps bring into the container
	FactServices Fact = "services" // Services and Ingresses through which the pod can be reached
	FactOperator Fact = "operator" // the state of the operator's own webhook
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

// Facts is what is known of a subject beyond its template. Zero values stand for what is not known.
type Facts struct {
	// Submitted says that the template is one that spark-submit or an operator's application hands to Spark, which
	// makes the pod of it: no pod yet, and no template of a controller.
	Submitted bool
	Conf      spark.Conf // nil: not known
	// ConfRest says why Conf is only a part of the configuration; "" where it is the whole. Then it is shown to the
	// rules that judge settings one by one, and to no other: what it lacks may be set where nobody looked.
	ConfRest string
	Image    *spark.Image // nil: not known
	// NodeProcessors is the processor count of the largest node that the pod may run on; 0: not known.
	NodeProcessors int64
	// Files are the text files, by name, that ConfigMaps bring into the configuration folder of the main container;
	// nil: not known.
	Files map[string]string
	// FilesWhole says that nothing else is in that folder: no files of the image show there.
	FilesWhole bool
	// Outside are arguments and variables of the application that stand in no template, but in the object that brings it.
	Outside []Outside
	// Exposures is nil where it is not known, and empty where nothing leads to the pod.
	Exposures []Exposure
	Operator  *Operator // nil: not known
}

func (f *Facts) has(fact Fact) bool {
	switch fact {
	case FactConf:
		return f.Conf != nil
	case FactImage:
		return f.Image != nil
	case FactNode:
		return f.NodeProcessors > 0
	case FactFiles:
		return f.Files != nil
	case FactServices:
		return f.Exposures != nil
	case FactOperator:
		// Where nothing hangs on the webhook, its state need not be known.
		return f.Operator != nil && (f.Operator.Webhook != spark.Unknown || len(f.Operator.Fields) == 0)
	}
	return false
}

// Outside is a list of arguments, or of variables, and its path in the object that brings the application: what a
// resource hands to its driver, what the container is given that submits.
type Outside struct {
	Path patch.Path
	Args []string
	Env  []corev1.EnvVar
}

// Outside are the lists of arguments and variables that stand in no template.
func (p *Pass) Outside() []Outside { return p.run.in.Outside }

// Files are the configuration files that ConfigMaps bring into the main container, by name.
// The rule must declare FactFiles.
func (p *Pass) Files() (files map[string]string, known bool) {
	p.asks(FactFiles)
	return p.run.in.Files, p.run.in.Files != nil
}

// FilesWhole says whether Files are all that the configuration folder holds. The rule must declare FactFiles.
func (p *Pass) FilesWhole() bool {
	p.asks(FactFiles)
	return p.run.in.Files != nil && p.run.in.FilesWhole
}

// Exposures are the ways to the pod. The rule must declare FactServices.
func (p *Pass) Exposures() ([]Exposure, bool) {
	p.asks(FactServices)
	return p.run.in.Exposures, p.run.in.Exposures != nil
}

// Operator is the state of the operator's own webhook, and what hangs on it; known says whether the state is known
// where anything does. The rule must declare FactOperator.
func (p *Pass) Operator() (operator Operator, known bool) {
	p.asks(FactOperator)
	if p.run.in.Operator == nil {
		return Operator{}, false
	}
	return *p.run.in.Operator, p.run.in.has(FactOperator)
}
