package cluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
)

// Node is what tune needs of a node.
type Node struct {
	Name   string
	Type   string // the machine type that its provider has labelled it with; "" where it has not
	Labels map[string]string
	// CapacityMilli are the machine's processors, in thousandths.
	CapacityMilli int64
	// CPUMilli, MemoryMiB and Pods are status.allocatable less what DaemonSets request.
	CPUMilli, MemoryMiB, Pods int64
	// Closed says that it is cordoned, or has a taint by which it takes no pod that does not tolerate it.
	Closed bool
}

// Nodes reads all nodes and takes what DaemonSets request off what each can give. daemons tells whether those could be
// read; what could not is among the gaps.
func (r *Reader) Nodes(ctx context.Context) (nodes []Node, daemons bool, gaps []Gap) {
	err := r.pages(ctx, kind{"", "v1", "Node", "nodes"}, Scope{}, reading{limit: page}, func(objects []*Object) error {
		for _, o := range objects {
			var n corev1.Node
			if err := o.decode(&n); err != nil {
				return err
			}
			nodes = append(nodes, nodeOf(&n))
		}
		return nil
	})
	if err != nil {
		return nil, false, []Gap{{Verb: "list", Resource: "nodes", Fact: neighbour.FactNodes, Err: err}}
	}
	err = r.pages(ctx, kind{"apps", "v1", "DaemonSet", "daemonsets"}, Scope{}, reading{limit: page}, func(objects []*Object) error {
		for _, o := range objects {
			var set appsv1.DaemonSet
			if err := o.decode(&set); err != nil {
				return err
			}
			subtractDaemon(nodes, &set.Spec.Template.Spec)
		}
		return nil
	})
	if err != nil {
		gaps = append(gaps, Gap{Verb: "list", Group: "apps", Resource: "daemonsets", Err: err})
	}
	return nodes, err == nil, gaps
}

func nodeOf(n *corev1.Node) Node {
	a := n.Status.Allocatable
	out := Node{Name: n.Name, Type: n.Labels[corev1.LabelInstanceTypeStable], Labels: n.Labels, CapacityMilli: n.Status.Capacity.Cpu().MilliValue(),
		CPUMilli: a.Cpu().MilliValue(), MemoryMiB: a.Memory().Value() >> 20, Pods: a.Pods().Value(), Closed: n.Spec.Unschedulable}
	for _, taint := range n.Spec.Taints {
		out.Closed = out.Closed || taint.Effect != corev1.TaintEffectPreferNoSchedule
	}
	return out
}

// NodesOf are the nodes of neighbours, as tune needs them.
func NodesOf(neighbours []neighbour.Node) (nodes []Node) {
	for i := range neighbours {
		n := &neighbours[i]
		nodes = append(nodes, nodeOf(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: n.Labels}, Spec: corev1.NodeSpec{Taints: n.Taints, Unschedulable: n.Cordoned},
			Status: corev1.NodeStatus{Capacity: n.Capacity, Allocatable: n.Room}}))
	}
	return nodes
}

// Takes says whether the scheduler may place a pod there that wants these labels and tolerates no taint.
func (n *Node) Takes(wanted map[string]string) bool {
	return !n.Closed && labels.SelectorFromSet(wanted).Matches(labels.Set(n.Labels))
}

// subtractDaemon takes a DaemonSet's pod off every node that its node selector matches. Affinity and taints are not weighed: a
// pod that is not there after all leaves more room, not less.
func subtractDaemon(nodes []Node, spec *corev1.PodSpec) {
	var cpu, memory resource.Quantity
	for i := range spec.Containers {
		requests := spec.Containers[i].Resources.Requests
		cpu.Add(*requests.Cpu())
		memory.Add(*requests.Memory())
	}
	selector := labels.SelectorFromSet(spec.NodeSelector)
	for i := range nodes {
		if n := &nodes[i]; selector.Matches(labels.Set(n.Labels)) {
			n.CPUMilli = max(n.CPUMilli-cpu.MilliValue(), 0)
			n.MemoryMiB = max(n.MemoryMiB-(memory.Value()+1<<20-1)>>20, 0)
			n.Pods = max(n.Pods-1, 0)
		}
	}
}
