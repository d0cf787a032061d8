package monitoring

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// folder is a folder of our own for files that the JVM writes: an emptyDir, which every uid may write to and a read-only root
// file system leaves writable. A JVM whose log file cannot be made does not start, so option and folder come together.
type folder struct {
	volume, path string
	limit        resource.Quantity // of the emptyDir: a pod that writes more is evicted
}

// refused says why the folder cannot be had, and where: "" where it can, or is there already.
func (f *folder) refused(p rule.Pass) (reason rule.Reason, at rule.Path) {
	spec := &p.Template().Spec
	for i := range spec.Volumes {
		v := &spec.Volumes[i]
		if v.Name == f.volume && (v.EmptyDir == nil || v.EmptyDir.Medium != "" || v.EmptyDir.SizeLimit == nil || v.EmptyDir.SizeLimit.Cmp(f.limit) != 0) {
			return rule.PathTaken, rule.Path{"spec", "volumes"}
		}
	}
	for _, m := range p.Main().VolumeMounts {
		mounted := path.Clean(m.MountPath)
		ours := m.Name == f.volume && mounted == f.path && m.SubPath == "" && !m.ReadOnly
		// A mount above would have to hold the folder, one below would hide a part of it.
		if !ours && (m.Name == f.volume || strings.HasPrefix(f.path+"/", strings.TrimSuffix(mounted, "/")+"/") || strings.HasPrefix(mounted, f.path+"/")) {
			return rule.PathTaken, p.At("volumeMounts")
		}
	}
	for _, d := range p.Main().VolumeDevices {
		if device := path.Clean(d.DevicePath); d.Name == f.volume || strings.HasPrefix(f.path+"/", strings.TrimSuffix(device, "/")+"/") || strings.HasPrefix(device, f.path+"/") {
			return rule.PathTaken, p.At("volumeDevices")
		}
	}
	if disk, limited := p.Main().Resources.Limits[corev1.ResourceEphemeralStorage]; limited && disk.Value()/2 < f.limit.Value() {
		return rule.LittleDisk, p.At("resources", "limits", "ephemeral-storage")
	}
	return "", nil
}

// add brings the folder.
func (f *folder) add(p *rule.PodPass, part string) {
	limit := f.limit.DeepCopy()
	p.AddVolume(part, corev1.Volume{Name: f.volume, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: &limit}}})
	p.Mount(part, corev1.VolumeMount{Name: f.volume, MountPath: f.path})
}

// mergeAll gives the role's JVM the options, all or none, and says whether they are there: each by its key, the first, which names
// the file that the JVM writes, as it is. A refusal of the first is one of all.
func mergeAll(p *rule.PodPass, part string, options ...string) bool {
	for i, option := range options {
		p.MergeTokens(part, option)
		tokens := p.JVMOptions().Tokens
		if i == 0 && !slices.Contains(tokens, option) || !spark.HasOption(tokens, spark.OptionKey(option)) {
			return false
		}
	}
	return true
}
