package source

import (
	"bytes"
	"encoding/json"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-spark/kubectl-spark/workload"
)

// TestFixturesHoldOnlyFieldsThatKubernetesKnows and what its validation asks for first: a fixture that a real API
// server would refuse proves nothing.
func TestFixturesHoldOnlyFieldsThatKubernetesKnows(t *testing.T) {
	for _, name := range all(t) {
		for _, d := range open(t, name).Docs {
			var err error
			switch d.Kind {
			case "Pod":
				err = strict(d.Raw, &corev1.Pod{})
			case "ConfigMap":
				err = strict(d.Raw, &corev1.ConfigMap{})
			case "Deployment", "StatefulSet":
				err = strict(d.Raw, map[string]any{"Deployment": &appsv1.Deployment{}, "StatefulSet": &appsv1.StatefulSet{}}[d.Kind])
			}
			if err != nil {
				t.Errorf("%s:%d: %v", name, d.Line, err)
			}
			for i := range d.Slots {
				if s := &d.Slots[i]; s.Template != nil && !s.Embedded {
					complete(t, name, d, s)
				}
			}
		}
	}
}

func strict(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func complete(t *testing.T, name string, d *workload.Document, s *workload.Slot) {
	t.Helper()
	volumes := map[string]bool{}
	for _, v := range s.Template.Spec.Volumes {
		volumes[v.Name] = true
	}
	operator := len(s.At) > 0 && d.Kind != "Deployment" && d.Kind != "StatefulSet"
	for _, c := range s.Template.Spec.Containers {
		if c.Image == "" && !operator {
			t.Errorf("%s:%d: container %s has no image", name, d.Line, c.Name)
		}
		for _, m := range c.VolumeMounts {
			if !volumes[m.Name] {
				t.Errorf("%s:%d: no volume %q", name, d.Line, m.Name)
			}
		}
		for resource, request := range c.Resources.Requests {
			if limit, set := c.Resources.Limits[resource]; set && request.Cmp(limit) > 0 {
				t.Errorf("%s:%d: request of %s above its limit", name, d.Line, resource)
			}
		}
		for _, p := range c.Ports {
			if p.Name != "" && len(validation.IsValidPortName(p.Name)) > 0 {
				t.Errorf("%s:%d: port name %q", name, d.Line, p.Name)
			}
		}
	}
	var held struct {
		Spec struct {
			Selector struct {
				MatchLabels map[string]string `json:"matchLabels"`
			} `json:"selector"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(d.Raw, &held); err == nil && !labels.SelectorFromSet(held.Spec.Selector.MatchLabels).Matches(labels.Set(s.Template.Labels)) {
		t.Errorf("%s:%d: the selector does not match the template's labels", name, d.Line)
	}
}
