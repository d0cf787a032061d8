package neighbour

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-spark/kubectl-spark/spark"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Namespace is what a namespace says of itself.
type Namespace struct {
	Name                string
	Labels, Annotations map[string]string
}

func (s *Set) addNamespace(n *corev1.Namespace) {
	s.namespaces[n.Name] = &Namespace{n.Name, n.Labels, n.Annotations}
}

// Everywhere makes labels and annotations those of every namespace that was not handed in; nil: these are not known.
func (s *Set) Everywhere(marks *rule.Marks) { s.everywhere = marks }

// Namespace is what is known of the one of that name; nil where it was not handed in.
func (s *Set) Namespace(name string) *Namespace { return s.namespaces[name] }

// Quota is a ResourceQuota: what the pods of a namespace may ask for together.
type Quota struct {
	Name   string
	Hard   corev1.ResourceList
	Used   corev1.ResourceList // nil in files
	scopes []corev1.ScopedResourceSelectorRequirement
}

// QuotaOf is what counts of a ResourceQuota.
func QuotaOf(q *corev1.ResourceQuota) Quota {
	one := Quota{Name: q.Name, Hard: q.Spec.Hard, Used: q.Status.Used}
	for _, scope := range q.Spec.Scopes {
		one.scopes = append(one.scopes, corev1.ScopedResourceSelectorRequirement{ScopeName: scope, Operator: corev1.ScopeSelectorOpExists})
	}
	if q.Spec.ScopeSelector != nil {
		one.scopes = append(one.scopes, q.Spec.ScopeSelector.MatchExpressions...)
	}
	return one
}

func (s *Set) addQuota(q *corev1.ResourceQuota) {
	s.quotas[q.Namespace] = append(s.quotas[q.Namespace], QuotaOf(q))
}

// Counts says whether the quota counts a pod. A pod has to be in all of its scopes.
func (q *Quota) Counts(spec *corev1.PodSpec) spark.Answer { return q.counts(spec, false) }

// counts is Counts; made says that the API server has chosen the pod's priority class, if it has any.
func (q *Quota) counts(spec *corev1.PodSpec, made bool) spark.Answer {
	answer := spark.Yes
	for i := range q.scopes {
		switch inScope(&q.scopes[i], spec, made) {
		case spark.No:
			return spark.No
		case spark.Unknown:
			answer = spark.Unknown
		}
	}
	return answer
}

func inScope(scope *corev1.ScopedResourceSelectorRequirement, spec *corev1.PodSpec, made bool) spark.Answer {
	ends := spec.ActiveDeadlineSeconds != nil && *spec.ActiveDeadlineSeconds >= 0
	switch scope.ScopeName {
	case corev1.ResourceQuotaScopeTerminating:
		return spark.AnswerOf(ends)
	case corev1.ResourceQuotaScopeNotTerminating:
		return spark.AnswerOf(!ends)
	case corev1.ResourceQuotaScopeBestEffort:
		return spark.AnswerOf(bestEffort(spec))
	case corev1.ResourceQuotaScopeNotBestEffort:
		return spark.AnswerOf(!bestEffort(spec))
	case corev1.ResourceQuotaScopePriorityClass:
		return ofClass(scope, spec.PriorityClassName, made)
	}
	return spark.Unknown
}

func ofClass(scope *corev1.ScopedResourceSelectorRequirement, class string, made bool) spark.Answer {
	if class == "" && !made && scope.Operator != corev1.ScopeSelectorOpDoesNotExist {
		return spark.Unknown // the cluster may have a default class
	}
	switch scope.Operator {
	case corev1.ScopeSelectorOpIn:
		return spark.AnswerOf(class != "" && slices.Contains(scope.Values, class))
	case corev1.ScopeSelectorOpNotIn:
		return spark.AnswerOf(!slices.Contains(scope.Values, class))
	case corev1.ScopeSelectorOpExists:
		return spark.AnswerOf(class != "")
	case corev1.ScopeSelectorOpDoesNotExist:
		if class != "" || made {
			return spark.AnswerOf(class == "")
		}
	}
	return spark.Unknown
}

// bestEffort says whether no container asks for anything or is bounded.
func bestEffort(spec *corev1.PodSpec) bool {
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			for _, amounts := range []corev1.ResourceList{list[i].Resources.Requests, list[i].Resources.Limits} {
				if !amounts.Cpu().IsZero() || !amounts.Memory().IsZero() {
					return false
				}
			}
		}
	}
	return true
}

// LimitRange is what the containers and pods of a namespace are given by default, and between which bounds they must lie.
type LimitRange struct {
	Name  string
	Items []corev1.LimitRangeItem
}

func (s *Set) addLimitRange(l *corev1.LimitRange) {
	s.limits[l.Namespace] = append(s.limits[l.Namespace], LimitRange{l.Name, l.Spec.Limits})
}

// Policy is a NetworkPolicy that selects a pod.
type Policy struct {
	Name string
	Spec networkingv1.NetworkPolicySpec

	selector labels.Selector // nil where it is wrong; made once: it is asked for every pod
}

func (s *Set) addPolicy(p *networkingv1.NetworkPolicy) {
	one := Policy{Name: p.Name, Spec: p.Spec}
	one.selector, _ = metav1.LabelSelectorAsSelector(&one.Spec.PodSelector)
	s.policies[p.Namespace] = append(s.policies[p.Namespace], one)
}

// selecting are the policies of a namespace that select a pod with these labels.
func (s *Set) selecting(namespace string, of map[string]string) (out []Policy) {
	for _, p := range s.policies[namespace] {
		if p.selector != nil && p.selector.Matches(labels.Set(of)) {
			out = append(out, p)
		}
	}
	return out
}
