package spark

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// ConfMounted says whether something is mounted where a container looks for Spark's configuration. An empty folder that no
// init container fills, as Bitnami's chart mounts it, holds none. spec may be nil: then every mount counts.
func ConfMounted(c *corev1.Container, spec *corev1.PodSpec) bool {
	if _, _, set := EnvValue(c, "SPARK_CONF_DIR"); set {
		return true
	}
	for _, m := range c.VolumeMounts {
		if (strings.HasSuffix(m.MountPath, "/spark/conf") || strings.Contains(m.MountPath, "/spark/conf/")) && (spec == nil || !staysEmpty(spec, m.Name)) {
			return true
		}
	}
	return false
}

func staysEmpty(spec *corev1.PodSpec, volume string) bool {
	for i := range spec.InitContainers {
		for _, m := range spec.InitContainers[i].VolumeMounts {
			if m.Name == volume {
				return false
			}
		}
	}
	return slices.ContainsFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == volume && v.EmptyDir != nil })
}
