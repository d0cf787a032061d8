package neighbour

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Lacks names the amounts that the quota bounds and that a container of the pod does not say: limits.cpu. Only of CPU
// and memory the API server asks that.
func (q *Quota) Lacks(spec *corev1.PodSpec) (names []string) {
	if spec.Resources != nil {
		return nil // said for the pod as a whole
	}
	for _, name := range [...]corev1.ResourceName{corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory, corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory} {
		if _, bounded := q.bound(name); bounded && slices.ContainsFunc(allContainers(spec), func(c *corev1.Container) bool { return !hasAmount(c, name) }) {
			names = append(names, string(name))
		}
	}
	return names
}

// bound is what the quota allows of an amount; cpu is an old name of requests.cpu.
func (q *Quota) bound(name corev1.ResourceName) (resource.Quantity, bool) {
	hard, bounded := q.Hard[name]
	if short, request := strings.CutPrefix(string(name), "requests."); request && !bounded {
		hard, bounded = q.Hard[corev1.ResourceName(short)]
	}
	return hard, bounded
}

// amount is what the container itself says of limits.cpu and the like.
func amount(c *corev1.Container, name corev1.ResourceName) (resource.Quantity, bool) {
	kind, short, _ := strings.Cut(string(name), ".")
	list := c.Resources.Requests
	if kind == "limits" {
		list = c.Resources.Limits
	}
	of, said := list[corev1.ResourceName(short)]
	return of, said
}

func hasAmount(c *corev1.Container, name corev1.ResourceName) bool {
	kind, short, _ := strings.Cut(string(name), ".")
	_, limit := c.Resources.Limits[corev1.ResourceName(short)]
	_, request := c.Resources.Requests[corev1.ResourceName(short)]
	return limit || request && kind == "requests"
}

func allContainers(spec *corev1.PodSpec) (all []*corev1.Container) {
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	return all
}

// Exceeds names an amount of which so many pods ask for more than the quota allows, with both; "" where all fit.
func (q *Quota) Exceeds(spec *corev1.PodSpec, pods int64) (name, asked, hard string) {
	requests, limits := Requests(spec), Limits(spec)
	for _, name := range [...]corev1.ResourceName{corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory, corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory, corev1.ResourcePods} {
		kind, short, _ := strings.Cut(string(name), ".")
		amounts := requests
		switch {
		case short == "":
			short = string(name)
		case kind == "limits":
			amounts = limits
		}
		one := amounts[corev1.ResourceName(short)]
		allowed, bounded := q.bound(name)
		total := one.DeepCopy()
		total.Mul(pods)
		if bounded && total.Cmp(allowed) > 0 {
			return string(name), total.String(), allowed.String()
		}
	}
	return "", "", ""
}

// WithDefaults is the pod as LimitRanges complete it: a container's limit from default, else from max, and its request from
// defaultRequest, else from its limit.
func WithDefaults(spec *corev1.PodSpec, ranges []LimitRange) *corev1.PodSpec {
	out := spec.DeepCopy()
	for _, c := range allContainers(out) {
		own := c.Resources.DeepCopy()
		for _, r := range ranges {
			for i := range r.Items {
				if item := &r.Items[i]; item.Type == corev1.LimitTypeContainer {
					complete(&c.Resources, own, item)
				}
			}
		}
	}
	return out
}

func complete(to, own *corev1.ResourceRequirements, item *corev1.LimitRangeItem) {
	if to.Limits == nil {
		to.Limits = corev1.ResourceList{}
	}
	if to.Requests == nil {
		to.Requests = corev1.ResourceList{}
	}
	defaults := item.Default.DeepCopy()
	if defaults == nil {
		defaults = corev1.ResourceList{}
	}
	for name, amount := range item.Max {
		if _, has := defaults[name]; !has {
			defaults[name] = amount
		}
	}
	for name, amount := range defaults {
		if _, has := to.Limits[name]; !has {
			to.Limits[name] = amount
		}
		_, limit := own.Limits[name]
		_, wanted := item.DefaultRequest[name]
		if _, has := to.Requests[name]; !has && !limit && !wanted {
			to.Requests[name] = amount
		}
	}
	for name, amount := range item.DefaultRequest {
		_, limit := own.Limits[name]
		if _, has := to.Requests[name]; !has && !limit {
			to.Requests[name] = amount
		}
	}
}

// Refuses says why the API server refuses a pod, completed, because of the range; "" where it does not.
func (r *LimitRange) Refuses(spec *corev1.PodSpec) string {
	for i := range r.Items {
		item := &r.Items[i]
		switch item.Type {
		case corev1.LimitTypeContainer:
			for _, c := range allContainers(spec) {
				if breach := outside(item, requested(c), c.Resources.Limits); breach != "" {
					return "container " + c.Name + " " + breach
				}
			}
		case corev1.LimitTypePod:
			if breach := outside(item, Requests(spec), Limits(spec)); breach != "" {
				return "the pod " + breach
			}
		}
	}
	return ""
}

func outside(item *corev1.LimitRangeItem, requests, limits corev1.ResourceList) string {
	for _, name := range [...]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
		request, asks := requests[name]
		limit, limited := limits[name]
		most, bounded := item.Max[name]
		least, required := item.Min[name]
		ratio, bound := item.MaxLimitRequestRatio[name]
		switch {
		case limited && asks && request.Cmp(limit) > 0:
			return fmt.Sprintf("would get the %s limit %s by default, below its request of %s", name, limit.String(), request.String())
		case bounded && limited && limit.Cmp(most) > 0:
			return fmt.Sprintf("limits %s to %s, above the maximum of %s", name, limit.String(), most.String())
		case bounded && asks && request.Cmp(most) > 0:
			return fmt.Sprintf("requests %s %s, above the maximum of %s", name, request.String(), most.String())
		case required && asks && request.Cmp(least) < 0:
			return fmt.Sprintf("requests %s %s, below the minimum of %s", name, request.String(), least.String())
		case bound && limited && asks && !request.IsZero() && limit.AsApproximateFloat64()/request.AsApproximateFloat64() > ratio.AsApproximateFloat64():
			return fmt.Sprintf("limits %s to %s, more than %s times its request of %s", name, limit.String(), ratio.String(), request.String())
		}
	}
	return ""
}
