package model

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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
		o.Kind, o.Name = ref.Kind, ref.Name
		if hash := meta.Labels["pod-template-hash"]; ref.Kind == "ReplicaSet" && hash != "" && strings.HasSuffix(ref.Name, "-"+hash) {
			o.Kind, o.Name = "Deployment", strings.TrimSuffix(ref.Name, "-"+hash)
		}
		return o
	}
	o.Kind, o.Name = "Pod", meta.Name
	return o
}

// Record gathers what happened to pods, as they come: of hundreds to which the same happened one Happening is held.
type Record struct {
	of        map[Owner][]*Happening
	pods      map[[2]string]Owner // by namespace and name, of those to which something happened
	executors map[Owner]bool
}

// NewRecord makes an empty one.
func NewRecord() *Record {
	return &Record{of: map[Owner][]*Happening{}, pods: map[[2]string]Owner{}, executors: map[Owner]bool{}}
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
	for _, h := range Read(pod) {
		r.pods[[2]string{pod.Namespace, pod.Name}] = owner
		r.add(owner, h)
	}
}

func (r *Record) add(owner Owner, h Happening) {
	for _, have := range r.of[owner] {
		if have.Kind == h.Kind && have.Role == h.Role && have.Container == h.Container && have.Cause == h.Cause {
			have.Pods, have.Times = have.Pods+h.Pods, have.Times+h.Times
			if have.Newest.Before(&h.Newest) {
				have.Newest, have.Ended, have.Again = h.Newest, h.Ended, h.Again
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
	return slices.Index([]Kind{OOMKilled, HeapExhausted, Killed, Evicted, ImagePull, NotStarted, Unschedulable, QuotaRefused, Forbidden, Failed}, k)
}
