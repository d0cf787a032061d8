package workload

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Predict gives the pod that will be made for a slot, as far as its owner and configuration tell, and who it is: what
// admission will see then. Parts that are not certain are left out: ids, names, secrets, what a scheduler or another
// webhook adds. ok is false where the owner is no custom resource or configuration that says how its pods come about:
// then the slot's own template is what there is to edit.
func (d *Document) Predict(s *Slot) (pod *corev1.PodTemplateSpec, id spark.Identity, ok bool) {
	if !d.predictable() || s.Embedded {
		return nil, id, false
	}
	p := &prediction{d: d, s: s, id: s.Identity, pod: &corev1.PodTemplateSpec{}}
	if s.Template != nil {
		p.pod = s.Template.DeepCopy()
	}
	p.main()
	p.id.Certain, p.id.Why = true, ""
	switch {
	case d.Kind == "SparkCluster":
		p.daemon()
	case d.Kind == "SparkConnect" && s.Role == spark.Connect:
		p.connect()
	default:
		p.job()
	}
	for _, known := range ownerLabels {
		if known.kind == orDefault(scheduled[d.Kind], d.Kind) && known.launcher == s.Launcher {
			p.label(known.label, d.Name)
		}
	}
	if !p.id.Version.Known() {
		facts, _ := spark.Facts(p.c.Image, nil)
		p.id.Version = facts.Spark
	}
	if p.id.Version.Known() {
		p.label(spark.LabelVersion, p.id.Version.String())
	}
	return p.pod, p.id, true
}

// scheduled are kinds whose pods belong to another one that they make, under a name of its own.
var scheduled = map[string]string{"ScheduledSparkApplication": "SparkApplication"}

// predictable says whether the document is an owner whose pods can be told from it.
func (d *Document) predictable() bool {
	group := groupOf(d)
	return group == groupKubeflow || group == groupApache || d.Submits()
}

// prediction is a pod on its way.
type prediction struct {
	d   *Document
	s   *Slot
	id  spark.Identity
	pod *corev1.PodTemplateSpec
	c   *corev1.Container // the one that holds Spark
}

// main finds the container that Spark will run in, or makes it, as the owner does.
func (p *prediction) main() {
	if p.id.Container < 0 || p.id.Container >= len(p.pod.Spec.Containers) {
		p.pod.Spec.Containers = append(p.pod.Spec.Containers, corev1.Container{Name: p.s.ContainerName})
		p.id.Container = len(p.pod.Spec.Containers) - 1
	}
	p.c = &p.pod.Spec.Containers[p.id.Container]
	if p.s.Launcher != spark.Kubeflow || p.c.Name == "" {
		p.c.Name = p.s.ContainerName // Spark names a template's container anew only where it has no name
	}
}

func (p *prediction) get(key string) string { return p.s.Conf[key].Value }

func (p *prediction) label(key, value string) {
	if p.pod.Labels == nil {
		p.pod.Labels = map[string]string{}
	}
	p.pod.Labels[key] = value
}

// env appends a variable, as Spark does behind those of a template: of a name that stands twice the last counts.
func (p *prediction) env(name, value string) {
	p.c.Env = append(p.c.Env, corev1.EnvVar{Name: name, Value: value})
}

func (p *prediction) field(name, field string) {
	p.c.Env = append(p.c.Env, corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: field}}})
}

// prefixed are the keys of the configuration that begin so, without their beginning, in order.
func (p *prediction) prefixed(prefix string, use func(name, value string)) {
	for _, key := range p.s.Conf.Keys() {
		if name, ok := strings.CutPrefix(key, prefix); ok && name != "" {
			use(name, p.s.Conf[key].Value)
		}
	}
}
