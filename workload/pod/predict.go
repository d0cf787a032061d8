package pod

import (
	"encoding/json"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// Predict gives the pod that will be made for a slot, as far as its owner and configuration tell: what admission will see
// then, and where each field of it comes from. Parts that are not certain are left out: ids, names, what a scheduler or
// another webhook adds. ok is false where nothing says how the slot's pods come about: then the slot's own template is
// what there is to judge and to edit. What an operator makes of a slot its launcher says, in make: packages outside ask
// launcher.Predict.
func Predict(d *workload.Document, s *workload.Slot, make func(*Prediction)) (pod *Pod, ok bool) {
	if !predictable(d, s) || s.Embedded {
		return nil, false
	}
	p := &Prediction{d: d, s: s, id: s.Identity, pod: &corev1.PodTemplateSpec{}}
	if s.Template != nil {
		p.pod = s.Template.DeepCopy()
	}
	p.origins = []Origin{p.home()}
	p.main()
	p.id.Certain, p.id.Why = true, ""
	make(p)
	if d.Operator() != "" {
		kind := s.Launcher.Traits().Of(d.Kind)
		if kind.Label == "" {
			kind = s.Launcher.Traits().Of(kind.Makes)
		}
		if kind.Label != "" {
			p.label(kind.Label, d.Name)
		}
		if kind.Mark != "" {
			p.label(kind.Mark, kind.Value)
		}
	}
	p.version()
	if p.id.Version.Known() {
		p.label(spark.LabelVersion, p.id.Version.String())
	}
	p.templateFile()
	raw, err := json.Marshal(p.pod)
	if err != nil {
		return nil, false
	}
	return &Pod{Template: p.pod, Raw: raw, Identity: p.id, Unknown: p.unknown, d: d, Origins: p.origins}, true
}

// predictable says whether the document is an owner whose pods can be told from it.
func predictable(d *workload.Document, s *workload.Slot) bool {
	return d.Operator() != "" || d.Submits() || s.BySubmit != nil && s.Template == nil
}

// Prediction is a pod on its way.
type Prediction struct {
	d       *workload.Document
	s       *workload.Slot
	id      spark.Identity
	pod     *corev1.PodTemplateSpec
	c       *corev1.Container // the one that holds Spark
	at      patch.Path        // of it in the pod
	origins []Origin
	unknown []Unknown
}

// home is where the document would hold what is said of the pod nowhere else: its template, else the setting that would
// name one.
func (p *Prediction) home() Origin {
	key := "spark.kubernetes." + string(p.word()) + ".podTemplateFile"
	setting, stands := p.s.Conf[key]
	switch {
	case stands && len(setting.Path) > 0 && len(p.s.At) == 0:
		return Origin{At: setting.Path, Stands: true}
	case p.s.BySubmit != nil:
		return Origin{At: p.s.BySubmit.Arguments()}
	case p.d.Properties:
		return Origin{At: patch.Path{key}}
	case p.d.Kind == "ConfigMap":
		return Origin{At: patch.Path{"data", workload.KeyDefaults, key}}
	}
	return Origin{At: p.s.At, Below: true}
}

// main finds the container that Spark will run in, or makes it, as the owner does.
func (p *Prediction) main() {
	if p.id.Container < 0 || p.id.Container >= len(p.pod.Spec.Containers) {
		p.pod.Spec.Containers = append(p.pod.Spec.Containers, corev1.Container{Name: p.s.ContainerName})
		p.id.Container = len(p.pod.Spec.Containers) - 1
	}
	p.c = &p.pod.Spec.Containers[p.id.Container]
	p.at = patch.Path{"spec", "containers", strconv.Itoa(p.id.Container)}
	if !p.s.Launcher.Traits().KeepsName || p.c.Name == "" {
		p.c.Name = p.s.ContainerName // Spark names a template's container anew only where it has no name
	}
}

func (p *Prediction) get(key string) string { return p.s.Conf[key].Value }

// from says that a place of the pod was written by a setting. One that stands nowhere is its launcher's own.
func (p *Prediction) from(key string, pod ...string) {
	setting, set := p.s.Conf[key]
	at := patch.Path(setting.Path)
	if !set || len(at) == 0 {
		p.made(pod...)
		return
	}
	p.origins = append(p.origins, Origin{Pod: pod, At: at, Stands: true, Key: key})
}

// made says that Spark or an operator writes a place by itself.
func (p *Prediction) made(pod ...string) {
	home := p.origins[0].At
	if p.s.Section != nil {
		home = p.s.Section
	}
	p.origins = append(p.origins, Origin{Pod: pod, At: home})
}

// copied says that a place of the pod is a copy of one of the document.
func (p *Prediction) copied(at patch.Path, pod ...string) {
	p.origins = append(p.origins, Origin{Pod: pod, At: at, Below: true, Stands: true})
}

func (p *Prediction) label(key, value string) {
	if p.pod.Labels == nil {
		p.pod.Labels = map[string]string{}
	}
	p.pod.Labels[key] = value
	p.made("metadata", "labels", key)
}

// env appends a variable, as Spark does behind those of a template: of a name that stands twice the last counts. The key
// is the setting that it comes from, "" where Spark sets it by itself.
func (p *Prediction) env(e corev1.EnvVar, key string) {
	at := p.at.With("env", strconv.Itoa(len(p.c.Env)))
	p.from(key, at...)
	p.from(key, at.With("value")...)
	p.c.Env = append(p.c.Env, e)
}

func (p *Prediction) variable(name, value string) { p.env(corev1.EnvVar{Name: name, Value: value}, "") }

func (p *Prediction) field(name, field string) {
	p.env(corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: field}}}, "")
}

// prefixed are the keys of the configuration that begin so, with and without their beginning, in order.
func (p *Prediction) prefixed(prefix string, use func(key, name, value string)) {
	for _, key := range p.s.Conf.Keys() {
		if name, ok := strings.CutPrefix(key, prefix); ok && name != "" {
			use(key, name, p.s.Conf[key].Value)
		}
	}
}

func (p *Prediction) doubt(reason string, pod ...string) {
	p.unknown = append(p.unknown, Unknown{Path: pod, Reason: reason})
}
