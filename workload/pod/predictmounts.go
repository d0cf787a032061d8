package pod

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// sectionVolumes are the resource's volumes that the section mounts. Those that stand in for Spark's local directories
// come by spark-submit instead, and are the same on the pod.
func (p *Prediction) sectionVolumes(h section) {
	type found struct {
		volume corev1.Volume
		at     patch.Path
	}
	held := map[string]found{}
	each(h, h.spec.With("volumes"), func(v corev1.Volume, at patch.Path) { held[v.Name] = found{v, at} })
	added := map[string]bool{}
	each(h, h.at.With("volumeMounts"), func(m corev1.VolumeMount, from patch.Path) {
		one, ok := held[m.Name]
		if !ok {
			return
		}
		if !added[m.Name] {
			added[m.Name] = true
			p.copied(one.at, "spec", "volumes", strconv.Itoa(len(p.pod.Spec.Volumes)))
			p.pod.Spec.Volumes = append(p.pod.Spec.Volumes, one.volume)
		}
		p.copied(from, p.at.With("volumeMounts", strconv.Itoa(len(p.c.VolumeMounts)))...)
		p.c.VolumeMounts = append(p.c.VolumeMounts, m)
	})
}

// configMaps are those that the resource names by their own fields, which the webhook mounts.
func (p *Prediction) configMaps(h section) {
	for _, known := range []struct{ field, volume, path, variable string }{
		{"hadoopConfigMap", "hadoop-configmap-volume", "/etc/hadoop/conf", "HADOOP_CONF_DIR"},
		{"sparkConfigMap", "spark-configmap-volume", "/etc/spark/conf", "SPARK_CONF_DIR"},
	} {
		at := h.spec.With(known.field)
		if name, _ := in[string](h, at); name != "" {
			p.configMap(name, known.volume, known.path, at, at)
			p.origins = append(p.origins, Origin{Pod: p.at.With("env", strconv.Itoa(len(p.c.Env))), At: at, Stands: true})
			p.c.Env = append(p.c.Env, corev1.EnvVar{Name: known.variable, Value: known.path})
		}
	}
	each(h, h.at.With("configMaps"), func(m mapped, from patch.Path) {
		p.configMap(m.Name, configMapVolume(m.Name), m.Path, from.With("name"), from.With("path"))
	})
}

// mapped is a ConfigMap and where it is mounted.
type mapped struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// accelerator is a resource that the pod is given by its own name.
type accelerator struct {
	Name     string `json:"name"`
	Quantity int64  `json:"quantity"`
}

func (p *Prediction) configMap(name, volume, path string, from, mounted patch.Path) {
	p.origins = append(p.origins,
		Origin{Pod: patch.Path{"spec", "volumes", strconv.Itoa(len(p.pod.Spec.Volumes))}, At: from, Stands: true},
		Origin{Pod: p.at.With("volumeMounts", strconv.Itoa(len(p.c.VolumeMounts))), At: mounted, Stands: true})
	p.pod.Spec.Volumes = append(p.pod.Spec.Volumes, corev1.Volume{Name: volume, VolumeSource: corev1.VolumeSource{
		ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}})
	p.c.VolumeMounts = append(p.c.VolumeMounts, corev1.VolumeMount{Name: volume, ReadOnly: true, MountPath: path})
}

// configMapVolume is the name of the volume of a ConfigMap, which must be a label: at most 63 characters and no dot.
func configMapVolume(name string) string {
	const most, end = 63, "-vol"
	if len(name)+len(end) <= most && !strings.Contains(name, ".") {
		return name + end
	}
	sum := sha256.Sum256([]byte(name))
	tail := "-" + hex.EncodeToString(sum[:4]) + end
	name = strings.ReplaceAll(name, ".", "-")
	return strings.TrimRight(name[:min(len(name), most-len(tail))], "-") + tail
}

// agent is the ConfigMap and the port of the Prometheus agent of monitoring.
func (p *Prediction) agent(h section) {
	at := h.spec.With("monitoring", "prometheus")
	if len(p.s.Defaulted) == 0 || !slices.ContainsFunc(p.s.Defaulted, func(f workload.Defaulted) bool { return f.Path.Pointer() == at.Pointer() }) {
		return
	}
	name := p.d.Name + "-prom-conf"
	p.configMap(name, name+"-vol", "/etc/metrics/conf", at, at)
	port := corev1.ContainerPort{Name: "jmx-exporter", ContainerPort: AgentPort(h.raw, at), Protocol: corev1.ProtocolTCP}
	if name, _ := in[string](h, at.With("portName")); name != "" {
		port.Name = name
	}
	p.origins = append(p.origins, Origin{Pod: p.at.With("ports", strconv.Itoa(len(p.c.Ports))), At: at, Stands: true})
	p.c.Ports = append(p.c.Ports, port)
}

// sectionResources are the memory limit and the accelerators that the section asks for.
func (p *Prediction) sectionResources(h section) {
	limit := func(name corev1.ResourceName, text string, from patch.Path) {
		q, err := quantity.ParseQuantity(text)
		if err != nil {
			return
		}
		if p.c.Resources.Limits == nil {
			p.c.Resources.Limits = corev1.ResourceList{}
		}
		p.c.Resources.Limits[name] = q
		p.origins = append(p.origins, Origin{Pod: p.at.With("resources", "limits", string(name)), At: from, Stands: true})
	}
	if text, _ := in[string](h, h.at.With("memoryLimit")); text != "" {
		limit(corev1.ResourceMemory, kubernetesMemory(text), h.at.With("memoryLimit"))
	}
	if gpu, _ := in[accelerator](h, h.at.With("gpu")); gpu.Name != "" && gpu.Quantity > 0 {
		limit(corev1.ResourceName(gpu.Name), strconv.FormatInt(gpu.Quantity, 10), h.at.With("gpu", "quantity"))
	}
}

// kubernetesMemory is a size as Java has it in Kubernetes' spelling.
func kubernetesMemory(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, unit := range [...][2]string{{"kb", "Ki"}, {"mb", "Mi"}, {"gb", "Gi"}, {"tb", "Ti"}, {"pb", "Pi"}, {"k", "Ki"}, {"m", "Mi"}, {"g", "Gi"}, {"t", "Ti"}, {"p", "Pi"}} {
		if number, ok := strings.CutSuffix(text, unit[0]); ok {
			return number + unit[1]
		}
	}
	return text
}
