package neighbour

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Bounds are the ResourceQuotas and LimitRanges of a namespace, for whoever edits a pod that is about to be made there. The
// API server has chosen its priority class by then, and has given it the defaults of LimitRanges: both happen before webhooks
// are called, and the bounds are enforced after them.
type Bounds interface {
	// MayRefuse says whether one of them could turn away the pod as an edit of its containers' resources leaves it, which
	// lets it in as it was before.
	MayRefuse(before, after *corev1.PodSpec) bool
}

// Unread are bounds that nobody has read: anything could be among them.
type Unread struct{}

// MayRefuse is always true.
func (Unread) MayRefuse(_, _ *corev1.PodSpec) bool { return true }

// Bounds are those of a namespace, as far as the Set knows them all.
func (s *Set) Bounds(namespace string) Bounds {
	if !s.whole("ResourceQuota", namespace) || !s.whole("LimitRange", namespace) {
		return Unread{}
	}
	return &AllBounds{Quotas: s.quotas[namespace], Limits: s.limits[namespace]}
}

// MayRefuse says whether the bounds could turn away a pod for what an edit adds to a container's requests and, of memory, to
// its limits.
func MayRefuse(bounds Bounds, before *corev1.PodSpec, container int, adds corev1.ResourceList) bool {
	after := *before
	after.Containers = slices.Clone(before.Containers)
	r := before.Containers[container].Resources.DeepCopy()
	for _, list := range []*corev1.ResourceList{&r.Requests, &r.Limits} {
		if *list == nil {
			*list = corev1.ResourceList{}
		}
	}
	for name, amount := range adds {
		r.Requests[name] = amount
		if name == corev1.ResourceMemory {
			r.Limits[name] = amount
		}
	}
	after.Containers[container].Resources = *r
	return bounds.MayRefuse(before, &after)
}

// AllBounds are all that a namespace has.
type AllBounds struct {
	Quotas []Quota
	Limits []LimitRange
}

// MayRefuse does not ask how much of a quota is used: other pods may take the rest at any moment.
func (b *AllBounds) MayRefuse(before, after *corev1.PodSpec) bool {
	if b.refuses(before) {
		return false // whatever is edited: the edit may even be what it lacks
	}
	for i := range b.Quotas {
		if b.Quotas[i].mayRefuse(before, after) {
			return true
		}
	}
	for i := range b.Limits {
		if !b.Limits[i].admits(after) {
			return true
		}
	}
	return false
}

// refuses says whether the pod is turned away for certain.
func (b *AllBounds) refuses(spec *corev1.PodSpec) bool {
	for i := range b.Quotas {
		if q := &b.Quotas[i]; q.counts(spec, true) == spark.Yes && len(q.Lacks(spec)) > 0 {
			return true
		}
	}
	for i := range b.Limits {
		if !b.Limits[i].admits(spec) {
			return true
		}
	}
	return false
}

// mayRefuse says whether the quota counts what the edit adds, or counts the pod only because of it.
func (q *Quota) mayRefuse(before, after *corev1.PodSpec) bool {
	was, is := q.counts(before, true), q.counts(after, true)
	switch {
	case is == spark.No || len(q.Hard) == 0:
		return false
	case was == spark.No:
		return true
	}
	for _, name := range bounded {
		if _, counted := q.bound(name); counted && differ(name, before, after) {
			return true
		}
	}
	return false
}

// bounded are the amounts that edits of ours add to.
var bounded = [...]corev1.ResourceName{corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory, corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory}

// differ says whether a container asks for another amount after the edit.
func differ(name corev1.ResourceName, before, after *corev1.PodSpec) bool {
	was, is := allContainers(before), allContainers(after)
	if len(was) != len(is) {
		return true
	}
	for i := range is {
		old, had := amount(was[i], name)
		now, has := amount(is[i], name)
		if had != has || old.Cmp(now) != 0 {
			return true
		}
	}
	return false
}

// admits says whether the pod lies within the range. The API server demands each amount that a range bounds, and compares
// the pod's amounts without what its runtime class adds.
func (r *LimitRange) admits(spec *corev1.PodSpec) bool {
	for i := range r.Items {
		item := &r.Items[i]
		switch item.Type {
		case corev1.LimitTypeContainer:
			for _, c := range allContainers(spec) {
				if !within(item, c.Resources.Requests, c.Resources.Limits) {
					return false
				}
			}
		case corev1.LimitTypePod:
			bare := *spec
			bare.Overhead = nil
			if !within(item, Requests(&bare), Limits(&bare)) {
				return false
			}
		}
	}
	return true
}

func within(item *corev1.LimitRangeItem, requests, limits corev1.ResourceList) bool {
	for _, name := range [...]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		request, asks := requests[name]
		limit, limited := limits[name]
		least, required := item.Min[name]
		most, bounded := item.Max[name]
		ratio, bound := item.MaxLimitRequestRatio[name]
		switch {
		case required && (!asks || request.Cmp(least) < 0 || limited && limit.Cmp(least) < 0),
			bounded && (!limited || limit.Cmp(most) > 0 || asks && request.Cmp(most) > 0),
			bound && (!asks || !limited || request.IsZero() || limit.IsZero()),
			bound && limit.AsApproximateFloat64()/request.AsApproximateFloat64() > ratio.AsApproximateFloat64():
			return false
		}
	}
	return true
}
