package model

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

var night = time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)

func killed(i int) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("etl-exec-%d", i), Namespace: "lab", Labels: map[string]string{spark.LabelRole: "executor", spark.LabelApp: "spark-1"}},
		Status: corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{Name: "spark-kubernetes-executor", State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled", FinishedAt: metav1.NewTime(night.Add(time.Duration(i%700) * time.Second))}}}}},
	}
}

// TestTheSameIsToldOnce: hundreds of killed executors are one happening with a count and the newest example, in whatever order they
// are read, and however often one is read.
func TestTheSameIsToldOnce(t *testing.T) {
	for _, backwards := range []bool{false, true} {
		r := NewRecord(time.Time{})
		for i := range 1000 {
			if backwards {
				i = 999 - i
			}
			r.Add(killed(i))
			r.Add(killed(i))
		}
		life := r.Of(Owner{Namespace: "lab", App: "spark-1"})
		if len(life.Happenings) != 1 {
			t.Fatalf("%d happenings", len(life.Happenings))
		}
		if h := life.Happenings[0]; h.Kind != OOMKilled || h.Pods != 1000 || h.Example.Pod != "etl-exec-699" || !life.Executors {
			t.Errorf("%+v", h)
		}
	}
}

func TestTextsAreBoundAndOneLine(t *testing.T) {
	for _, text := range []string{strings.Repeat("long ", 5000), strings.Repeat("é", 5000), strings.Repeat("\n", 5000) + "x", "a\xff\n\tb", strings.Repeat("x", 239) + "éé"} {
		for name, got := range map[string]string{"Text": Text(text), "Telling": MainLine(text)} {
			if len(got) > maxText+3 || strings.ContainsAny(got, "\n\t") {
				t.Errorf("%s: %d bytes, %q", name, len(got), got)
			}
		}
	}
}

func TestTheTellingLine(t *testing.T) {
	const trace = `26/11/28 02:00:00 INFO SparkContext: Running Spark
Exception in thread "main" org.apache.spark.SparkException: Job aborted
	at org.apache.spark.Foo.bar(Foo.scala:1)
Caused by: java.io.FileNotFoundException: s3a://x/y
	at java.base/java.io.Foo
	... 3 more
26/11/28 02:00:01 INFO ShutdownHookManager: Deleting directory`
	for text, want := range map[string]string{
		trace: "java.io.FileNotFoundException: s3a://x/y",
		"Error: Failed to load class org.example.Main.\nlast": "Error: Failed to load class org.example.Main.",
		"first\nValueError: bad\nlast":                        "ValueError: bad",
		"only this\n\n":                                       "only this",
		"":                                                    "",
	} {
		if got := MainLine(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}

// TestWhichMemoryOfTheJVMWasFull: the texts are those of Java 8 to 21.
func TestWhichMemoryOfTheJVMWasFull(t *testing.T) {
	for text, want := range map[string]string{
		"java.lang.OutOfMemoryError: Java heap space":                                                                           "",
		"java.lang.OutOfMemoryError: GC overhead limit exceeded\n\tat Metaspace.grow":                                           "",
		"java.lang.OutOfMemoryError: Metaspace":                                                                                 Metaspace,
		"java.lang.OutOfMemoryError: Compressed class space":                                                                    Metaspace,
		"java.lang.OutOfMemoryError: Direct buffer memory":                                                                      DirectMemory,
		"java.lang.OutOfMemoryError: Cannot reserve 8 bytes of direct buffer memory (allocated: 1, limit: 2)":                   DirectMemory,
		"java.lang.OutOfMemoryError: unable to create new native thread":                                                        Threads,
		"java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits reached": Threads,
		"Exception in thread \"main\" java.lang.OutOfMemoryError: Requested array size exceeds VM limit":                        ArraySize,
		"direct buffer memory is low":                                                                                           "",
		"":                                                                                                                      "",
	} {
		if got := MemoryOf(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}

func TestWhyAnImageCannotBePulled(t *testing.T) {
	for message, want := range map[string]string{
		`rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/x:9": failed to resolve reference "docker.io/library/x:9": docker.io/library/x:9: not found`:          PullMissing,
		`failed to resolve reference "docker.io/library/x:1": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`: PullRights,
		`failed to do request: Head "https://registry.example/v2/x/manifests/1": dial tcp: lookup registry.example on 10.0.0.1:53: no such host`:                                                    PullNetwork,
		`failed to do request: Head "https://registry.example/v2/x/manifests/1": tls: failed to verify certificate: x509: certificate signed by unknown authority`:                                  PullNetwork,
		`no match for platform in manifest: not found`: PullArchitecture,
		`Back-off pulling image "x"`:                   PullUnknown,
	} {
		if got := PullCause("ErrImagePull", message); got != want {
			t.Errorf("%q: %q, not %q", message, got, want)
		}
	}
}

// TestEventsKeepTheNewest of an object and reason, and add up how often it happened; what no rule looks at is not held.
func TestEventsKeepTheNewest(t *testing.T) {
	e := NewEvents()
	for i := range 10 {
		e.Add(Event{Namespace: "lab", Kind: "Pod", Name: "a", Reason: "Failed", Message: fmt.Sprint(i), Times: 2, At: night.Add(time.Duration(i*7%10) * time.Minute)})
		e.Add(Event{Namespace: "lab", Kind: "Pod", Name: "a", Reason: "Unhealthy", At: night})
	}
	all := e.About(func(*Event) bool { return true })
	if len(all) != 1 || all[0].Message != "7" || all[0].Times != 20 {
		t.Errorf("%+v", all)
	}
	for i := range maxEvents + 5 {
		e.Add(Event{Namespace: "lab", Kind: "Pod", Name: fmt.Sprint(i), Reason: "Failed"})
	}
	if n := len(e.About(func(*Event) bool { return true })); n != maxEvents || !e.Full {
		t.Errorf("%d are held, full %v", n, e.Full)
	}
}

// TestEventsTellOfPodsThatAreGone, and give the registry's words for one that waits.
func TestEventsTellOfPodsThatAreGone(t *testing.T) {
	r, e := NewRecord(time.Time{}), NewEvents()
	owner := Owner{Namespace: "lab", App: "spark-1"}
	waits := killed(1)
	waits.Status = corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{{Name: "c", State: corev1.ContainerState{
		Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "Back-off pulling image"}}}}}
	r.Add(waits)
	for _, text := range []string{
		`{"involvedObject": {"kind": "Pod", "namespace": "lab", "name": "etl-exec-1"}, "reason": "Failed", "message": "Failed to pull image \"x\": unauthorized"}`,
		`{"involvedObject": {"kind": "Pod", "namespace": "lab", "name": "etl-exec-9"}, "reason": "Evicted", "message": "The node was low on resource: ephemeral-storage"}`,
		`{"involvedObject": {"kind": "Pod", "namespace": "lab", "name": "web"}, "reason": "Evicted", "message": "The node was low on resource: memory"}`,
	} {
		one, ok := EventOfJSON("v1", []byte(text))
		if !ok {
			t.Fatal(text)
		}
		e.Add(one)
	}
	for range 2 { // twice is once
		r.Join(e, func(e *Event) (Owner, spark.Role, bool) {
			return owner, spark.Executor, strings.HasPrefix(e.Name, "etl-")
		})
	}
	life := r.Of(owner)
	if len(life.Happenings) != 2 || life.Of(Evicted)[0].Pods != 1 || life.Of(Evicted)[0].Cause != Disk || life.Of(ImagePull)[0].Cause != PullRights {
		t.Errorf("%+v", life.Happenings)
	}
}

// TestWhatPassesByItselfIsNotTold: a pod that waits for a node, or for its volumes, is told once it has waited for Patience; of files,
// whose time is not known, always. Of several the one that waits longest is the example.
func TestWhatPassesByItselfIsNotTold(t *testing.T) {
	pods := func(waited time.Duration) (unschedulable, creating *corev1.Pod) {
		at := metav1.NewTime(night.Add(-waited))
		unschedulable, creating = killed(1), killed(2)
		unschedulable.Status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse,
			Reason: corev1.PodReasonUnschedulable, Message: "0/3 nodes are available: 3 Insufficient cpu.", LastTransitionTime: at}}}
		creating.CreationTimestamp = at
		creating.Status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: at}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "spark-kubernetes-executor", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}}}}
		return unschedulable, creating
	}
	e := NewEvents()
	e.Add(Event{Namespace: "lab", Kind: "Pod", Name: "etl-exec-2", Reason: "FailedMount", Message: `MountVolume.SetUp failed for volume "conf": configmap "conf" not found`, At: night})
	of := func(r *Record) *Life { life := r.Of(Owner{Namespace: "lab", App: "spark-1"}); return &life }
	nobody := func(*Event) (Owner, spark.Role, bool) { return Owner{}, "", false }
	for _, c := range []struct {
		read   time.Time
		waited time.Duration
		told   int
	}{{night, 3 * time.Minute, 2}, {night, Patience, 2}, {night, time.Minute, 0}, {night, 0, 0}, {time.Time{}, time.Second, 2}, {night, -time.Hour, 2}} {
		r := NewRecord(c.read)
		unschedulable, creating := pods(c.waited)
		r.Add(unschedulable)
		r.Add(creating)
		if n := len(of(r).Of(NotStarted)); n != 0 {
			t.Errorf("%d told of a container that is being created, without an Event", n)
		}
		r.Join(e, nobody)
		r.Join(e, nobody)
		life := of(r)
		if len(life.Happenings) != c.told {
			t.Errorf("read at %v after %v: %+v", c.read, c.waited, life.Happenings)
		}
		if not := life.Of(NotStarted); c.told > 0 && (not[0].Cause != "FailedMount" || not[0].Container != "spark-kubernetes-executor" || not[0].Pods != 1) {
			t.Errorf("%+v", not)
		}
	}
	r := NewRecord(night)
	for i, waited := range []time.Duration{5 * time.Minute, 9 * time.Minute, 4 * time.Minute} {
		pod, _ := pods(waited)
		pod.Name = fmt.Sprint("etl-exec-", i)
		r.Add(pod)
	}
	if h := r.Of(Owner{Namespace: "lab", App: "spark-1"}).Happenings; len(h) != 1 || h[0].Pods != 3 || h[0].Example.Pod != "etl-exec-1" {
		t.Errorf("%+v", h)
	}
	r = NewRecord(night)
	_, other := pods(time.Hour)
	other.UID = "2"
	former := NewEvents()
	former.Add(Event{Namespace: "lab", Kind: "Pod", Name: "etl-exec-2", UID: "1", Reason: "FailedMount", At: night})
	r.Add(other)
	r.Join(former, nobody)
	if not := of(r).Of(NotStarted); len(not) > 0 {
		t.Errorf("an Event about a former pod of the name is told: %+v", not)
	}
	unknown := killed(3)
	unknown.Status.ContainerStatuses[0].State.Terminated.Reason = "ContainerStatusUnknown"
	r.Add(unknown)
	if all := of(r).Happenings; len(all) != 1 || all[0].Kind != Failed {
		t.Errorf("%+v", all)
	}
	r = NewRecord(night)
	creatingNoMore := killed(2)
	creatingNoMore.Status = corev1.PodStatus{Phase: corev1.PodRunning}
	r.Add(creatingNoMore)
	r.Join(e, nobody)
	if not := of(r).Of(NotStarted); len(not) > 0 {
		t.Errorf("an Event that is past is told: %+v", not)
	}
}

func TestEventsOfTheNewerGroup(t *testing.T) {
	one, ok := EventOfJSON("events.k8s.io/v1", []byte(`{"regarding": {"kind": "StatefulSet", "namespace": "lab", "name": "worker"}, "reason": "FailedCreate", "note": "exceeded quota: team, requested: pods=1",
		"eventTime": "2026-11-28T02:00:00.000000Z", "series": {"count": 7, "lastObservedTime": "2026-11-28T03:00:00.000000Z"}}`))
	e, quota := Refusal([]Event{one})
	if !ok || e == nil || quota != "team" || e.Times != 7 || !e.At.Equal(night.Add(time.Hour)) {
		t.Errorf("%v %+v %q", ok, one, quota)
	}
}

// TestHappenedNeverSkipsWhatReadFinds: what the text of a pod has none of, its status does not tell.
func TestHappenedNeverSkipsWhatReadFinds(t *testing.T) {
	well := killed(1)
	well.Status = corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}}
	evicted := killed(2)
	evicted.Status = corev1.PodStatus{Phase: corev1.PodFailed, Reason: "Evicted"}
	for _, pod := range []*corev1.Pod{killed(3), well, evicted} {
		raw, err := json.Marshal(pod)
		if err != nil {
			t.Fatal(err)
		}
		if found := len(Read(pod)) > 0; found != Happened(raw) {
			t.Errorf("%s: read %v, seen in the text %v", pod.Name, found, !found)
		}
	}
}

func TestWhatOperatorsSay(t *testing.T) {
	for text, want := range map[string]Resource{
		`{"applicationState": {"state": "SUBMISSION_FAILED", "errorMessage": "failed to create Pod: exceeded quota: team, requested"}}`: {State: "SUBMISSION_FAILED", Verdict: NotSubmitted, Quota: "team"},
		`{"applicationState": {"state": "FAILED", "errorMessage": "failed to submit spark application"}, "submissionAttempts": 1}`:      {State: "FAILED", Verdict: NotSubmitted},
		`{"applicationState": {"state": "FAILED"}, "submissionAttempts": 1, "executionAttempts": 1}`:                                    {State: "FAILED", Verdict: HasFailed},
		`{"scheduleState": "FailedValidation", "reason": "bad"}`:                                                                        {State: "FailedValidation", Verdict: NotSubmitted},
		`{"currentState": {"currentStateSummary": "ResourceReleased"}, "stateTransitionHistory": {"2": {"currentStateSummary": "Failed"}, "9": {"currentStateSummary": "ResourceReleased"}, "10": {"currentStateSummary": "Succeeded"}, "11": {"currentStateSummary": "ResourceReleased"}}}`: {State: "Succeeded", Verdict: Succeeded},
		`{"state": "Ready"}`:                 {State: "Ready", Verdict: Running},
		`{"phase": "Failed"}`:                {State: "Failed", Verdict: HasFailed},
		`{"state": 7, "phase": "Succeeded"}`: {State: "Succeeded", Verdict: Succeeded},
	} {
		got, err := OfResource([]byte(`{"status": ` + text + `}`))
		if err != nil || got == nil || got.State != want.State || got.Verdict != want.Verdict || got.Quota != want.Quota {
			t.Errorf("%s: %+v", text, got)
		}
	}
	for _, text := range []string{``, `{}`, `{"spec": 1}`, `{"status": {"state": "Unheard"}}`, `{"spec": 1, "status": {}}`} {
		if got, err := OfResource([]byte(text)); got != nil || err != nil {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for text, field := range map[string]string{`[]`: "status is", `{"applicationState": "FAILED"}`: "status.applicationState is", `{"phase": {}}`: "status.phase is"} {
		if _, err := OfResource([]byte(`{"status": ` + text + `}`)); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAStatusThatCannotBeReadIsNamed(t *testing.T) {
	for text, want := range map[string]string{`{"phase": []}`: "status.phase is of the wrong type: array", `{"startTime": "yesterday"}`: "yesterday"} {
		if _, err := StatusOf([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestADriverThatWasStopped is told, with the disruption that Kubernetes names; an executor that Spark stopped is not.
func TestADriverThatWasStopped(t *testing.T) {
	for _, c := range []struct {
		role       spark.Role
		disruption string
		deleted    bool
		code       int32
		want       Kind
	}{
		{spark.Driver, "", false, 143, Stopped}, {spark.Driver, "PreemptionByScheduler", false, 143, Stopped}, {spark.Driver, "", true, 143, ""},
		{spark.Executor, "", false, 143, ""}, {spark.Driver, "DeletionByPodGC", false, 0, Stopped}, {spark.Executor, "PreemptionByScheduler", false, 143, Stopped}, {spark.Driver, "", false, 0, Failed},
	} {
		pod := killed(1)
		pod.Labels[spark.LabelRole] = string(c.role)
		pod.Status.ContainerStatuses[0].State.Terminated = &corev1.ContainerStateTerminated{ExitCode: c.code, StartedAt: metav1.NewTime(night), FinishedAt: metav1.NewTime(night.Add(time.Minute))}
		if c.disruption != "" {
			pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: c.disruption}}
		}
		if c.deleted {
			pod.DeletionTimestamp = &metav1.Time{Time: night}
		}
		all := Read(pod)
		switch {
		case c.want == "" && len(all) > 0 || c.want != "" && (len(all) != 1 || all[0].Kind != c.want || all[0].Cause != c.disruption):
			t.Errorf("%+v: %+v", c, all)
		case c.want == Stopped && c.code == 143 && all[0].Example.Ran != time.Minute:
			t.Errorf("%+v: ran %v", c, all[0].Example.Ran)
		}
	}
}
