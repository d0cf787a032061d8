package webhook

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/tools/cache"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/settings"
)

// WatchedSettings follow the ConfigMap of the server's namespace.
type WatchedSettings struct {
	handler  *Handler
	defaults settings.Settings
	required bool // where there never was a ConfigMap, nothing is changed
	events   *Events
	log      *slog.Logger
	informer cache.Controller
	store    cache.Store
	mu       sync.Mutex // of take
	seen     bool       // there was a ConfigMap
	bad      atomic.Pointer[string]
	refused  string      // revision of the ConfigMap of which an event tells that it is bad
	valid    atomic.Bool // there were settings that could be understood
}

const maxProblem = 1 << 10 // bytes of what is said to be wrong: it quotes the user's text

// WatchSettings makes the handler go by the ConfigMap until stop is closed. Until the first list has come, where the
// first one cannot be understood, and where one is required and there is none, nothing is changed: the handler is in
// shadow mode. When the ConfigMap is deleted the former settings hold.
func WatchSettings(client API, namespace string, required bool, h *Handler, events *Events, log *slog.Logger, stop <-chan struct{}) *WatchedSettings {
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
	var config *corev1.ConfigMap
	for _, o := range w.store.List() {
		if c, ok := o.(*corev1.ConfigMap); ok {
			config = c
		}
	}
	next, err := w.defaults, error(nil)
	switch {
	case config != nil:
		w.seen = true
		next, err = settings.Parse(w.defaults, config.Data)
	case w.seen:
		err = errors.New("it was deleted")
	case w.required:
		err = errors.New("there is none, and nothing is changed without it")
	}
	if err != nil {
		w.refuse(config, err.Error())
		return
	}
	w.refused = ""
	w.bad.Store(nil)
	w.handler.Use(next)
	w.valid.Store(true)
	w.log.Info("settings", "revision", next.Revision, "profile", string(next.Profile), "shadow", next.Shadow, "images", len(next.Images))
}

// refuse leaves the settings as they are and says why: an event about the ConfigMap for each revision of it that is bad.
func (w *WatchedSettings) refuse(config *corev1.ConfigMap, why string) {
	why = cut(why)
	w.bad.Store(&why)
	what := "the former settings hold"
	if !w.valid.Load() {
		what = "this replica has no settings and is not ready"
	}
	w.log.Warn(what, "configmap", manifests.ConfigName, "error", why)
	if config == nil {
		w.events.Warn("ConfigInvalid", what+": ConfigMap/"+manifests.ConfigName+": "+why)
		return
	}
	if revision := settings.Revision(config.Data); revision != w.refused {
		w.refused = revision
		w.events.WarnOf(config, "ConfigInvalid", why+"; replicas go on with their former settings, and one that has none is not ready")
	}
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
