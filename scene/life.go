package scene

import (
	"context"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// lives is what happened to the pods of a scene, as their status, Events and the status of custom resources tell.
type lives struct {
	record *model.Record
	events *model.Events // nil: not known
	// byName are the owners of applications by what else they are called: the custom resource.
	byName    map[model.Owner][]model.Owner
	bySubject map[*Workload]map[string]*model.Life // by the subject's ID
	about     map[*Workload][]model.Event
}

// newLives gathers what happened to pods that are read at a time; the zero time for those of files.
func newLives(at time.Time) *lives { return &lives{record: model.NewRecord(at)} }

// file takes in what a document of a file says: a pod with a status, an Event.
func (l *lives) file(doc *workload.Document) {
	switch {
	case doc.Kind == "Pod" && model.Happened(doc.Raw):
		if status, err := status(doc); err == nil { // an error is among what was not read
			pod := corev1.Pod{ObjectMeta: doc.Meta, Status: status}
			pod.Namespace, pod.Name = doc.Namespace, doc.Name
			l.record.Add(&pod)
		}
	case doc.Kind == "Event":
		if one, ok := model.EventOfJSON(doc.APIVersion, doc.Raw); ok {
			if l.events == nil {
				l.events = model.NewEvents()
			}
			l.events.Add(one)
		}
	}
}

// live reads the Events of the namespaces that are looked at.
func (l *lives) live(ctx context.Context, reader *cluster.Reader, namespaces []string) (gaps []cluster.Gap, err error) {
	events := model.NewEvents()
	for _, namespace := range namespaces {
		gap, err := reader.Events(ctx, namespace, events)
		if err != nil {
			return nil, err
		}
		if gap != nil {
			gaps = append(gaps, *gap)
		}
	}
	if len(gaps) == 0 {
		l.events = events
	}
	return gaps, nil
}

// assign says of each workload what happened to it, once the scene's workloads are made.
func (l *lives) assign(all []*Workload) {
	stems := map[[2]string]stem{}
	for _, w := range all {
		for _, s := range w.Subjects {
			if s.Live {
				for _, name := range s.Names {
					stems[[2]string{w.Namespace, model.Stem(name)}] = stem{ownerOf(s), s.Slot.Role}
				}
			}
		}
	}
	if l.events != nil {
		l.record.Join(l.events, func(e *model.Event) (model.Owner, spark.Role, bool) {
			of, known := stems[[2]string{e.Namespace, model.Stem(e.Name)}]
			return of.owner, of.role, known
		})
	}
	l.byName = map[model.Owner][]model.Owner{}
	for o := range l.record.Owners {
		if o.App != "" && o.Name != "" {
			called := model.Owner{Namespace: o.Namespace, Kind: o.Kind, Name: o.Name}
			l.byName[called] = append(l.byName[called], o)
		}
	}
	ofOwners := map[model.Owner][]model.Event{}
	if l.events != nil {
		for _, e := range l.events.About(func(e *model.Event) bool { return e.Kind != "Pod" }) {
			o := model.Owner{Namespace: e.Namespace, Kind: e.Kind, Name: e.Name}
			ofOwners[o] = append(ofOwners[o], e)
			if at := strings.LastIndexByte(e.Name, '-'); e.Kind == "ReplicaSet" && at > 0 { // it may be named after a Deployment
				o.Kind, o.Name = "Deployment", e.Name[:at]
				ofOwners[o] = append(ofOwners[o], e)
			}
		}
	}
	l.bySubject, l.about = map[*Workload]map[string]*model.Life{}, map[*Workload][]model.Event{}
	for _, w := range all {
		l.bySubject[w] = l.of(w)
		if about := ofOwners[model.Owner{Namespace: w.Namespace, Kind: w.Kind, Name: w.Name}]; len(about) > 0 {
			l.about[w] = about
		}
	}
}

// stem is whose pods of a name's stem are.
type stem struct {
	owner model.Owner
	role  spark.Role
}

// ownerOf is the owner of a live subject's pods.
func ownerOf(s *Subject) model.Owner {
	meta := s.Doc.Meta
	meta.Namespace, meta.Name = s.Doc.Namespace, s.Doc.Name
	return model.OwnerOf(&meta)
}

// of shares out what happened to the pods of a workload among the subjects that are judged: to that of the pods' role, else to the
// first. nil where no status was seen.
func (l *lives) of(w *Workload) map[string]*model.Life {
	judged := slices.DeleteFunc(w.Judged(), (*Subject).Coming) // what happened to executors that are gone, the driver tells
	if len(judged) == 0 {
		return nil
	}
	known := false
	var owners []model.Owner
	for _, s := range w.Subjects {
		if !s.Live {
			continue
		}
		_, has := patch.Lookup(s.Doc.Raw, patch.Path{"status", "phase"})
		known = known || has
		if o := ownerOf(s); !slices.Contains(owners, o) {
			owners = append(owners, o)
		}
	}
	resource, _ := w.resource()                                                       // who assigns says what cannot be read
	if len(owners) == 0 && (resource == nil || resource.Verdict != model.Succeeded) { // what went before an end that was good is past
		owners = l.last(l.byName[model.Owner{Namespace: w.Namespace, Kind: w.Kind, Name: w.Name}])
		owners = append(owners, model.Owner{Namespace: w.Namespace, Kind: w.Kind, Name: w.Name})
	}
	all := l.record.Of(owners...)
	all.Resource = resource
	if !known && len(all.Happenings) == 0 && all.Resource == nil && !all.Delayed {
		return nil
	}
	_, _, executors := w.Pods()
	all.Executors = all.Executors || executors > 0
	shared := map[string]*model.Life{}
	for _, s := range judged {
		shared[s.ID()] = &model.Life{Executors: all.Executors, Delayed: all.Delayed}
	}
	for _, h := range all.Happenings {
		to := judged[0]
		if i := slices.IndexFunc(judged, func(s *Subject) bool { return s.Slot.Role == h.Role }); i >= 0 {
			to = judged[i]
		}
		life := shared[to.ID()]
		life.Happenings = append(life.Happenings, h)
	}
	shared[judged[0].ID()].Resource = all.Resource
	return shared
}

// last is the application of several to whose pods something happened last: the others are former runs.
func (l *lives) last(owners []model.Owner) (last []model.Owner) {
	var newest model.Example
	for _, o := range owners {
		for _, h := range l.record.Of(o).Happenings {
			if last == nil || newest.Before(&h.Example) {
				newest, last = h.Example, []model.Owner{o}
			}
		}
	}
	return last
}

// resource is what the operator says of the workload's custom resource; nil where there is none.
func (w *Workload) resource() (*model.Resource, error) {
	for _, s := range w.Subjects {
		if !s.Live && s.Doc.Operator() != "" {
			return model.OfResource(s.Doc.Raw)
		}
	}
	return nil, nil
}

// fill completes a subject's facts.
func (l *lives) fill(facts *rule.Facts, s *Subject) {
	if life := l.bySubject[s.Workload][s.ID()]; life != nil {
		rule.Put(facts, model.FactLife, *life)
	}
	if l.events != nil {
		rule.Put(facts, model.FactEvents, l.about[s.Workload])
		rule.Put(facts, model.FactPulls, l.events.PullsOf(s.Workload.Namespace, s.Names))
	}
}

// State is what the workload is doing, in a word: failed, finished, pending or running; "" where nothing says it.
func (w *Workload) State() string {
	phases := map[string]bool{}
	for _, s := range w.Subjects {
		if phase, has := patch.Lookup(s.Doc.Raw, patch.Path{"status", "phase"}); s.Live && has && s.Slot.Role != spark.Executor {
			phases[strings.Trim(string(phase), `"`)] = true
		}
	}
	r, _ := w.resource()
	switch {
	case r != nil && (r.Verdict == model.HasFailed || r.Verdict == model.NotSubmitted) || phases["Failed"] && !phases["Running"]:
		return "failed"
	case phases["Running"]:
		return "running"
	case phases["Pending"] || r != nil && r.Verdict == model.Waiting:
		return "pending"
	case phases["Succeeded"] || r != nil && r.Verdict == model.Succeeded:
		return "finished"
	}
	return ""
}

// maxFailed bounds the failed applications of one run that are judged, and held while it reads: the last to start.
const maxFailed = 100

// failed are the pods of drivers whose application failed the last time that it ran, and does not run now.
func (e *ended) failed(docs []*workload.Document) (all []readObject) {
	running := map[[2]string]bool{}
	for _, d := range docs {
		running[[2]string{d.Namespace, d.Name}] = true
		if name := d.Meta.Labels["spark-app-name"]; d.Kind == "Pod" && name != "" {
			running[[2]string{d.Namespace, name}] = true
		}
	}
	newest := map[[2]string]*endedApp{}
	for i := range e.all {
		one := &e.all[i]
		if at := newest[one.run()]; at == nil || !one.started.Before(&at.started) {
			newest[one.run()] = one
		}
	}
	for i := range e.all {
		one := &e.all[i]
		if one.Failed && one.read.doc != nil && newest[one.run()] == one && !running[one.run()] && !running[[2]string{one.Namespace, one.resource}] {
			all = append(all, one.read)
		}
	}
	slices.SortStableFunc(all, func(a, b readObject) int {
		return b.doc.Meta.CreationTimestamp.Compare(a.doc.Meta.CreationTimestamp.Time)
	})
	return all[:min(len(all), maxFailed)]
}

// run is what runs of one application have in common: the custom resource, or the name.
func (e *endedApp) run() [2]string {
	if e.resource != "" {
		return [2]string{e.Namespace, e.resource}
	}
	return [2]string{e.Namespace, e.Name}
}

// forget lets go of the pods of those that started first, where many are held.
func (e *ended) forget() {
	if e.held < 2*maxFailed {
		return
	}
	e.held = maxFailed
	var held []*endedApp
	for i := range e.all {
		if e.all[i].read.doc != nil {
			held = append(held, &e.all[i])
		}
	}
	slices.SortStableFunc(held, func(a, b *endedApp) int { return b.started.Compare(a.started.Time) })
	for _, one := range held[maxFailed:] {
		one.read.doc = nil
	}
}

// ended is what happened to the pods of a live subject, with the limit and the heap that they had.
func (s *Subject) ended() (e tuner.Ended, is bool) {
	life := s.scene.lives.bySubject[s.Workload][s.ID()]
	t, at := s.Slot.Template, s.Slot.Identity.Container
	if !s.Live || life == nil || t == nil || at < 0 || at >= len(t.Spec.Containers) {
		return e, false
	}
	c := &t.Spec.Containers[at]
	e.Role = s.Slot.Role
	e.Limit, _ = sizing.MemoryLimit(c, nil)
	if e.Role == spark.Executor {
		e.Heap, _, _ = sizing.ExecutorPod(c)
	} else if mib, set, err := s.Slot.Conf.SizeFor(s.Workload.Version, "spark.driver.memory", spark.MiB, spark.MiB); set && err == nil {
		e.Heap = mib
	}
	for _, h := range life.Of(model.OOMKilled, model.HeapExhausted) {
		if h.Role != e.Role || h.Container != c.Name {
			continue
		}
		if h.Kind == model.OOMKilled {
			e.OOMKilled += h.Pods
		} else {
			e.Full += h.Pods
		}
		e.Pod = h.Example.Pod
	}
	return e, e.OOMKilled+e.Full > 0
}
