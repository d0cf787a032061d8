package webhook

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// WatchedNamespaces keeps the labels and annotations of all namespaces in memory. Until the first list has come
// no namespace is known, and pods get the default profile; a server is not ready before.
type WatchedNamespaces struct {
	store  cache.Store
	synced func() bool
}

// Synced says whether the first list has come.
func (n *WatchedNamespaces) Synced() bool { return n.synced() }

// WatchNamespaces starts a watch that lasts until stop is closed.
func WatchNamespaces(config *rest.Config, stop <-chan struct{}) (*WatchedNamespaces, error) {
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("watch namespaces: %w", err)
	}
	namespaces := client.Resource(corev1.SchemeGroupVersion.WithResource("namespaces"))
	// The informers that client-go has for all kinds would bring the clients of all groups into the program.
	informer := cache.NewSharedIndexInformer(cache.ToListWatcherWithWatchListSemantics(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			return namespaces.List(ctx, o)
		},
		WatchFuncWithContext: namespaces.Watch,
	}, client), &metav1.PartialObjectMetadata{}, 10*time.Hour, cache.Indexers{})
	// Field managers are most of a namespace's bytes, and nobody here reads them.
	if err := informer.SetTransform(func(o any) (any, error) {
		if m, ok := o.(*metav1.PartialObjectMetadata); ok {
			m.ManagedFields = nil
		}
		return o, nil
	}); err != nil {
		return nil, fmt.Errorf("watch namespaces: %w", err)
	}
	go informer.Run(stop)
	return &WatchedNamespaces{store: informer.GetStore(), synced: informer.HasSynced}, nil
}

// Marks gives the namespace's labels and annotations.
func (n *WatchedNamespaces) Marks(namespace string) (rule.Marks, bool) {
	o, ok, err := n.store.GetByKey(namespace)
	if m, is := o.(*metav1.PartialObjectMetadata); ok && err == nil && is {
		return rule.Marks{Labels: m.Labels, Annotations: m.Annotations}, true
	}
	return rule.Marks{}, false
}
