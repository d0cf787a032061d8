// Package scene gathers, once, what there is to judge: from files or from a cluster, into Subjects. Every command that
// judges or changes workloads starts from a Scene, so that they all see the same. It is the only package that knows
// where things came from. Start reading at [Files] and [Live].
package scene

import (
	"fmt"
	"slices"
	"sync"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	runs "github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Scene is everything that one run looks at. Nothing is read from disk or network once it is made.
type Scene struct {
	Workloads []*Workload
	// Files are the files that hold Spark, in the order in which they were read; only where Input.Edit asked for them.
	Files []*source.File
	// Gaps are what the API server did not give.
	Gaps []cluster.Gap
	// NotRead are objects of which not everything could be read with certainty.
	NotRead []NotRead
	// Aside counts by kind what was read from files and is nothing of Spark's.
	Aside workload.OtherObjects
	// Left are the files and workloads that are left out.
	Left *LeftOut
	// Nothing says that no workload was found, where that was looked for and where else there are some; "" where there is
	// one, and for files.
	Nothing string
	// Notes say what else the reader should know, such as an annotation that means nothing.
	Notes []string
	// Nodes are those of the files, or the cluster's where Scope.Nodes asked for them. Daemons says that what DaemonSets use is
	// known.
	Nodes   []neighbour.Node
	Daemons bool
	// Namespaces are those of the files.
	Namespaces []Namespace

	images     spark.Catalogue // of the webhook's settings
	edit       bool            // its files are to be edited
	lazy       bool            // nothing of it is edited: pods are predicted when they are judged
	marks      map[string]rule.Marks
	everywhere *rule.Marks // of every namespace, for files; nil: not known
	related    *related
	logs       func() neighbour.EventLogs // of all workloads; see eventLogs
	lives      *lives
	docs       []*workload.Document
	templates  source.Templates
	files      map[*workload.Document]*source.File
	fileName   map[*workload.Document]string
	versions   map[*source.File]Version
}

// NotRead is an object that could not be read with certainty, or only in part.
type NotRead struct {
	Object string // job jobs/etl
	File   string // "" for a live object
	Line   int
	Reason string
}

// Namespace is a Namespace by its name, with the labels and annotations that it has.
type Namespace struct {
	Name string
	rule.Marks
}

// Workload is one Spark application or server.
type Workload struct {
	workload.Workload
	// Title is what people call it: namespace/name, or the file of a configuration that stands by itself.
	Title string
	// Subjects are its roles, as they were seen.
	Subjects []*Subject
	// Runs are runs of it, as their event logs tell them.
	Runs []runs.Logged
	// Twin is a workload before this one in the scene that differs from it in the digits of its name and in the lines where it stands, and in
	// nothing else that rules can see: what they find in the one they find in the other. nil where there is none.
	Twin *Workload
	// Example says that it is the Twin of others.
	Example bool
}

// Subject is one thing that rules judge: a role of a workload, as one of its templates or pods shows it.
type Subject struct {
	Workload *Workload
	// Doc is the object that shows it, and Slot its place there, as they were read.
	Doc  *workload.Document
	Slot *workload.Slot
	// File is the name of the file that Doc is from; "" for a live object.
	File string
	// Live says that Doc is a Pod; Names are then some of the pods like it, and Count is how many there are: none of executors that
	// the driver which Doc is will make.
	Live  bool
	Names []string
	Count int
	// Shown says that live pods of the same role show what is. Such an owner is not judged, only edited.
	Shown bool

	shared    bool // its configuration is the workload's
	scene     *Scene
	predicted func() *pod.Pod
	twin      *Subject // see Workload.Twin
}

// Twin is the subject of the twin of the subject's workload; nil where there is none.
func (s *Subject) Twin() *Subject { return s.twin }

// Pod is the pod that will be made for the place, as far as its owner and configuration tell; nil where the template
// itself is what there is to judge.
func (s *Subject) Pod() *pod.Pod { return s.predicted() }

// Coming says that the subject's pods are those that a driver will make: its configuration is all that is known of them.
func (s *Subject) Coming() bool { return s.Live && s.Count == 0 }

// ID names a subject the same way before and after an edit.
func (s *Subject) ID() string {
	w := s.Workload
	id := fmt.Sprintf("%s %s %s/%s %s", w.Launcher, w.Kind, w.Namespace, w.Name, s.Slot.Role)
	if s.Live {
		return id + " pod " + s.Doc.Name
	}
	return id + " " + s.File + s.Slot.At.Pointer()
}

// Judged lists the subjects that rules are run on: where pods of a role run, they show what is, and their owner does not.
func (w *Workload) Judged() []*Subject {
	return slices.DeleteFunc(slices.Clone(w.Subjects), func(s *Subject) bool { return s.Shown })
}

// Editable lists the subjects in whose documents an edit lasts: pods are made anew from their owners where those were
// seen.
func (w *Workload) Editable() []*Subject {
	return slices.DeleteFunc(slices.Clone(w.Subjects), func(s *Subject) bool { return s.Live && w.owner(s) != nil })
}

// owner is the subject that makes pods of the role of s; nil where it was not seen.
func (w *Workload) owner(s *Subject) *Subject {
	i := slices.IndexFunc(w.Subjects, func(o *Subject) bool { return !o.Live && o.Slot.Role == s.Slot.Role })
	if i < 0 {
		return nil
	}
	return w.Subjects[i]
}

// Owner is the subject that makes the pods of s: s itself, or the owner of the same role; nil where it was not seen.
func (s *Subject) Owner() *Subject {
	if !s.Live {
		return s
	}
	return s.Workload.owner(s)
}

// Pods counts the live pods of the workload, all of them, drivers and executors.
func (w *Workload) Pods() (all, drivers, executors int) {
	for _, s := range w.Subjects {
		if !s.Live {
			continue
		}
		all += s.Count
		switch s.Slot.Role {
		case spark.Driver:
			drivers += s.Count
		case spark.Executor:
			executors += s.Count
		}
	}
	return all, drivers, executors
}

// uniqueTitle tells a workload from others of its name: by its kind, or by what launches it.
func uniqueTitle(titles map[string]bool, title string, w *workload.Workload) string {
	for _, more := range []string{w.Kind, string(w.Launcher)} {
		if title == "" || !titles[title] {
			break
		}
		if more != "" && !titles[title+" ("+more+")"] {
			return title + " (" + more + ")"
		}
	}
	return title
}

// build makes the scene's workloads of what was grouped. It is called again after edits.
func (sc *Scene) build(grouped []workload.Workload) {
	sc.Workloads = make([]*Workload, 0, len(grouped))
	titles := map[string]bool{}
	for i := range grouped {
		w := &Workload{Workload: grouped[i]}
		w.Title = w.Name
		if w.Namespace != "" {
			w.Title = w.Namespace + "/" + w.Name
		}
		if w.App != "" && titles[w.Title] {
			w.Title += " (" + w.App + ")" // runs of one name at a time are told apart by application
		}
		w.Title = uniqueTitle(titles, w.Title, &grouped[i])
		titles[w.Title] = true
		shown := map[spark.Role]bool{}
		for _, s := range grouped[i].Subjects {
			if s.Live {
				shown[s.Slot.Role] = true
			}
		}
		for _, s := range grouped[i].Subjects {
			one := &Subject{Workload: w, Doc: s.Doc, Slot: s.Slot, File: sc.fileName[s.Doc], Live: s.Live, Names: s.Names, Count: s.Count,
				Shown: !s.Live && shown[s.Slot.Role], shared: s.Shared, scene: sc}
			one.predict()
			w.Subjects = append(w.Subjects, one)
		}
		if w.Title == "" && len(w.Subjects) > 0 {
			w.Title = w.Subjects[0].File
		}
		sc.Workloads = append(sc.Workloads, w)
	}
	sc.lives.assign(sc.Workloads)
	sc.compare()
	sc.logs = sync.OnceValue(sc.eventLogs)
}

// Guessed says that the workload's launcher is a guess: its group is not known, and its shape is like that launcher's.
func (w *Workload) Guessed() bool {
	return slices.ContainsFunc(w.Subjects, func(s *Subject) bool { return s.Doc.Guess != "" })
}

// FileOf is the file that a document can be edited in; nil for a live object.
func (sc *Scene) FileOf(doc *workload.Document) *source.File { return sc.files[doc] }

// Same is the workload of this scene that is w in another scene of the same objects; nil where there is none.
func (sc *Scene) Same(w *Workload) *Workload {
	if len(w.Subjects) > 0 && w.Subjects[0].scene == sc {
		return w
	}
	i := slices.IndexFunc(sc.Workloads, func(o *Workload) bool {
		return o.Launcher == w.Launcher && o.Kind == w.Kind && o.Namespace == w.Namespace && o.Name == w.Name && o.App == w.App && o.FirstFile() == w.FirstFile()
	})
	if i < 0 {
		return nil
	}
	return sc.Workloads[i]
}

// FirstFile is the name of the file that the workload begins in; "" for a live one.
func (w *Workload) FirstFile() string {
	if len(w.Subjects) == 0 {
		return ""
	}
	return w.Subjects[0].File
}

// ConfSubject is the subject whose pod tells of the application's configuration; nil where only executors were seen.
func (w *Workload) ConfSubject() *Subject {
	i := slices.IndexFunc(w.Subjects, func(s *Subject) bool { return s.Slot.Role != spark.Executor })
	if i < 0 {
		return nil
	}
	return w.Subjects[i]
}
