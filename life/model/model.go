// Package model is what happened to the pods of Spark workloads, as their status, Events and the status of custom resources show
// it: which pods were killed, do not start, or failed, with the reason that Kubernetes gives. Pods of one application to which
// the same happened are one Happening with a count and the newest example. It opens no connection and reads no clock; every text
// in it is cut to a bound, and written by others. Start reading at Read, then at Record.
package model

import (
	"time"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Kind says what happened to a pod.
type Kind string

// The kinds.
const (
	OOMKilled     Kind = "OOMKilled"     // killed by the kernel at the container's memory limit
	Killed        Kind = "Killed"        // exit code 137 without a reason
	HeapExhausted Kind = "HeapExhausted" // exit code 52, or OutOfMemoryError in the termination message, which names no other memory of the JVM
	Evicted       Kind = "Evicted"       // by the kubelet
	Unschedulable Kind = "Unschedulable" // no node takes it
	ImagePull     Kind = "ImagePull"     // an image cannot be pulled
	NotStarted    Kind = "NotStarted"    // a container cannot be created
	QuotaRefused  Kind = "QuotaRefused"  // a ResourceQuota refused it, or the executors that it asked for
	Forbidden     Kind = "Forbidden"     // the API server refused the driver's requests (403)
	Stopped       Kind = "Stopped"       // from outside: SIGTERM, or a disruption that Kubernetes names
	Failed        Kind = "Failed"        // another exit code
)

// Happening is what happened to pods of one role of an application, once or many times.
type Happening struct {
	Kind      Kind
	Role      spark.Role // "" where the pod does not say it
	Container string     // "" where it is the pod
	// Cause tells happenings of a kind apart: why an image cannot be pulled, what nodes lack, the exit code.
	Cause string
	// Pods is how many pods show it, Times how often it happened to them: a container may be restarted.
	Pods, Times int
	// Ended says that the newest pod has ended and is not started again.
	Ended bool
	// Again says that the newest container runs again.
	Again bool
	// Example is the last of them; of pods that wait the one that waits longest.
	Example Example
}

// Example is one pod that shows what happened.
type Example struct {
	Namespace string
	Pod       string
	At        time.Time // the zero time where it is not known
	ExitCode  int32
	Reason    string // as Kubernetes words it
	Message   string // as Kubernetes or the container words it; cut to a bound
	Image     string // of the container
	Ran       time.Duration
}

// Life is what is known of a workload's past and present.
type Life struct {
	Happenings []Happening
	// Resource is what the operator says of the custom resource; nil where there is none, or it says nothing.
	Resource *Resource
	// Executors says that executors of the application were seen, alive or not.
	Executors bool
	// Delayed says that containers are being created for longer than Patience: Events tell why.
	Delayed bool
}

// Of are the happenings of some kinds, in the order of the record.
func (l *Life) Of(kinds ...Kind) (all []Happening) {
	for _, h := range l.Happenings {
		for _, k := range kinds {
			if h.Kind == k {
				all = append(all, h)
			}
		}
	}
	return all
}

var (
	// FactLife is what happened to a workload's pods: known where pods, or the status of a custom resource, were seen.
	FactLife = rule.NewFact[Life]("the status of the pods")
	// FactEvents are the Events about the workload's objects.
	FactEvents = rule.NewFact[[]Event]("the Events")
)
