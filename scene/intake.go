package scene

import (
	"encoding/json"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/cluster/protobuf"
	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

// intake takes the objects of a cluster in as they come. Of pods that differ in nothing but names and state one is kept, and
// the others are counted, most of them without being decoded.
type intake struct {
	looked   unrecognised
	fold     *workload.Fold
	first    map[protobuf.Key]first
	docs     []*workload.Document
	doubtful []*workload.Document
	notRead  []NotRead
	ended    ended
	lives    *lives
}

// first is what is known of pods that are alike.
type first struct {
	doc  *workload.Document // that counts them; nil where they have ended and are not counted
	each bool               // they are taken in one by one
}

func newIntake() *intake {
	return &intake{looked: unrecognised{}, fold: workload.NewFold(), first: map[protobuf.Key]first{}, lives: newLives(time.Now())}
}

// page takes a page in. What is new of it is decoded on every processor.
func (in *intake) page(objects []*cluster.Object) error {
	all, happened := make([]readObject, len(objects)), make([]*corev1.Pod, len(objects))
	coming := map[protobuf.Key]bool{}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, o := range objects {
		happened[i] = o.Happened()
		if key, _, alike := o.Alike(); alike {
			if seen, before := in.first[key]; coming[key] || before && !seen.each {
				continue
			}
			coming[key] = true
		}
		group.Go(func() error {
			all[i] = readJSON(o.JSON())
			return nil // each has its own error, which is told in its turn
		})
	}
	_ = group.Wait()
	for i, o := range objects {
		if happened[i] != nil {
			in.lives.record.Add(happened[i])
		}
		key, name, alike := o.Alike()
		if seen, before := in.first[key]; alike && before && !seen.each {
			if seen.doc != nil {
				seen.doc.Also(name)
			}
			continue
		}
		if !all[i].read { // the first like it turned out to be one of those that are taken in one by one
			all[i] = readJSON(o.JSON())
		}
		seen := first{}
		if all[i].ended {
			in.ended.add(all[i])
		} else {
			seen = in.take(all[i])
		}
		if alike {
			in.first[key] = seen
		}
	}
	return nil
}

// object takes one object in by itself, ended or not, and gives the document that shows it; nil where it cannot be read.
func (in *intake) object(raw []byte) *workload.Document {
	o := readJSON(raw, nil)
	if o.err == nil {
		in.lives.file(o.doc)
	}
	return in.take(o).doc
}

// readObject is an object that was decoded.
type readObject struct {
	read  bool
	doc   *workload.Document
	ended bool
	// failed says of a pod that has ended how.
	failed bool
	err    error
}

// readJSON decodes an object, without the fields that no rule needs.
func readJSON(raw []byte, err error) readObject {
	if err != nil {
		return readObject{read: true, err: err}
	}
	at := patch.Path{"metadata", "managedFields"}
	if _, ok := patch.Lookup(raw, at); ok {
		if slim, err := patchjson.Apply(raw, []patch.Op{{Op: patch.Remove, Path: at.Pointer()}}); err == nil {
			raw = slim
		}
	}
	o := readObject{read: true}
	o.doc, o.err = launcher.FromObject(raw)
	switch {
	case o.doc == nil:
	case o.doc.Kind == "Pod": // the phase of a custom resource is its operator's
		o.ended, o.failed = finished(raw)
	case o.doc.Kind == "Job":
		o.ended, o.failed = finishedJob(raw)
	}
	return o
}

// finishedJob says whether a Job is over, and how.
func finishedJob(raw []byte) (ended, failed bool) {
	var job batchv1.Job
	if json.Unmarshal(raw, &job) != nil {
		return false, false // it is read as one that runs, and what is wrong with it is said there
	}
	for _, c := range job.Status.Conditions {
		if c.Status == corev1.ConditionTrue {
			failed = failed || c.Type == batchv1.JobFailed
			ended = ended || failed || c.Type == batchv1.JobComplete
		}
	}
	return ended, failed
}

// finished tells pods that have ended: what they were is a matter of their next run's configuration.
func finished(raw []byte) (ended, failed bool) {
	phase, _ := patch.Lookup(raw, patch.Path{"status", "phase"})
	failed = string(phase) == `"Failed"`
	return failed || string(phase) == `"Succeeded"`, failed
}

// take keeps what concerns Spark, unless it is a pod like one before. What cannot be read is named, and the others go on.
func (in *intake) take(o readObject) first {
	if o.err != nil {
		in.notRead = append(in.notRead, NotRead{Reason: o.err.Error()})
		return first{each: true}
	}
	before, again := in.fold.Into(o.doc)
	if before != nil {
		return first{doc: before}
	}
	if len(Unread(o.doc, "", nil)) > 0 {
		in.doubtful = append(in.doubtful, o.doc)
	}
	in.looked.add(o.doc, "")
	if o.doc.Spark() {
		in.docs = append(in.docs, o.doc)
	}
	return first{doc: o.doc, each: !again}
}
