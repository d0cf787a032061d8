package model

import (
	"cmp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Owner says whose pods are: those of one application, or of one controller.
type Owner struct {
	Namespace string
	App       string // the application's id; "" where pods have none
	Kind      string // of the custom resource, or of the controller where there is no application; "Pod": the pod itself
	Name      string
}

// OwnerOf is the owner of a pod, by its labels and references.
func OwnerOf(meta *metav1.ObjectMeta) Owner {
	o := Owner{Namespace: meta.Namespace, App: meta.Labels[spark.LabelApp]}
	if _, kind, name, ok := spark.ResourceOf(meta.Labels); ok {
		o.Kind, o.Name = kind, name
	}
	if o.App != "" || o.Name != "" {
		return o
	}
	if ref := metav1.GetControllerOf(meta); ref != nil {
		o.Kind, o.Name = spark.Controller(ref.Kind, ref.Name, meta.Labels["pod-template-hash"])
		return o
	}
	o.Kind, o.Name = "Pod", meta.Name
	return o
}

// Record gathers what happened to pods, as they come: of hundreds to which the same happened one Happening is held.
type Record struct {
	at        time.Time
	of        map[Owner][]*Happening
	pods      map[[2]string]Owner // by namespace and name, of those to which something happened
	starting  map[[2]string]start // by namespace and name, of those whose container is being created
	delayed   map[Owner]bool      // those that starting has pods of
	executors map[Owner]bool
}

// start is a pod whose container is being created.
type start struct {
	owner     Owner
	role      spark.Role
	container string
	uid       types.UID
}

// NewRecord makes an empty one of pods that are read at a time; the zero time where it is not known, as of files. A pod that waits
// is told once it has waited for Patience by then, and always where the time is not known.
func NewRecord(at time.Time) *Record {
	return &Record{at: at, of: map[Owner][]*Happening{}, pods: map[[2]string]Owner{}, starting: map[[2]string]start{}, delayed: map[Owner]bool{}, executors: map[Owner]bool{}}
}

// Patience is how long a pod may wait for a node, or for its volumes and network, before that is told: a node that the cluster adds
// takes a minute or two, and a ConfigMap that is made after its pod seconds.
const Patience = 2 * time.Minute

// passes says that what a pod waits for may come by itself yet. A wait that begins later than the reading is of another clock, and
// told.
func (r *Record) passes(since time.Time) bool {
	waited := r.at.Sub(since)
	return !r.at.IsZero() && waited >= 0 && waited < Patience
}

// Add takes in a pod. One that is well changes nothing.
func (r *Record) Add(pod *corev1.Pod) {
	if _, known := r.Knows(pod.Namespace, pod.Name); known {
		return // it was listed, and named
	}
	owner := OwnerOf(&pod.ObjectMeta)
	if pod.Labels[spark.LabelRole] == string(spark.Executor) {
		r.executors[owner] = true
	}
	name := [2]string{pod.Namespace, pod.Name}
	if container, since := starting(pod); container != "" && !r.passes(since) {
		r.delayed[owner] = true
		r.starting[name] = start{owner, spark.Role(pod.Labels[spark.LabelRole]), container, pod.UID}
	}
	for _, h := range Read(pod) {
		if h.Kind == Unschedulable && r.passes(h.Example.At) {
			continue
		}
		r.pods[name] = owner
		r.add(owner, h)
	}
}

func (r *Record) add(owner Owner, h Happening) {
	for _, have := range r.of[owner] {
		if have.Kind == h.Kind && have.Role == h.Role && have.Container == h.Container && have.Cause == h.Cause {
			have.Pods, have.Times = have.Pods+h.Pods, have.Times+h.Times
			if older := have.Example.Before(&h.Example); older != (h.Kind == Unschedulable) {
				have.Example, have.Ended, have.Again = h.Example, h.Ended, h.Again
			}
			return
		}
	}
	r.of[owner] = append(r.of[owner], &h)
}

// Before says which of two examples is the older; of the same time the one with the lesser name, so that the order of reading
// makes no difference.
func (e *Example) Before(other *Example) bool {
	if c := e.At.Compare(other.At); c != 0 {
		return c < 0
	}
	return e.Pod < other.Pod
}

// Knows says whether something happened to a pod, and whose that is.
func (r *Record) Knows(namespace, pod string) (owner Owner, known bool) {
	owner, known = r.pods[[2]string{namespace, pod}]
	return owner, known
}

// Of is what happened to the pods of one workload, of which any owner is given: the worst first.
func (r *Record) Of(owners ...Owner) (l Life) {
	for _, o := range owners {
		l.Executors = l.Executors || r.executors[o]
		l.Delayed = l.Delayed || r.delayed[o]
		for _, h := range r.of[o] {
			l.Happenings = append(l.Happenings, *h)
		}
	}
	slices.SortStableFunc(l.Happenings, func(a, b Happening) int {
		return cmp.Or(cmp.Compare(rank(a.Kind), rank(b.Kind)), -cmp.Compare(a.Times, b.Times), strings.Compare(a.Cause, b.Cause), strings.Compare(a.Container, b.Container))
	})
	return l
}

// Owners are all owners to whose pods something happened.
func (r *Record) Owners(yield func(Owner) bool) {
	for o := range r.of {
		if !yield(o) {
			return
		}
	}
}

func rank(k Kind) int {
	return slices.Index([]Kind{OOMKilled, HeapExhausted, Killed, Evicted, ImagePull, NotStarted, Unschedulable, QuotaRefused, Forbidden, Stopped, Failed}, k)
}
