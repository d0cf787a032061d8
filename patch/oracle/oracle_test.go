package oracle

import (
	"encoding/json"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestOpsTouchNothingButTheEdit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw  string
		edit func(*corev1.PodTemplateSpec)
		want string
	}{
		"nothing": {
			`{"metadata":{"creationTimestamp":null},"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":"1000m"}},"new":1}]}}`,
			func(*corev1.PodTemplateSpec) {}, `null`,
		},
		"a limit without resources": {
			`{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"a"}]},"status":{"x":1}}`,
			func(p *corev1.PodTemplateSpec) {
				p.Spec.Containers[0].Resources.Limits = corev1.ResourceList{"cpu": resource.MustParse("1")}
			},
			`[{"op":"add","path":"/spec/containers/0/resources","value":{"limits":{"cpu":"1"}}}]`,
		},
		"unknown fields and spellings stay": {
			`{"spec":{"containers":[{"name":"a","fresh":{"n":1},"resources":{"limits":{"memory":"1024Mi","cpu":"1000m"}}}],"later":true}}`,
			func(p *corev1.PodTemplateSpec) {
				p.Spec.Containers[0].Env = append(p.Spec.Containers[0].Env, corev1.EnvVar{Name: "A", Value: "1"})
			},
			`[{"op":"add","path":"/spec/containers/0/env","value":[{"name":"A","value":"1"}]}]`,
		},
		"an entry put first leaves the unknown field with its owner": {
			`{"spec":{"initContainers":[{"name":"theirs","fresh":1}],"containers":[{"name":"a"}]}}`,
			func(p *corev1.PodTemplateSpec) {
				p.Spec.InitContainers = append([]corev1.Container{{Name: "ours"}}, p.Spec.InitContainers...)
			},
			`[{"op":"add","path":"/spec/initContainers/0","value":{"name":"ours","resources":{}}}]`,
		},
		"appended beside repeated names": {
			`{"spec":{"containers":[{"name":"a","ports":[{"containerPort":53,"protocol":"TCP"},{"containerPort":53,"protocol":"UDP"}]}]}}`,
			func(p *corev1.PodTemplateSpec) {
				p.Spec.Containers[0].Ports = append(p.Spec.Containers[0].Ports, corev1.ContainerPort{ContainerPort: 80})
			},
			`[{"op":"add","path":"/spec/containers/0/ports/2","value":{"containerPort":80}}]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after := decode(t, c.raw), decode(t, c.raw)
			c.edit(after)
			ops, err := Ops([]byte(c.raw), before, after)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := json.Marshal(ops); string(got) != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestAnEditOfTheWrongTwinIsRefused(t *testing.T) {
	t.Parallel()
	const raw = `{"spec":{"containers":[{"name":"a","ports":[{"containerPort":53,"protocol":"TCP"},{"containerPort":53,"protocol":"UDP"}]}]}}`
	before, after := decode(t, raw), decode(t, raw)
	after.Spec.Containers[0].Ports[1].Name = "dns"
	if ops, err := Ops([]byte(raw), before, after); !errors.Is(err, ErrMismatch) {
		t.Errorf("got %v, %v, want a refusal", ops, err)
	}
}

func decode(t *testing.T, raw string) *corev1.PodTemplateSpec {
	t.Helper()
	var p corev1.PodTemplateSpec
	if err := json.Unmarshal([]byte(raw), &p); err != nil {
		t.Fatal(err)
	}
	return &p
}
