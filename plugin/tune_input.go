package plugin

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// tunerInput says of a workload what its sizing depends on.
func (f *found) tunerInput(s *workloadSource) tuner.Input {
	in := tuner.Input{Version: s.Version, Launcher: s.Launcher, Conf: s.Conf}
	if doc := s.owner(); doc != nil {
		in.Conf = doc.Conf // what can be changed is what is weighed
		for i := range doc.Slots {
			if in.Conf == nil {
				in.Conf = doc.Slots[i].Conf
			}
		}
	}
	kind, submitted := in.Conf.Get(spark.KeyResourceType)
	in.ClusterMode, in.Python, in.R = submitted, kind == "python", kind == "r"
	for i := range s.Subjects {
		one := &s.Subjects[i]
		if python := one.Slot.Identity.Python; python != nil && *python {
			in.Python = true
		}
		mode, _ := in.Conf.Get("spark.submit.deployMode")
		in.ClusterMode = in.ClusterMode || mode == "cluster" || one.Slot.Launcher == spark.Apache && one.Slot.Role.Job()
		if !slices.ContainsFunc(in.Pods, func(p tuner.Pod) bool { return p.Role == one.Slot.Role }) {
			in.Pods = append(in.Pods, podOf(one, in.Conf))
		}
	}
	in.Nodes = f.shapes(in.Conf)
	return in
}

func podOf(s *workload.Subject, conf spark.Conf) tuner.Pod {
	p := tuner.Pod{Role: s.Slot.Role}
	image, annotation := "", ""
	if t := s.Slot.Template; t != nil {
		annotation = t.Annotations[rule.ImageAnnotation]
		if at := s.Slot.Identity.Container; at >= 0 && at < len(t.Spec.Containers) {
			p.Container = &t.Spec.Containers[at]
			p.Open = open(p.Container)
			image = p.Container.Image
		}
	}
	// What the configuration names is what the pod will run.
	for _, key := range []string{"spark.kubernetes.container.image", "spark.kubernetes." + string(s.Slot.Role) + ".container.image"} {
		if name, set := conf.Get(key); set && !s.Live && !(s.Slot.Identity.Client && s.Slot.Role == spark.Driver) {
			image = name
		}
	}
	if facts, _ := rule.ImageFacts(image, annotation, nil); facts != nil {
		p.Java = facts.Java
	}
	return p
}

// open says whether a container takes settings from where they cannot be seen.
func open(c *corev1.Container) bool {
	if _, _, set := spark.EnvValue(c, "SPARK_CONF_DIR"); set {
		return true
	}
	for _, m := range c.VolumeMounts {
		if strings.HasSuffix(m.MountPath, "/spark/conf") || strings.Contains(m.MountPath, "/spark/conf/") {
			return true
		}
	}
	return len(c.EnvFrom) > 0
}

// shapes groups the nodes that executors may be placed on by what they can give.
func (f *found) shapes(conf spark.Conf) (shapes []tuner.Node) {
	wanted := map[string]string{}
	for _, key := range conf.Keys() {
		for _, prefix := range []string{"spark.kubernetes.node.selector.", "spark.kubernetes.executor.node.selector."} {
			if label, ok := strings.CutPrefix(key, prefix); ok {
				wanted[label], _ = conf.Get(key)
			}
		}
	}
	source := "allocatable less DaemonSets"
	if !f.daemons {
		source = "allocatable; DaemonSets are not known"
	}
	for i := range f.nodes {
		n := &f.nodes[i]
		if n.Closed || !matches(n, wanted) {
			continue
		}
		name := n.Type
		if name == "" {
			name = fmt.Sprintf("%gx%dMi", float64(n.CapacityMilli)/1000, n.MemoryMiB)
		}
		one := tuner.Node{Name: name, Count: 1, CapacityMilli: n.CapacityMilli, CPUMilli: n.CPUMilli, MemoryMiB: n.MemoryMiB, Pods: n.Pods, Source: source}
		at := slices.IndexFunc(shapes, func(held tuner.Node) bool {
			held.Count = 1
			return held == one
		})
		if at >= 0 {
			shapes[at].Count++
			continue
		}
		shapes = append(shapes, one)
	}
	return shapes
}

func matches(n *cluster.Node, wanted map[string]string) bool {
	for label, value := range wanted {
		if n.Labels[label] != value {
			return false
		}
	}
	return true
}
