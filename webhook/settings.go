package webhook

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

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
	// In order, so that replicas name the same mistake.
	for _, key := range slices.Sorted(maps.Keys(data)) {
		value := data[key]
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
			images, err := spark.ParseCatalogue([]byte(value))
			if err != nil {
				return s, fmt.Errorf("%s: %w", key, err)
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
	required bool // where there never was a ConfigMap, nothing is changed
	events   *Events
	log      *slog.Logger
	informer cache.Controller
	store    cache.Store
	mu       sync.Mutex // of take
	seen     bool       // there was a ConfigMap
	bad      atomic.Pointer[string]
	valid    atomic.Bool // there were settings that could be understood
}

const maxProblem = 1 << 10 // bytes of what is said to be wrong: it quotes the user's text

// WatchSettings makes the handler go by the ConfigMap until stop is closed. Until the first list has come, where the
// first one cannot be understood, and where one is required and there is none, nothing is changed: the handler is in
// shadow mode. When the ConfigMap is deleted the former settings hold.
func WatchSettings(client kubernetes.Interface, namespace string, required bool, h *Handler, events *Events, log *slog.Logger, stop <-chan struct{}) *WatchedSettings {
	w := &WatchedSettings{handler: h, defaults: *h.settings.Load(), required: required, events: events, log: log}
	shadow := w.defaults
	shadow.Shadow = true
	h.Use(shadow)
	only := fields.OneTermEqualSelector("metadata.name", manifests.ConfigName)
	w.store, w.informer = cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: cache.NewListWatchFromClient(client.CoreV1().RESTClient(), "configmaps", namespace, only),
		ObjectType:    &corev1.ConfigMap{},
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { w.take() },
			UpdateFunc: func(_, _ any) { w.take() },
			DeleteFunc: func(any) { w.take() },
		},
	})
	go w.informer.Run(stop)
	go func() {
		if !cache.WaitForCacheSync(stop, w.informer.HasSynced) {
			return
		}
		w.take() // nobody tells of a ConfigMap that is not there
	}()
	return w
}

// take goes by the ConfigMap as the store has it now. What an event brought may be older than what another call has
// taken already.
func (w *WatchedSettings) take() {
	w.mu.Lock()
	defer w.mu.Unlock()
	var data map[string]string
	there := false
	for _, o := range w.store.List() {
		if c, ok := o.(*corev1.ConfigMap); ok {
			data, there = c.Data, true
		}
	}
	switch {
	case there:
		w.seen = true
	case w.seen:
		w.refuse("it was deleted")
		return
	case w.required:
		w.refuse("there is none, and nothing is changed without it")
		return
	}
	next, err := w.defaults.with(data)
	if err != nil {
		w.refuse(err.Error())
		return
	}
	w.bad.Store(nil)
	w.handler.Use(next)
	w.valid.Store(true)
	w.log.Info("settings", "profile", string(next.Profile), "shadow", next.Shadow, "images", len(next.Images))
}

// refuse leaves the settings as they are and says why.
func (w *WatchedSettings) refuse(why string) {
	why = cut(why)
	w.bad.Store(&why)
	what := "the former settings hold"
	if !w.valid.Load() {
		what = "this replica has no settings and is not ready"
	}
	w.log.Warn(what, "configmap", manifests.ConfigName, "error", why)
	w.events.Warn("ConfigInvalid", what+": ConfigMap/"+manifests.ConfigName+": "+why)
}

// cut makes a problem as short as a status takes it.
func cut(why string) string {
	if len(why) > maxProblem {
		why = strings.ToValidUTF8(why[:maxProblem-3], "") + "..."
	}
	return why
}

// Waiting says why there are no settings yet; nil once there have been some that could be understood. A replica that never
// had any must not take the place of one that has.
func (w *WatchedSettings) Waiting() error {
	if w.valid.Load() {
		return nil
	}
	if bad := w.Problem(); bad != nil {
		return fmt.Errorf("ConfigMap/%s: %w", manifests.ConfigName, bad)
	}
	return errors.New("the settings have not been read yet")
}

// Problem is what is wrong with the ConfigMap; nil where nothing is.
func (w *WatchedSettings) Problem() error {
	if bad := w.bad.Load(); bad != nil {
		return errors.New(*bad)
	}
	return nil
}
