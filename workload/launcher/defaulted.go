package launcher

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// kubeflowDefaulted lists the fields that a role's section uses. Volumes whose names begin with spark-local-dir- are
// given to spark-submit, and count for nothing here.
func (s *resource) kubeflowDefaulted(spec patch.Path, role spark.Role) (used []workload.Defaulted) {
	section := spec.With(string(role))
	add := func(at patch.Path, lacks func(*corev1.PodTemplateSpec, *corev1.Container) bool) {
		if !unset(s.value(at)) {
			used = append(used, workload.Defaulted{Path: at, Lacks: lacks})
		}
	}
	for _, name := range []string{"sparkConfigMap", "hadoopConfigMap"} {
		add(spec.With(name), s.lacksConfigMap(spec.With(name)))
	}
	if s.exposes(spec.With("monitoring"), role) {
		add(spec.With("monitoring", "prometheus"), nil)
	}
	if mounts := s.mounts(spec, section.With("volumeMounts")); len(mounts) > 0 {
		add(section.With("volumeMounts"), func(_ *corev1.PodTemplateSpec, c *corev1.Container) bool {
			return lacksAny(mounts, func(path string) bool {
				return slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == path })
			})
		})
	}
	for _, f := range defaultedFields {
		var lacks func(*corev1.PodTemplateSpec, *corev1.Container) bool
		if f.lacks != nil {
			value := s.value(section.With(f.name))
			lacks = func(t *corev1.PodTemplateSpec, c *corev1.Container) bool { return f.lacks(value, t, c) }
		}
		if f.name == "gpu" && !s.gpu(section.With("gpu")) || f.isSwitch && s.value(section.With(f.name)) != true {
			continue
		}
		add(section.With(f.name), lacks)
	}
	return used
}

// mounts are the paths at which the webhook mounts volumes of the resource.
func (s *resource) mounts(spec, at patch.Path) (paths []string) {
	volumes := texts(s.value(spec.With("volumes")), "name")
	list, _ := s.value(at).([]any)
	for i := range list {
		name, _ := s.text(at.With(strconv.Itoa(i), "name"))
		path, _ := s.text(at.With(strconv.Itoa(i), "mountPath"))
		if path != "" && slices.Contains(volumes, name) && !strings.HasPrefix(name, "spark-local-dir-") {
			paths = append(paths, path)
		}
	}
	return paths
}

// exposes says whether the operator makes a ConfigMap with the Prometheus agent's settings that its webhook mounts.
func (s *resource) exposes(at patch.Path, role spark.Role) bool {
	word := map[bool]string{true: "exposeExecutorMetrics", false: "exposeDriverMetrics"}[role == spark.Executor]
	_, metrics := s.text(at.With("metricsPropertiesFile"))
	_, agent := s.text(at.With("prometheus", "configFile"))
	return s.value(at.With(word)) == true && !(metrics && agent)
}

func (s *resource) gpu(at patch.Path) bool {
	name, _ := s.text(at.With("name"))
	quantity, _ := s.text(at.With("quantity"))
	n, err := strconv.ParseInt(quantity, 10, 64)
	return name != "" && err == nil && n > 0
}

func (s *resource) lacksConfigMap(at patch.Path) func(*corev1.PodTemplateSpec, *corev1.Container) bool {
	name, _ := s.text(at)
	return func(t *corev1.PodTemplateSpec, _ *corev1.Container) bool { return !mountsMap(t, name) }
}

func mountsMap(t *corev1.PodTemplateSpec, name string) bool {
	return slices.ContainsFunc(t.Spec.Volumes, func(v corev1.Volume) bool { return v.ConfigMap != nil && v.ConfigMap.Name == name })
}

func holdsContainer(containers []corev1.Container, name string) bool {
	return slices.ContainsFunc(containers, func(c corev1.Container) bool { return c.Name == name })
}

func unset(v any) bool {
	switch held := v.(type) {
	case nil:
		return true
	case string:
		return held == ""
	case []any:
		return len(held) == 0
	case map[string]any:
		return len(held) == 0
	}
	return false
}

func texts(list any, field string) (out []string) {
	items, _ := list.([]any)
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			if text, ok := m[field].(string); ok && text != "" {
				out = append(out, text)
			}
		}
	}
	return out
}

func lacksAny(wanted []string, has func(string) bool) bool {
	return slices.ContainsFunc(wanted, func(s string) bool { return !has(s) })
}
