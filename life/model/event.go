package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Event is what an Event says of one object, trimmed.
type Event struct {
	Namespace, Kind, Name string    // of the object that it is about
	UID                   types.UID // of that object; "" where the Event does not say it
	Reason, Message       string
	Times                 int
	At                    time.Time
}

// EventOf trims an Event.
func EventOf(e *corev1.Event) Event {
	one := Event{Namespace: cmp.Or(e.InvolvedObject.Namespace, e.Namespace), Kind: e.InvolvedObject.Kind, Name: e.InvolvedObject.Name, UID: e.InvolvedObject.UID,
		Reason: cut(e.Reason, maxText), Message: cut(e.Message, 4*maxText), Times: max(int(e.Count), 1), At: e.LastTimestamp.Time}
	if e.Series != nil {
		one.Times = max(one.Times, int(e.Series.Count))
		one.At = e.Series.LastObservedTime.Time
	}
	for _, at := range []time.Time{e.EventTime.Time, e.FirstTimestamp.Time, e.CreationTimestamp.Time} {
		if one.At.IsZero() {
			one.At = at
		}
	}
	return one
}

// EventOfJSON reads an Event of either API group.
func EventOfJSON(apiVersion string, raw []byte) (Event, bool) {
	if !strings.HasPrefix(apiVersion, "events.k8s.io/") {
		var e corev1.Event
		err := json.Unmarshal(raw, &e)
		return EventOf(&e), err == nil
	}
	var e eventsv1.Event
	if json.Unmarshal(raw, &e) != nil {
		return Event{}, false
	}
	core := corev1.Event{ObjectMeta: e.ObjectMeta, InvolvedObject: e.Regarding, Reason: e.Reason, Message: e.Note, Count: e.DeprecatedCount, EventTime: e.EventTime,
		FirstTimestamp: e.DeprecatedFirstTimestamp, LastTimestamp: e.DeprecatedLastTimestamp}
	if e.Series != nil {
		core.Series = &corev1.EventSeries{Count: e.Series.Count, LastObservedTime: e.Series.LastObservedTime}
	}
	return EventOf(&core), true
}

// reportedReasons are the reasons of Events that rules look at.
var reportedReasons = []string{"Evicted", "FailedCreate", "Failed", "FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "FailedScheduling", "SparkApplicationSubmissionFailed", "SparkApplicationFailed"}

// maxEvents bounds the Events that are held, of different objects or reasons.
const maxEvents = 20000

// Events hold the newest Event an object and reason.
type Events struct {
	all    map[[4]string]*Event
	pulls  map[[2]string][]Pull // by namespace and stem of the pod
	pulled int
	// Full says that there were more than are held.
	Full bool
}

// NewEvents makes an empty one.
func NewEvents() *Events { return &Events{all: map[[4]string]*Event{}, pulls: map[[2]string][]Pull{}} }

// Add takes an Event in, if a rule looks at its reason.
func (e *Events) Add(one Event) {
	if one.Reason == Pulled {
		e.addPull(&one)
		return
	}
	if !slices.Contains(reportedReasons, one.Reason) {
		return
	}
	key := [4]string{one.Namespace, one.Kind, one.Name, one.Reason}
	have := e.all[key]
	switch {
	case have == nil && len(e.all) >= maxEvents:
		e.Full = true
	case have == nil:
		e.all[key] = &one
	case one.At.Before(have.At):
		have.Times += one.Times
	default:
		one.Times += have.Times
		e.all[key] = &one
	}
}

// About are the Events about the objects that a function names, the newest first.
func (e *Events) About(is func(*Event) bool) (all []Event) {
	for _, one := range e.all {
		if is(one) {
			all = append(all, *one)
		}
	}
	slices.SortFunc(all, func(a, b Event) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(a.Name, b.Name), strings.Compare(a.Reason, b.Reason))
	})
	return all
}

// Join completes a record with Events: what happened to pods that are gone, and the registry's own words where a pod waits for its
// next try. of says whose pod an Event is about; one whose owner is not known is left aside.
func (r *Record) Join(e *Events, of func(*Event) (Owner, spark.Role, bool)) {
	for _, one := range e.About(func(one *Event) bool { return one.Kind == "Pod" && slices.Contains(ofPods, one.Reason) }) {
		owner, known := r.Knows(one.Namespace, one.Name)
		switch {
		case keepsFromStarting(one.Reason) && !known:
			r.notStarted(&one)
		case one.Reason == "Failed" && known:
			r.explain(owner, &one)
		case one.Reason == "Evicted" && !known:
			if owner, role, ok := of(&one); ok {
				r.add(owner, Happening{Kind: Evicted, Role: role, Cause: evictedFor(one.Message), Pods: 1, Times: 1, Ended: true,
					Example: Example{Namespace: one.Namespace, Pod: one.Name, Reason: one.Reason, Message: Text(one.Message), At: one.At}})
				r.pods[[2]string{one.Namespace, one.Name}] = owner
			}
		}
	}
}

// ofPods are the reasons of Events about pods that complete a record.
var ofPods = []string{"Evicted", "Failed", "FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"}

func keepsFromStarting(reason string) bool {
	return reason == "FailedMount" || reason == "FailedAttachVolume" || reason == "FailedCreatePodSandBox"
}

// notStarted tells of a pod that waits for its container why the kubelet cannot create it. Of one that waits no more the Event is
// past.
func (r *Record) notStarted(e *Event) {
	name := [2]string{e.Namespace, e.Name}
	if s, waits := r.starting[name]; waits && (e.UID == "" || s.uid == "" || e.UID == s.uid) { // another pod may have had the name
		r.add(s.owner, Happening{Kind: NotStarted, Role: s.role, Container: s.container, Cause: e.Reason, Pods: 1, Times: 1,
			Example: Example{Namespace: e.Namespace, Pod: e.Name, Reason: e.Reason, Message: Text(e.Message), At: e.At}})
		r.pods[name] = s.owner
	}
}

// explain gives an image that cannot be pulled the reason that an Event has.
func (r *Record) explain(owner Owner, e *Event) {
	for _, h := range r.of[owner] {
		if h.Kind == ImagePull && h.Cause == PullUnknown && strings.Contains(e.Message, "Failed to pull image") {
			if h.Cause = PullCause("", e.Message); h.Cause != PullUnknown {
				h.Example.Message = Text(e.Message)
			}
		}
	}
}

// Refusal is the newest Event that says that a ResourceQuota refused a pod of the workload, and the quota that it names.
func Refusal(events []Event) (e *Event, quota string) {
	for i := range events {
		if one := &events[i]; one.Reason == "FailedCreate" && refusedByQuota(one.Message) {
			return one, quotaOf(one.Message)
		}
	}
	return nil, ""
}
