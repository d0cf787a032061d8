package webhook

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pod is what is decoded of a pod. Of its metadata that is what says who it is and what is wanted: field managers alone are a
// third of a pod's bytes.
type pod struct {
	Metadata struct {
		Name         string            `json:"name"`
		GenerateName string            `json:"generateName"`
		Labels       map[string]string `json:"labels"`
		Annotations  map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec podSpec `json:"spec"`
}

type podSpec struct {
	corev1.PodSpec
	Containers []container `json:"containers"`
}

type container struct {
	corev1.Container
	Env variables `json:"env"`
}

// variables are most of what a pod of Spark holds, and are read without reflection.
type variables []corev1.EnvVar

// UnmarshalJSONFrom reads what json would read into a list of variables, errors apart.
func (v *variables) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	list, err := d.ReadToken()
	if err != nil {
		return err
	}
	if *v = nil; list.Kind() == 'n' {
		return nil
	}
	if list.Kind() != '[' {
		return errShape
	}
	const usual = 16
	all := make([]corev1.EnvVar, 0, usual)
	for d.PeekKind() != ']' {
		all = append(all, corev1.EnvVar{})
		if err := variable(d, &all[len(all)-1]); err != nil {
			return err
		}
	}
	*v = all
	_, err = d.ReadToken()
	return err
}

func variable(d *jsontext.Decoder, e *corev1.EnvVar) error {
	if d.PeekKind() == 'n' {
		return d.SkipValue()
	}
	return members(d, func(name []byte) error {
		switch string(name) {
		case "name":
			e.Name = ""
			return text(d, &e.Name)
		case "value":
			e.Value = ""
			return text(d, &e.Value)
		case "valueFrom":
			return json.UnmarshalDecode(d, &e.ValueFrom)
		}
		return d.SkipValue()
	})
}

// decode reads the object that comes next.
func (r *review) decode(d *jsontext.Decoder) error {
	var p pod
	err := json.UnmarshalDecode(d, &p)
	m, spec := &p.Metadata, &p.Spec.PodSpec
	if p.Spec.Containers != nil {
		spec.Containers = make([]corev1.Container, len(p.Spec.Containers))
	}
	for i := range p.Spec.Containers {
		c := &p.Spec.Containers[i]
		c.Container.Env = c.Env
		spec.Containers[i] = c.Container
	}
	r.template = corev1.PodTemplateSpec{Spec: *spec,
		ObjectMeta: metav1.ObjectMeta{Name: m.Name, GenerateName: m.GenerateName, Labels: m.Labels, Annotations: m.Annotations}}
	return err
}
