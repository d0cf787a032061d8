package scene

import (
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

// Tuning is what was seen of a workload that its sizing depends on.
func (w *Workload) Tuning() tuner.Input {
	in := tuner.Input{Version: w.Version, Launcher: w.Launcher, Conf: w.Conf, Runs: w.Runs}
	if doc := w.Owner(); doc != nil {
		in.Conf = doc.EffectiveConf() // what can be changed is what is weighed
	}
	for _, s := range w.Subjects {
		if python := s.Slot.Identity.Python; python != nil && *python {
			in.Python = true
		}
		if e, is := s.ended(); is {
			in.Ended = append(in.Ended, e)
		}
		if !slices.ContainsFunc(in.Pods, func(p tuner.Pod) bool { return p.Role == s.Slot.Role }) {
			in.Pods = append(in.Pods, s.pod(in.Conf))
		}
	}
	if w.Subjects == nil && w.Runs != nil {
		in.Pods = []tuner.Pod{{Role: spark.Driver}, {Role: spark.Executor}}
	}
	if len(w.Subjects) > 0 {
		in.Nodes = w.Subjects[0].scene.shapes(in.Conf)
	}
	return in
}

func (s *Subject) pod(conf spark.Conf) tuner.Pod {
	p := tuner.Pod{Role: s.Slot.Role, Submitted: s.Slot.Submitted}
	if t := s.Slot.Template; t != nil {
		if at := s.Slot.Identity.Container; at >= 0 && at < len(t.Spec.Containers) {
			p.Container, p.Spec = &t.Spec.Containers[at], &t.Spec
		}
	}
	slot := *s.Slot
	slot.Conf = conf
	one := *s
	one.Slot = &slot
	annotation := ""
	if t := s.Slot.Template; t != nil {
		annotation = t.Annotations[rule.ImageAnnotation]
	}
	if folder := s.confFolder(); folder != nil {
		p.Files = s.scene.related.texts.Files(folder)
	}
	if facts, _ := rule.ImageFacts(one.Image(), annotation, s.scene.images); facts != nil {
		p.Java, p.ImageKnown = facts.Java, true
	}
	return p
}

// shapes groups the nodes that executors may be placed on by what they can give.
func (sc *Scene) shapes(conf spark.Conf) []shapes.Node {
	source := "allocatable less DaemonSets"
	if !sc.Daemons {
		source = "allocatable; DaemonSets are not known"
	}
	executor := &corev1.PodSpec{NodeSelector: spark.NodeSelector(conf, spark.Executor)}
	var nodes []shapes.Node
	for i := range sc.Nodes {
		if n := &sc.Nodes[i]; !n.Cordoned && n.Takes(executor) {
			shape := shapeOf(n)
			shape.Source = source
			nodes = append(nodes, shape)
		}
	}
	return shapes.Group(nodes)
}

// shapeOf is what a node can give, in the units of the tuner.
func shapeOf(n *neighbour.Node) shapes.Node {
	return shapes.Node{Name: n.Labels[corev1.LabelInstanceTypeStable], CapacityMilli: n.Capacity.Cpu().MilliValue(),
		CPUMilli: max(n.Room.Cpu().MilliValue(), 0), MemoryMiB: max(n.Room.Memory().Value(), 0) >> 20, Pods: max(n.Room.Pods().Value(), 0)}
}

// Place is the workload's title behind the place where it begins: app.yaml:3: team/app.
func (w *Workload) Place() string {
	file := w.FirstFile()
	if file == "" || w.Title == file {
		return w.Title
	}
	return fmt.Sprintf("%s:%d: %s", file, max(w.Subjects[0].Doc.Line, 1), w.Title)
}

// Placed gives an error about a value the file and the line that it stands in.
func (w *Workload) Placed(err error) error {
	var at *spark.ConfError
	doc := w.Owner()
	if !errors.As(err, &at) || doc == nil || len(w.Subjects) == 0 || w.Subjects[0].scene.fileName[doc] == "" {
		return fmt.Errorf("%s: %w", w.Place(), err)
	}
	placed := *at
	if placed.Setting.Line == 0 && len(placed.Setting.Path) > 0 {
		placed.Setting.Line = doc.LineOf(placed.Setting.Path)
	}
	return errors.New(placed.In(w.Subjects[0].scene.fileName[doc]))
}

// Leave goes on without one of its workloads, also one that an event log alone tells of.
func (sc *Scene) Leave(w *Workload, err error) {
	if len(w.Subjects) > 0 {
		sc = w.Subjects[0].scene
	}
	sc.Left.Workload(w.Title, w.FirstFile(), err)
}
