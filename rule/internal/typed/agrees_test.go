package typed

import (
	"encoding"
	"encoding/json"
	"reflect"
	"testing"

	lenient "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// TestWhatAgreesIsTheSameDecoded: what is taken for equal without decoding is equal when it is decoded, and the values that edits
// set are taken for equal.
func TestWhatAgreesIsTheSameDecoded(t *testing.T) {
	yes, word, uid, size := true, "a", int64(185), resource.MustParse("64Mi")
	values := []any{true, false, &yes, (*bool)(nil), &word, (*string)(nil), corev1.SeccompProfileTypeRuntimeDefault, int64(1), int32(-1), &uid, size, &size, *resource.NewQuantity(64<<20, resource.BinarySI),
		intstr.FromInt32(8080), intstr.FromString("http"), corev1.EnvVar{}, corev1.EnvVar{Name: "A", Value: "b"}, corev1.EnvVar{Name: "A", ValueFrom: &corev1.EnvVarSource{}},
		corev1.SecurityContext{RunAsUser: &uid, RunAsNonRoot: &yes, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}},
		corev1.SecurityContext{}, &corev1.SecurityContext{RunAsUser: &uid}, corev1.Capabilities{Drop: []corev1.Capability{}}, corev1.VolumeMount{Name: "v", MountPath: "/v"},
		corev1.Volume{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: &size}}}, corev1.Volume{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(8080)}}, PeriodSeconds: 10}, map[string]string{}, map[string]string(nil), map[string]string{"a": "b"}, map[string]string{"a": "b", "b": "b"},
		corev1.ResourceList{"memory": size}, []string{}, []string(nil), []string{"a", "b"}, []corev1.Capability{"ALL"}, []corev1.EnvVar{{Name: "A"}, {Name: "B"}}}
	raws := []string{"true", "false", "null", " true", "1", "-1", "01", "1.0", "1e0", "185", "{}", "[]", `"RuntimeDefault"`, `"\u0061"`, `"a`, `a"`, `"`, `""`, "\"\xff\"", `{"a":"b","a":"b"}`, `{"a":"x","a":"b"}`, `{"a":"b","b":"b"}`, `{"\u0061":"b"}`, `{"a":null}`,
		`{"name":"A","name":"A","value":"b"}`, `{"name":"A","value":"b","value":null}`, `{"name":"A","valueFrom":null}`, `{"name":"A","valueFrom":{}}`, `{"name":"A","value":"b","other":1}`, `{"name":"v","emptyDir":{"sizeLimit":"64Mi"}}`, `{"name":"v","emptyDir":{"sizeLimit":"65536Ki"}}`,
		`{"name":"v","emptyDir":{}}`, `{"name":"v","emptyDir":null}`, `{"runAsUser":185}`, `{"runAsUser":"185"}`, `{"runAsUser":185.0}`, `{"drop":[]}`, `{"drop":null}`, `["a"]`, `["a","b"]`, `["a","b","c"]`, `[{"name":"A"},{"name":"B"}]`, `[null]`, `{"memory":"64Mi"}`, `{"memory":67108864}`, `"64Mi"`, `64Mi`, `8080`, `"8080"`, `"http"`}
	for _, text := range []string{"", "true", "null", "a", "-Xmx1g", "a b", `a"b`, `a\b`, `\u0061`, "<>&", "é", "\u2028", "\xff", "\n", "\x7f"} {
		values, raws = append(values, text), append(raws, `"`+text+`"`)
	}
	taken := map[int]bool{}
	for i, want := range values {
		quoted, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		fields := Fields{}
		fields.learn(reflect.TypeOf(want))
		for _, raw := range append(raws, string(quoted)) {
			if !fields.Agrees([]byte(raw), reflect.ValueOf(want)) {
				continue
			}
			taken[i] = true
			back := reflect.New(reflect.TypeOf(want))
			err := lenient.Unmarshal([]byte(raw), back.Interface(), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
			if err != nil || !reflect.DeepEqual(back.Elem().Interface(), want) {
				t.Errorf("%s is taken for %#v: decoded it is %#v, %v", raw, want, back.Elem(), err)
			}
		}
	}
	if len(taken) < 30 {
		t.Errorf("only %d of %d values are taken for equal to any text", len(taken), len(values))
	}
}

// TestNoPlainTypeDecodesItself: it might mean something else by the same text.
func TestNoPlainTypeDecodesItself(t *testing.T) {
	for owner := range Of[corev1.PodTemplateSpec]() {
		if _, own := reflect.New(owner).Interface().(json.Unmarshaler); own {
			continue // it is asked what it means
		}
		for i := range owner.NumField() {
			kept := owner.Field(i).Type
			for kept.Kind() == reflect.Pointer || kept.Kind() == reflect.Slice || kept.Kind() == reflect.Map {
				kept = kept.Elem()
			}
			itself := reflect.New(kept).Interface()
			_, ofJSON := itself.(json.Unmarshaler)
			_, ofText := itself.(encoding.TextUnmarshaler)
			if kept.Kind() != reflect.Struct && (ofJSON || ofText) || ofText && !ofJSON {
				t.Errorf("%s decodes itself", kept)
			}
		}
	}
}
