package webhook

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Settings are what the handler goes by and what may change while it runs.
type Settings struct {
	rule.Options
	Shadow bool // no pod is changed: what would be is counted and said
}

// with gives the settings as the data of the ConfigMap changes them. A key that means nothing is an error.
func (s Settings) with(data map[string]string) (Settings, error) {
	for key, value := range data {
		switch key {
		case manifests.ProfileKey:
			p, ok := rule.ParseProfile(value)
			if !ok {
				return s, fmt.Errorf("%s %q: must be safe, standard or restricted", key, value)
			}
			s.Profile = p
		case manifests.ModeKey:
			if value != manifests.ModeInject && value != manifests.ModeShadow {
				return s, fmt.Errorf("%s %q: must be inject or shadow", key, value)
			}
			s.Shadow = value == manifests.ModeShadow
		case manifests.ImagesKey:
			var images spark.Catalogue
			if err := yaml.UnmarshalStrict([]byte(value), &images); err != nil {
				return s, fmt.Errorf("%s: %w", key, err)
			}
			for i := range images {
				if err := images[i].Validate(); err != nil {
					return s, fmt.Errorf("%s[%d]: %w", key, i, err)
				}
			}
			s.Images = slices.Concat(images, s.Images)
		default:
			return s, fmt.Errorf("key %q: there are profile, mode and images", key)
		}
	}
	return s, nil
}

// WatchedSettings follow the ConfigMap of the server's namespace.
type WatchedSettings struct {
	handler  *Handler
	defaults Settings
	events   *Events
	log      *slog.Logger
	informer cache.Controller
	bad      atomic.Pointer[string]
	synced   atomic.Bool
}

// WatchSettings makes the handler go by the ConfigMap until stop is closed. Until the first list has come, and where
// the first one cannot be understood, nothing is changed: the handler is in shadow mode.
func WatchSettings(client kubernetes.Interface, namespace string, h *Handler, events *Events, log *slog.Logger, stop <-chan struct{}) *WatchedSettings {
	w := &WatchedSettings{handler: h, defaults: *h.settings.Load(), events: events, log: log}
	shadow := w.defaults
	shadow.Shadow = true
	h.Use(shadow)
	only := fields.OneTermEqualSelector("metadata.name", manifests.ConfigName)
	var store cache.Store
	store, w.informer = cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: cache.NewListWatchFromClient(client.CoreV1().RESTClient(), "configmaps", namespace, only),
		ObjectType:    &corev1.ConfigMap{},
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc:    w.take,
			UpdateFunc: func(_, o any) { w.take(o) },
			DeleteFunc: func(any) { w.take(&corev1.ConfigMap{}) },
		},
	})
	go w.informer.Run(stop)
	go func() {
		if !cache.WaitForCacheSync(stop, w.informer.HasSynced) {
			return
		}
		if len(store.ListKeys()) == 0 {
			w.take(&corev1.ConfigMap{}) // there is none: the defaults hold
			for _, o := range store.List() {
				w.take(o) // it came meanwhile
			}
		}
		w.synced.Store(true)
	}()
	return w
}

func (w *WatchedSettings) take(o any) {
	c, ok := o.(*corev1.ConfigMap)
	if !ok {
		return
	}
	next, err := w.defaults.with(c.Data)
	if err != nil {
		text := err.Error()
		w.bad.Store(&text)
		w.log.Warn("the ConfigMap cannot be understood: the former settings hold", "namespace", c.Namespace, "name", c.Name, "error", err)
		w.events.Warn("ConfigInvalid", "the former settings hold: "+text)
		return
	}
	w.bad.Store(nil)
	w.handler.Use(next)
	w.log.Info("settings", "profile", string(next.Profile), "shadow", next.Shadow, "images", len(next.Images))
}

// Synced says whether it is known what the ConfigMap says, or that there is none.
func (w *WatchedSettings) Synced() bool { return w.synced.Load() }

// Problem is what is wrong with the ConfigMap; nil where nothing is.
func (w *WatchedSettings) Problem() error {
	if bad := w.bad.Load(); bad != nil {
		return errors.New(*bad)
	}
	return nil
}
