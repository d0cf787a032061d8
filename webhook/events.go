package webhook

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

const (
	eventEvery   = 10 * time.Minute // one event of a reason in that time
	eventTimeout = 10 * time.Second
	maxEvent     = 1024 // bytes of a message, the API server's own limit
)

// Events tells in the server's namespace what somebody should look at. Nothing of it is on the request path. A nil
// *Events tells nobody.
type Events struct {
	client    API
	namespace string
	who       *Who
	log       *slog.Logger
	now       func() time.Time
	mu        sync.Mutex
	last      map[string]time.Time
}

// NewEvents makes events about the server's pod.
func NewEvents(client API, namespace string, who *Who, log *slog.Logger) *Events {
	return &Events{client: client, namespace: namespace, who: who, log: log, now: time.Now, last: map[string]time.Time{}}
}

// Warn writes an event, at most one of a reason in ten minutes, without waiting for it.
func (e *Events) Warn(reason, message string) {
	if e == nil {
		return
	}
	now := e.now()
	e.mu.Lock()
	recent := now.Sub(e.last[reason]) < eventEvery
	if !recent {
		e.last[reason] = now
	}
	e.mu.Unlock()
	if recent {
		return
	}
	e.write(reason, message, metav1.ObjectMeta{GenerateName: manifests.ServiceName + "-"}, e.about())
}

// WarnOf writes an event about a version of the settings. Its name is made of that version, so that all replicas together
// write one.
func (e *Events) WarnOf(c *corev1.ConfigMap, reason, message string) {
	if e == nil {
		return
	}
	about := corev1.ObjectReference{APIVersion: "v1", Kind: "ConfigMap", Namespace: c.Namespace, Name: c.Name, UID: c.UID, ResourceVersion: c.ResourceVersion}
	e.write(reason, message, metav1.ObjectMeta{Name: c.Name + "." + c.ResourceVersion}, about)
}

func (e *Events) write(reason, message string, meta metav1.ObjectMeta, about corev1.ObjectReference) {
	if len(message) > maxEvent {
		message = strings.ToValidUTF8(message[:maxEvent-3], "") + "..."
	}
	at := metav1.NewTime(e.now())
	meta.Namespace, meta.Labels = e.namespace, map[string]string{manifests.NameLabel: manifests.ServiceName, manifests.PartOfLabel: manifests.FieldManager}
	event := &corev1.Event{
		ObjectMeta: meta, InvolvedObject: about,
		Type: corev1.EventTypeWarning, Reason: reason, Message: message, FirstTimestamp: at, LastTimestamp: at, Count: 1,
		Source: corev1.EventSource{Component: manifests.ServiceName, Host: e.who.Replica},
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), eventTimeout) // an event outlives what it tells of
		defer cancel()
		if _, err := e.client.CoreV1().Events(e.namespace).Create(ctx, event, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			e.log.Warn("an event was not written", "reason", reason, "error", err)
		}
	}()
}

// about is what kubectl describe shows the event with: the server's pod, by the UID that the downward API gave it. A
// server outside of the cluster has none, and its events are found in the namespace's list.
func (e *Events) about() corev1.ObjectReference {
	if e.who.UID == "" {
		return corev1.ObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Namespace: e.namespace, Name: manifests.ServiceName}
	}
	return corev1.ObjectReference{APIVersion: "v1", Kind: "Pod", Namespace: e.namespace, Name: e.who.Replica, UID: types.UID(e.who.UID)}
}
