package plugin

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// tunerInput hands on what was seen of a workload that its sizing depends on.
func (f *found) tunerInput(s *workloadSource) tuner.Input {
	in := tuner.Input{Version: s.Version, Launcher: s.Launcher, Conf: s.Conf}
	if doc := s.Owner(); doc != nil {
		in.Conf = doc.EffectiveConf() // what can be changed is what is weighed
	}
	for i := range s.Subjects {
		one := &s.Subjects[i]
		if python := one.Slot.Identity.Python; python != nil && *python {
			in.Python = true
		}
		if !slices.ContainsFunc(in.Pods, func(p tuner.Pod) bool { return p.Role == one.Slot.Role }) {
			in.Pods = append(in.Pods, podOf(one, in.Conf))
		}
	}
	in.Nodes = f.shapes(in.Conf)
	return in
}

func podOf(s *workload.Subject, conf spark.Conf) tuner.Pod {
	p := tuner.Pod{Role: s.Slot.Role}
	annotation := ""
	if t := s.Slot.Template; t != nil {
		annotation = t.Annotations[rule.ImageAnnotation]
		if at := s.Slot.Identity.Container; at >= 0 && at < len(t.Spec.Containers) {
			p.Container, p.Spec = &t.Spec.Containers[at], &t.Spec
		}
	}
	if facts, _ := rule.ImageFacts(s.Image(conf), annotation, nil); facts != nil {
		p.Java, p.ImageKnown = facts.Java, true
	}
	return p
}

// shapes groups the nodes that executors may be placed on by what they can give.
func (f *found) shapes(conf spark.Conf) []tuner.Node {
	source := "allocatable less DaemonSets"
	if !f.daemons {
		source = "allocatable; DaemonSets are not known"
	}
	wanted := spark.NodeSelector(conf, spark.Executor)
	var nodes []tuner.Node
	for i := range f.nodes {
		if n := &f.nodes[i]; n.Takes(wanted) {
			nodes = append(nodes, tuner.Node{Name: n.Type, CapacityMilli: n.CapacityMilli, CPUMilli: n.CPUMilli, MemoryMiB: n.MemoryMiB, Pods: n.Pods, Source: source})
		}
	}
	return tuner.Shapes(nodes)
}
