package reading

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// ConfMounted says whether something is mounted where Spark looks for its configuration. An empty folder that no init
// container fills, as Bitnami's chart mounts it, holds none.
func ConfMounted(p *rule.Pass) bool {
	c, spec := p.Main(), &p.Template().Spec
	if _, _, set := spark.EnvValue(c, "SPARK_CONF_DIR"); set {
		return true
	}
	for _, m := range c.VolumeMounts {
		if (strings.HasSuffix(m.MountPath, "/spark/conf") || strings.Contains(m.MountPath, "/spark/conf/")) && !staysEmpty(spec, m.Name) {
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
