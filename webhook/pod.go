package webhook

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// pod is what is decoded of a pod. Of its metadata that is what says who it is and what is wanted: field managers alone are a
// third of a pod's bytes.
type pod struct {
	Metadata struct {
		podMetadata
		// ManagedFields are most of what a pod's metadata holds.
		ManagedFields skipped `json:"managedFields"`
	} `json:"metadata"`
	Spec podSpec `json:"spec"`
}

// podMetadata is what is read of that of a pod.
type podMetadata struct {
	Name         string            `json:"name"`
	GenerateName string            `json:"generateName"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
}

// skipped is what nobody asks for.
type skipped struct{}

// UnmarshalJSONFrom keeps nothing.
func (*skipped) UnmarshalJSONFrom(d *jsontext.Decoder) error { return skip(d) }

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

// UnmarshalJSONFrom reads what json would read into a list of variables, errors apart. The decoder checks the list in one go, and
// all texts are kept in one piece.
func (v *variables) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	list, err := d.ReadValue()
	if err != nil {
		return err
	}
	if *v = nil; list.Kind() == 'n' {
		return nil
	}
	const usual = 64 // a text may hold any number of braces
	r := variablesReader{all: make([]corev1.EnvVar, 0, min(bytes.Count(list, []byte("{")), usual))}
	r.texts.Grow(len(list))
	if !patch.Elements(list, r.element) {
		return errShape
	}
	*v = r.all
	return r.err
}

type variablesReader struct {
	all   []corev1.EnvVar
	texts strings.Builder
	err   error
}

func (r *variablesReader) element(raw []byte) {
	r.all = append(r.all, corev1.EnvVar{})
	if raw[0] != 'n' && !patch.Members(raw, r.member) {
		r.err = errShape
	}
}

func (r *variablesReader) member(key, value []byte) {
	e := &r.all[len(r.all)-1]
	switch {
	case patch.KeyIs(key, "name"):
		r.text(value, &e.Name)
	case patch.KeyIs(key, "value"):
		r.text(value, &e.Value)
	case patch.KeyIs(key, "valueFrom"):
		if err := json.Unmarshal(value, &e.ValueFrom, leniently); err != nil {
			r.err = err
		}
	}
}

func (r *variablesReader) text(quoted []byte, into *string) {
	switch *into = ""; quoted[0] {
	case 'n':
	case '"':
		from, text := r.texts.Len(), quoted[1:len(quoted)-1]
		if bytes.IndexByte(text, '\\') >= 0 || !utf8.Valid(text) {
			text, _ = jsontext.AppendUnquote(nil, quoted) // bad UTF-8 is replaced
		}
		r.texts.Write(text)
		*into = r.texts.String()[from:]
	default:
		r.err = errShape
	}
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
