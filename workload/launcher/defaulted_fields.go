package launcher

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// defaultedField is a field of a pod's section. lacks says whether a pod was made without it, which is only told where
// nothing else could have brought or changed what it looks for.
type defaultedField struct {
	name     string
	isSwitch bool // only true says anything
	lacks    func(value any, t *corev1.PodTemplateSpec, c *corev1.Container) bool
}

var defaultedFields = []defaultedField{
	{name: "env", lacks: func(v any, _ *corev1.PodTemplateSpec, c *corev1.Container) bool {
		return lacksAny(texts(v, "name"), func(name string) bool {
			return slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == name })
		})
	}},
	{name: "envFrom", lacks: func(_ any, _ *corev1.PodTemplateSpec, c *corev1.Container) bool { return len(c.EnvFrom) == 0 }},
	{name: "configMaps", lacks: func(v any, t *corev1.PodTemplateSpec, _ *corev1.Container) bool {
		return lacksAny(texts(v, "name"), func(name string) bool { return mountsMap(t, name) })
	}},
	{name: "ports"},
	{name: "hostNetwork", isSwitch: true, lacks: func(_ any, t *corev1.PodTemplateSpec, _ *corev1.Container) bool { return !t.Spec.HostNetwork }},
	{name: "hostAliases", lacks: func(_ any, t *corev1.PodTemplateSpec, _ *corev1.Container) bool { return len(t.Spec.HostAliases) == 0 }},
	{name: "initContainers", lacks: func(v any, t *corev1.PodTemplateSpec, _ *corev1.Container) bool {
		return lacksAny(texts(v, "name"), func(name string) bool { return holdsContainer(t.Spec.InitContainers, name) })
	}},
	{name: "sidecars", lacks: func(v any, t *corev1.PodTemplateSpec, _ *corev1.Container) bool {
		return lacksAny(texts(v, "name"), func(name string) bool { return holdsContainer(t.Spec.Containers, name) })
	}},
	{name: "dnsConfig", lacks: func(_ any, t *corev1.PodTemplateSpec, _ *corev1.Container) bool { return t.Spec.DNSConfig == nil }},
	{name: "priorityClassName", lacks: func(v any, t *corev1.PodTemplateSpec, _ *corev1.Container) bool { return t.Spec.PriorityClassName != v }},
	{name: "schedulerName"}, // batchScheduler wins over it
	{name: "nodeSelector", lacks: func(v any, t *corev1.PodTemplateSpec, _ *corev1.Container) bool {
		pairs, _ := v.(map[string]any)
		for key := range pairs {
			if _, has := t.Spec.NodeSelector[key]; !has {
				return true
			}
		}
		return false
	}},
	{name: "affinity", lacks: func(_ any, t *corev1.PodTemplateSpec, _ *corev1.Container) bool { return t.Spec.Affinity == nil }},
	{name: "tolerations", lacks: func(v any, t *corev1.PodTemplateSpec, _ *corev1.Container) bool {
		return lacksAny(texts(v, "key"), func(key string) bool {
			return slices.ContainsFunc(t.Spec.Tolerations, func(o corev1.Toleration) bool { return o.Key == key })
		})
	}},
	{name: "memoryLimit"}, // Spark sets a limit of its own
	{name: "gpu", lacks: func(v any, _ *corev1.PodTemplateSpec, c *corev1.Container) bool {
		gpu, _ := v.(map[string]any)
		name, _ := gpu["name"].(string)
		_, has := c.Resources.Limits[corev1.ResourceName(name)]
		return !has
	}},
	{name: "securityContext", lacks: func(_ any, _ *corev1.PodTemplateSpec, c *corev1.Container) bool { return c.SecurityContext == nil }},
	{name: "podSecurityContext"}, // Spark sets a group by itself
	{name: "terminationGracePeriodSeconds"},
	{name: "lifecycle", lacks: func(_ any, _ *corev1.PodTemplateSpec, c *corev1.Container) bool { return c.Lifecycle == nil }},
	{name: "shareProcessNamespace", isSwitch: true, lacks: func(_ any, t *corev1.PodTemplateSpec, _ *corev1.Container) bool {
		return t.Spec.ShareProcessNamespace == nil
	}},
}
