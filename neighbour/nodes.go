package neighbour

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Node is the shape of a node, and what keeps pods away from it.
type Node struct {
	Name     string
	Labels   map[string]string
	Taints   []corev1.Taint
	Cordoned bool
	Capacity corev1.ResourceList
	// Room is what the node can give to pods: allocatable, less what the pods of DaemonSets request there.
	Room corev1.ResourceList
	// Assumed says that somebody described the node: its labels and taints are not known.
	Assumed bool
}

func (s *Set) addNode(n *corev1.Node) {
	s.roomy = nil
	s.nodes = append(s.nodes, Node{Name: n.Name, Labels: n.Labels, Taints: n.Spec.Taints, Cordoned: n.Spec.Unschedulable, Capacity: n.Status.Capacity, Room: n.Status.Allocatable})
}

// AddShape takes in a shape of nodes that somebody means to have, by what it gives to pods; pods 0 is no bound. Those described are all
// that there are.
func (s *Set) AddShape(name string, cpuMilli, memoryMiB, pods int64) {
	s.roomy = nil
	room := corev1.ResourceList{corev1.ResourceCPU: *resource.NewMilliQuantity(cpuMilli, resource.DecimalSI), corev1.ResourceMemory: *resource.NewQuantity(memoryMiB<<20, resource.BinarySI)}
	if pods > 0 {
		room[corev1.ResourcePods] = *resource.NewQuantity(pods, resource.DecimalSI)
	}
	s.nodes = append(s.nodes, Node{Name: name, Capacity: room, Room: room, Assumed: true})
}

func (s *Set) addDaemonSet(d *appsv1.DaemonSet) {
	s.roomy = nil
	s.daemons = append(s.daemons, d.Spec.Template.Spec)
	if agent, is := logAgent(d); is {
		s.agents = append(s.agents, agent)
	}
}

// nodesWithRoom are the nodes with what DaemonSets take of them taken off. Files that bring nodes bring all of them.
func (s *Set) nodesWithRoom() List[Node] {
	s.roomyMu.Lock()
	defer s.roomyMu.Unlock()
	out := List[Node]{Items: s.roomy, Whole: s.cut("Node", "") == "" && (s.whole("Node", "") || len(s.read) == 0 && len(s.nodes) > 0)}
	if s.roomy != nil {
		return out
	}
	for _, n := range s.nodes {
		n.Room = n.Room.DeepCopy()
		for i := range s.daemons {
			if d := &s.daemons[i]; n.takesDaemon(d) {
				Subtract(n.Room, Requests(d))
			}
		}
		out.Items = append(out.Items, n)
	}
	s.roomy = out.Items
	return out
}

// Nodes are the nodes that were handed in as objects, with what DaemonSets take of them taken off. daemons says that there
// were DaemonSets.
func (s *Set) Nodes() (nodes []Node, daemons bool) {
	for _, n := range s.nodesWithRoom().Items {
		if !n.Assumed {
			nodes = append(nodes, n)
		}
	}
	return nodes, len(s.daemons) > 0
}

// Processors are those of the largest of the nodes: what a JVM without a CPU limit sees there.
func Processors(nodes []Node) (most int64) {
	for i := range nodes {
		most = max(most, nodes[i].Capacity.Cpu().Value())
	}
	return most
}

// Requests is what the scheduler finds room for: the sum of the containers and of init containers that stay, or the
// largest of the init containers before them, with the pod's overhead, and the pod itself.
func Requests(spec *corev1.PodSpec) corev1.ResourceList {
	total, stay, most := corev1.ResourceList{}, corev1.ResourceList{}, corev1.ResourceList{}
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		asked := requested(c)
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(stay, asked)
			asked = corev1.ResourceList{}
		}
		add(asked, stay)
		atLeast(most, asked)
	}
	for i := range spec.Containers {
		add(total, requested(&spec.Containers[i]))
	}
	add(total, stay)
	atLeast(total, most)
	if spec.Resources != nil { // of the whole pod
		for name, amount := range spec.Resources.Requests {
			total[name] = amount
		}
	}
	add(total, spec.Overhead)
	total[corev1.ResourcePods] = *resource.NewQuantity(1, resource.DecimalSI)
	return total
}

// Limits is what a quota counts of a pod's limits.
func Limits(spec *corev1.PodSpec) corev1.ResourceList {
	bounded := spec.DeepCopy()
	for _, c := range allContainers(bounded) {
		c.Resources.Requests = c.Resources.Limits
	}
	if bounded.Resources != nil {
		bounded.Resources.Requests = bounded.Resources.Limits
	}
	return Requests(bounded)
}

// Short names what of the amounts asked for a node has not enough, in order. What a shape of nodes does not tell is enough.
func Short(room, asked corev1.ResourceList) (names []corev1.ResourceName) {
	for name, amount := range asked {
		has, named := room[name]
		if _, cpu := room[corev1.ResourceCPU]; !named && (name == corev1.ResourcePods || name == corev1.ResourceEphemeralStorage || !cpu) {
			continue
		}
		if !amount.IsZero() && amount.Cmp(has) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// requested is what a container requests; what it does not say the API server takes from its limits.
func requested(c *corev1.Container) corev1.ResourceList {
	out := c.Resources.Limits.DeepCopy()
	if out == nil {
		out = corev1.ResourceList{}
	}
	for name, amount := range c.Resources.Requests {
		out[name] = amount
	}
	return out
}

func add(to, amounts corev1.ResourceList) {
	for name, amount := range amounts {
		sum := to[name].DeepCopy()
		sum.Add(amount)
		to[name] = sum
	}
}

// Subtract takes amounts off others.
func Subtract(from, amounts corev1.ResourceList) {
	for name, amount := range amounts {
		if rest, has := from[name]; has {
			rest = rest.DeepCopy()
			rest.Sub(amount)
			from[name] = rest
		}
	}
}

func atLeast(to, amounts corev1.ResourceList) {
	for name, amount := range amounts {
		if held, has := to[name]; !has || held.Cmp(amount) < 0 {
			to[name] = amount
		}
	}
}
