package webhook

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
)

// Limits knows what bounds new pods of a namespace without asking anybody.
type Limits interface {
	Of(namespace string) neighbour.Bounds
}

// NoLimits are those of a server that has nobody to read them from: none are known.
type NoLimits struct{}

// Of is always unread.
func (NoLimits) Of(string) neighbour.Bounds { return neighbour.Unread{} }

// WatchedLimits keep the ResourceQuotas and LimitRanges of all namespaces in memory, of each its name and its spec. Where
// they have not been read yet, or the API server has not told of them for a while, anything may be bounded: the edits
// that a bound could object to are not made.
type WatchedLimits struct {
	quotas, ranges *followed
}

const (
	limitsPage  = 200              // objects that are decoded at a time
	limitsStale = 30 * time.Second // without a watch, until what was read counts no more
)

// WatchLimits starts watches that last until stop is closed.
func WatchLimits(client API, stop <-chan struct{}) (*WatchedLimits, error) {
	quotas, ranges := client.CoreV1().ResourceQuotas(""), client.CoreV1().LimitRanges("")
	w := &WatchedLimits{
		quotas: &followed{kind: "ResourceQuotas", watch: quotas.Watch, list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			list, err := quotas.List(ctx, o)
			if err == nil {
				for i := range list.Items {
					trimQuota(&list.Items[i])
				}
			}
			return list, err
		}},
		ranges: &followed{kind: "LimitRanges", watch: ranges.Watch, list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			list, err := ranges.List(ctx, o)
			if err == nil {
				for i := range list.Items {
					trimRange(&list.Items[i])
				}
			}
			return list, err
		}},
	}
	if err := errors.Join(w.quotas.start(&corev1.ResourceQuota{}, stop), w.ranges.start(&corev1.LimitRange{}, stop)); err != nil {
		return nil, err
	}
	return w, nil
}

// Of gives the bounds of a namespace. They are looked up when they are asked.
func (w *WatchedLimits) Of(namespace string) neighbour.Bounds { return limitsOf{w, namespace} }

// Problem is what keeps the limits from being read; nil where nothing does, or not yet.
func (w *WatchedLimits) Problem() error { return errors.Join(w.quotas.problem(), w.ranges.problem()) }

// Waiting says what has not been read yet. What cannot be read is not waited for: the server is of use without.
func (w *WatchedLimits) Waiting() error {
	if w.Problem() != nil || w.Known() {
		return nil
	}
	return errors.New("the ResourceQuotas and LimitRanges have not been read yet")
}

// Known says whether what bounds new pods is known now.
func (w *WatchedLimits) Known() bool { return w.quotas.known() && w.ranges.known() }

type limitsOf struct {
	*WatchedLimits
	namespace string
}

// MayRefuse asks what is known of the namespace now.
func (l limitsOf) MayRefuse(before, after *corev1.PodSpec) bool {
	if !l.Known() {
		return true
	}
	var b neighbour.AllBounds
	for _, o := range l.quotas.in(l.namespace) {
		if q, is := o.(*corev1.ResourceQuota); is {
			b.Quotas = append(b.Quotas, neighbour.QuotaOf(q))
		}
	}
	for _, o := range l.ranges.in(l.namespace) {
		if r, is := o.(*corev1.LimitRange); is {
			b.Limits = append(b.Limits, neighbour.LimitRange{Name: r.Name, Items: r.Spec.Limits})
		}
	}
	return b.MayRefuse(before, after)
}

// followed is one kind of object.
type followed struct {
	kind     string
	list     func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch    func(context.Context, metav1.ListOptions) (watch.Interface, error)
	informer cache.SharedIndexInformer
	failing  atomic.Pointer[failure]
}

// failure is an attempt that went wrong, the first since one went well.
type failure struct {
	since time.Time
	err   error
}

func (f *followed) start(of runtime.Object, stop <-chan struct{}) error {
	source := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			// In pages, which no server gives of what it has in memory unless it is asked for the newest.
			o.ResourceVersion, o.ResourceVersionMatch, o.Limit = "", "", limitsPage
			list, err := f.list(ctx, o)
			f.note(err, false)
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			w, err := f.watch(ctx, o)
			f.note(err, true)
			return w, err
		},
	}
	f.informer = cache.NewSharedIndexInformer(source, of, 0, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	if err := f.informer.SetTransform(trim); err != nil {
		return fmt.Errorf("watch %s: %w", f.kind, err)
	}
	go f.informer.Run(stop)
	return nil
}

// note remembers how an attempt went. Only a watch that begins tells that all is well.
func (f *followed) note(err error, watches bool) {
	switch {
	case err == nil && watches:
		f.failing.Store(nil)
	case err != nil && !errors.Is(err, context.Canceled):
		f.failing.CompareAndSwap(nil, &failure{time.Now(), err})
	}
}

func (f *followed) known() bool {
	failing := f.failing.Load()
	return f.informer.HasSynced() && (failing == nil || time.Since(failing.since) < limitsStale)
}

func (f *followed) problem() error {
	failing := f.failing.Load()
	if failing == nil || f.known() {
		return nil
	}
	return fmt.Errorf("%s: %w", f.kind, failing.err)
}

func (f *followed) in(namespace string) []any {
	objects, err := f.informer.GetIndexer().ByIndex(cache.NamespaceIndex, namespace)
	if err != nil {
		return nil // the index is made with the informer
	}
	return objects
}

// trim leaves of an object what is needed of it.
func trim(o any) (any, error) {
	switch o := o.(type) {
	case *corev1.ResourceQuota:
		trimQuota(o)
	case *corev1.LimitRange:
		trimRange(o)
	}
	return o, nil
}

func trimQuota(q *corev1.ResourceQuota) {
	*q = corev1.ResourceQuota{ObjectMeta: named(&q.ObjectMeta), Spec: q.Spec}
}

func trimRange(r *corev1.LimitRange) {
	*r = corev1.LimitRange{ObjectMeta: named(&r.ObjectMeta), Spec: r.Spec}
}

func named(m *metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: m.Namespace, Name: m.Name, ResourceVersion: m.ResourceVersion}
}
