package performance

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
)

func claimGroup() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P052", Name: "claim-without-group", Level: rule.Warning, Area: rule.Performance, Client: true,
		Uses: []rule.Key{rule.FactImage, rule.FactConf},
		Doc: rule.Doc{
			Title: "The container's user cannot write to a claim",
			Why: "The file system of a new volume belongs to root. Spark's images run as uid 185, so the executor fails (\"Failed to create local dir\"). " +
				"With fsGroup the kubelet gives the volume to a group of the container. Some storage, such as NFS, needs no fsGroup: ignore this finding there.",
			Remedy: "set fsGroup in the pod's securityContext, 185 for Spark's images",
			Since:  "0.1.0",
			Sources: []string{
				"Kubernetes: securityContext.fsGroup, fsGroupChangePolicy",
				"Spark: LocalDirsFeatureStep.scala, MountVolumesFeatureStep.scala (neither sets a group)",
				"kubeflow/spark-operator issue 1579",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			if p.Main() == nil || p.Submitted() {
				return
			}
			c, spec := p.Main(), &p.Template().Spec
			if s := spec.SecurityContext; s != nil && (s.FSGroup != nil || s.RunAsGroup != nil && *s.RunAsGroup == 0 || slices.Contains(s.SupplementalGroups, 0)) {
				return
			}
			uid, known := userOf(p, c, spec)
			if !known || uid == 0 {
				return
			}
			for i := range c.VolumeMounts {
				m := &c.VolumeMounts[i]
				if v := reading.Volume(spec, m.Name); v == nil || m.ReadOnly || !newVolume(v) {
					continue
				}
				p.Evidence("uid "+strconv.FormatInt(uid, 10)+", no fsGroup", "fsGroup")
				p.Summary("set fsGroup to %d in the pod's securityContext", uid)
				p.Report(p.At("volumeMounts", strconv.Itoa(i)), "volume %s on %s belongs to root, and Spark runs as uid %d without fsGroup; Spark cannot write there", m.Name, m.MountPath, uid)
				return
			}
		}),
	}
}

// newVolume says whether a claim is made with the pod, or holds scratch data, as Spark's claims on demand do: one that was
// made before may have been prepared.
func newVolume(v *corev1.Volume) bool {
	claim := v.PersistentVolumeClaim
	return v.Ephemeral != nil || claim != nil && !claim.ReadOnly && strings.HasPrefix(v.Name, "spark-local-dir-")
}

// userOf is the user that the container runs as.
func userOf(p rule.Pass, c *corev1.Container, spec *corev1.PodSpec) (uid int64, known bool) {
	if s := c.SecurityContext; s != nil && s.RunAsUser != nil {
		return *s.RunAsUser, true
	}
	if s := spec.SecurityContext; s != nil && s.RunAsUser != nil {
		return *s.RunAsUser, true
	}
	if uid := reading.Image(p).UID; uid != nil {
		return *uid, true
	}
	return 0, false
}
