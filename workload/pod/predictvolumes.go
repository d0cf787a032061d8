package pod

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"
)

func (p *Prediction) volume(v corev1.Volume, key string) {
	p.from(key, "spec", "volumes", strconv.Itoa(len(p.pod.Spec.Volumes)))
	p.pod.Spec.Volumes = append(p.pod.Spec.Volumes, v)
}

func (p *Prediction) mount(m corev1.VolumeMount, key string) {
	p.from(key, p.at.With("volumeMounts", strconv.Itoa(len(p.c.VolumeMounts)))...)
	p.c.VolumeMounts = append(p.c.VolumeMounts, m)
}

// secrets are those that the configuration mounts or sets variables from (MountSecretsFeatureStep, EnvSecretsFeatureStep).
func (p *Prediction) secrets(at string) {
	p.prefixed(at+"secrets.", func(key, name, path string) {
		p.volume(corev1.Volume{Name: name + "-volume", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: name}}}, key)
		p.mount(corev1.VolumeMount{Name: name + "-volume", MountPath: path}, key)
	})
	p.prefixed(at+"secretKeyRef.", func(key, name, value string) {
		secret, entry, ok := strings.Cut(value, ":")
		if !ok {
			return
		}
		ref := &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: secret}, Key: entry}
		p.env(corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: ref}}, key)
	})
}

// volumes are those that the configuration mounts: TYPE.NAME.mount.path and what stands beside it (KubernetesVolumeUtils,
// MountVolumesFeatureStep). Of a type that Spark does not know it makes no pod.
func (p *Prediction) volumes(prefix string) {
	found := map[[2]string]bool{}
	p.prefixed(prefix, func(_, rest, _ string) {
		if parts := strings.SplitN(rest, ".", 3); len(parts) == 3 {
			found[[2]string{parts[0], parts[1]}] = true
		}
	})
	order := func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }
	for _, one := range slices.SortedFunc(maps.Keys(found), order) {
		key := prefix + one[0] + "." + one[1]
		v, keys := p.source(one[0], one[1], key+".options.")
		if keys == nil {
			continue
		}
		n, first := strconv.Itoa(len(p.pod.Spec.Volumes)), key+".mount.path"
		for _, option := range keys {
			if _, set := p.s.Conf[option.key]; set && p.get(first) == "" {
				first = option.key
			}
		}
		p.volume(v, first)
		for _, option := range keys {
			if _, set := p.s.Conf[option.key]; set {
				p.from(option.key, "spec", "volumes", n, one[0], option.field)
			}
		}
		if p.get(key+".options.claimName") == "OnDemand" {
			p.doubt("Spark makes a claim for each executor", "spec", "volumes", n, one[0], "claimName")
		}
		path := p.get(key + ".mount.path")
		if path == "" {
			continue
		}
		m := strconv.Itoa(len(p.c.VolumeMounts))
		p.mount(corev1.VolumeMount{Name: one[1], MountPath: path, SubPath: p.get(key + ".mount.subPath"),
			SubPathExpr: p.get(key + ".mount.subPathExpr"), ReadOnly: p.get(key+".mount.readOnly") == "true"}, key+".mount.path")
		for _, field := range []string{"subPath", "subPathExpr", "readOnly"} {
			if _, set := p.s.Conf[key+".mount."+field]; set {
				p.from(key+".mount."+field, p.at.With("volumeMounts", m, field)...)
			}
		}
	}
}

// option is a setting of a volume and the field of the volume's source that it becomes.
type option struct{ key, field string }

func (p *Prediction) source(kind, name, options string) (v corev1.Volume, keys []option) {
	v.Name = name
	field := func(name string) option { return option{options + name, name} }
	switch kind {
	case "hostPath":
		v.HostPath = &corev1.HostPathVolumeSource{Path: p.get(options + "path")}
		if t := corev1.HostPathType(p.get(options + "type")); t != "" {
			v.HostPath.Type = &t
		}
		return v, []option{field("path"), field("type")}
	case "emptyDir":
		v.EmptyDir = &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMedium(p.get(options + "medium"))}
		if q, err := quantity.ParseQuantity(p.get(options + "sizeLimit")); err == nil {
			v.EmptyDir.SizeLimit = &q
		}
		return v, []option{field("sizeLimit"), field("medium")}
	case "nfs":
		v.NFS = &corev1.NFSVolumeSource{Server: p.get(options + "server"), Path: p.get(options + "path")}
		return v, []option{field("server"), field("path")}
	case "persistentVolumeClaim":
		v.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: cmp.Or(p.get(options+"claimName"), name)}
		return v, []option{field("claimName")}
	}
	return v, nil
}
