package scene

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// ended are applications that have ended, as their drivers' pods and the Jobs that ran spark-submit tell.
type ended struct {
	all  []endedApp
	held int // how many of them have their pod
}

// endedApp is one application that has ended.
type endedApp struct {
	Namespace, Name string
	App             string             // its id
	Pod             string             // its driver's pod, or its Job
	job             *workload.Document // nil where it is a driver's pod
	Failed          bool
	started         metav1.Time
	resource        string     // the custom resource that it was made for, "" where there is none
	read            readObject // its pod, where it failed and is among the last
}

// add notes the driver's pod or the Job of an application that has ended; other objects change nothing.
func (e *ended) add(o readObject) {
	if o.err == nil && o.doc.Kind == "Job" && o.doc.Spark() {
		job := &o.doc.Meta
		one := endedApp{Namespace: job.Namespace, Name: job.Name, Pod: job.Name, Failed: o.failed, started: job.CreationTimestamp, job: o.doc}
		if owner := metav1.GetControllerOf(job); owner != nil {
			one.resource = owner.Name
		}
		e.all = append(e.all, one)
		return
	}
	if o.err != nil || o.doc.Kind != "Pod" || o.doc.Meta.Labels[spark.LabelRole] != string(spark.Driver) {
		return
	}
	pod := &o.doc.Meta
	one := endedApp{Namespace: pod.Namespace, Name: pod.Labels["spark-app-name"], App: pod.Labels[spark.LabelApp], Pod: pod.Name,
		Failed: o.failed, started: pod.CreationTimestamp}
	if _, _, name, ok := spark.ResourceOf(pod.Labels); ok {
		one.resource = name
	}
	if one.Name == "" {
		one.Name = pod.Name
	}
	if o.failed {
		one.read = o
		e.held++
	}
	e.all = append(e.all, one)
	e.forget()
}

// last is the last run that goes by a name; nil where there is none. A driver's pod tells more than the Job that submitted it.
func (e *ended) last(namespace, name string) (found *endedApp) {
	for i := range e.all {
		one := &e.all[i]
		if one.Namespace != namespace || one.Name != name && one.App != name && one.resource != name {
			continue
		}
		if found == nil || found.job != nil && one.job == nil || (found.job == nil) == (one.job == nil) && found.started.Before(&one.started) {
			found = one
		}
	}
	return found
}

// unjudged are those that were not judged, failed ones first, and of the same fate the last first. One of a custom resource
// that was judged is not among them.
func (e *ended) unjudged(sc *Scene) []endedApp {
	const byName, byApp, byPod = "name", "application", "pod"
	judged := map[[3]string]bool{}
	for _, w := range sc.Workloads {
		judged[[3]string{byName, w.Namespace, w.Name}] = w.Name != ""
		judged[[3]string{byApp, w.Namespace, w.App}] = w.App != ""
		for _, s := range w.Subjects {
			for _, pod := range s.Names {
				judged[[3]string{byPod, w.Namespace, pod}] = true
			}
		}
	}
	all := slices.DeleteFunc(slices.Clone(e.all), func(e endedApp) bool {
		return e.resource != "" && judged[[3]string{byName, e.Namespace, e.resource}] || judged[[3]string{byApp, e.Namespace, e.App}] || judged[[3]string{byPod, e.Namespace, e.Pod}]
	})
	slices.SortStableFunc(all, func(a, b endedApp) int {
		switch {
		case a.Failed != b.Failed && a.Failed:
			return -1
		case a.Failed != b.Failed:
			return 1
		}
		return cmp.Or(b.started.Compare(a.started.Time), strings.Compare(a.Pod, b.Pod))
	})
	return all
}

// note says which applications have ended; "" where none has.
func (e *ended) note(sc *Scene) string {
	const first = 3
	var names []string
	all := e.unjudged(sc)
	for _, one := range all[:min(first, len(all))] {
		names = append(names, fmt.Sprintf("%s/%s (%s)", one.Namespace, one.Pod, map[bool]string{true: "failed", false: "succeeded"}[one.Failed]))
	}
	switch text := strings.Join(names, ", "); {
	case len(all) == 0:
		return ""
	case len(all) == 1:
		return "1 application has ended and was not checked: " + text + "; name it to check it"
	case len(all) > first:
		return fmt.Sprintf("%d applications have ended and were not checked: %s and %d more; name one to check it", len(all), text, len(all)-first)
	default:
		return fmt.Sprintf("%d applications have ended and were not checked: %s; name one to check it", len(all), text)
	}
}
