package neighbour

import (
	"path"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// FactLogAgents are the DaemonSets that collect the logs of containers. It is known where all DaemonSets were read.
var FactLogAgents = rule.NewFact[[]LogAgent]("the DaemonSets")

// LogAgent is a DaemonSet that reads the logs of a node's containers.
type LogAgent struct {
	Namespace, Name string
	pod             corev1.PodSpec
}

// logAgent is the agent that a DaemonSet is: by its image, and by the mounted folder of the node's logs.
func logAgent(d *appsv1.DaemonSet) (a LogAgent, is bool) {
	spec := &d.Spec.Template.Spec
	known := slices.ContainsFunc(spec.Containers, func(c corev1.Container) bool { return spark.CollectsLogs(c.Image) })
	reads := slices.ContainsFunc(spec.Volumes, func(v corev1.Volume) bool {
		return v.HostPath != nil && (strings.HasPrefix("/var/log/pods/", strings.TrimSuffix(path.Clean(v.HostPath.Path), "/")+"/") || path.Clean(v.HostPath.Path) == "/var/log/containers")
	})
	return LogAgent{d.Namespace, d.Name, *spec}, known && reads
}

// Collects says whether the agent runs on the node.
func (a *LogAgent) Collects(n *Node) bool { return n.takesDaemon(&a.pod) }

// Untolerated is the taint of the node that keeps the agent away, and no toleration of its pods' allows; nil where something else does.
func (a *LogAgent) Untolerated(n *Node) *corev1.Taint {
	for i := range n.Taints {
		alone := Node{Name: n.Name, Labels: n.Labels, Taints: n.Taints[i : i+1]}
		if n.chosen(&a.pod) && !alone.takesDaemon(&a.pod) {
			return &n.Taints[i]
		}
	}
	return nil
}
