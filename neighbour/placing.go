package neighbour

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// Takes says whether the scheduler may place a pod on the node, whatever its size: by the pod's node selector and
// required affinity, and by the node's taints. A cordoned node takes none now; it may later.
func (n *Node) Takes(spec *corev1.PodSpec) bool {
	return n.Assumed || n.chosen(spec) && n.tolerated(spec.Tolerations)
}

// takesDaemon is Takes for a DaemonSet's pod, to which its controller gives tolerations of its own.
func (n *Node) takesDaemon(spec *corev1.PodSpec) bool {
	own := []string{corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable, corev1.TaintNodeDiskPressure, corev1.TaintNodeMemoryPressure, corev1.TaintNodePIDPressure, corev1.TaintNodeUnschedulable}
	tolerations := slices.Clone(spec.Tolerations)
	for _, key := range own {
		tolerations = append(tolerations, corev1.Toleration{Key: key, Operator: corev1.TolerationOpExists})
	}
	return !n.Assumed && n.chosen(spec) && n.tolerated(tolerations)
}

func (n *Node) chosen(spec *corev1.PodSpec) bool {
	if spec.NodeName != "" && spec.NodeName != n.Name || !labels.SelectorFromSet(spec.NodeSelector).Matches(labels.Set(n.Labels)) {
		return false
	}
	a := spec.Affinity
	if a == nil || a.NodeAffinity == nil || a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return true
	}
	return slices.ContainsFunc(a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms, n.fits)
}

// fits says whether a term, all of its parts, fits the node. One without parts fits none.
func (n *Node) fits(term corev1.NodeSelectorTerm) bool {
	for i := range term.MatchExpressions {
		if !matches(&term.MatchExpressions[i], n.Labels) {
			return false
		}
	}
	for i := range term.MatchFields {
		if !matches(&term.MatchFields[i], map[string]string{metav1.ObjectNameField: n.Name}) {
			return false
		}
	}
	return len(term.MatchExpressions)+len(term.MatchFields) > 0
}

func matches(part *corev1.NodeSelectorRequirement, of map[string]string) bool {
	operators := map[corev1.NodeSelectorOperator]selection.Operator{
		corev1.NodeSelectorOpIn: selection.In, corev1.NodeSelectorOpNotIn: selection.NotIn, corev1.NodeSelectorOpExists: selection.Exists,
		corev1.NodeSelectorOpDoesNotExist: selection.DoesNotExist, corev1.NodeSelectorOpGt: selection.GreaterThan, corev1.NodeSelectorOpLt: selection.LessThan,
	}
	r, err := labels.NewRequirement(part.Key, operators[part.Operator], part.Values)
	return err == nil && r.Matches(labels.Set(of))
}

// tolerated says whether each taint that keeps pods away is tolerated.
func (n *Node) tolerated(tolerations []corev1.Toleration) bool {
	for _, taint := range n.Taints {
		if taint.Effect == corev1.TaintEffectPreferNoSchedule {
			continue
		}
		if !slices.ContainsFunc(tolerations, func(t corev1.Toleration) bool { return tolerates(&t, &taint) }) {
			return false
		}
	}
	return true
}

func tolerates(t *corev1.Toleration, taint *corev1.Taint) bool {
	if t.Effect != "" && t.Effect != taint.Effect || t.Key != "" && t.Key != taint.Key {
		return false
	}
	switch t.Operator {
	case corev1.TolerationOpExists:
		return true
	case "", corev1.TolerationOpEqual:
		return t.Key != "" && t.Value == taint.Value
	}
	// Lt and Gt compare whole numbers.
	wanted, bad := strconv.ParseInt(t.Value, 10, 64)
	has, worse := strconv.ParseInt(taint.Value, 10, 64)
	return bad == nil && worse == nil && (t.Operator == "Lt" && has < wanted || t.Operator == "Gt" && has > wanted)
}
