package nested

import (
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// texts are values of a field that need an escape, or do not, or look as if they were something else.
var texts = []string{"", "true", "null", "a", "-Xmx1g", "a b", `a"b`, `a\b`, `\u0061`, "<>&", "é", "\u2028", "\xff", "\n", "\x7f"}

func TestWhatEditsSetIsWrittenAsJSONDoes(t *testing.T) {
	values := []any{true, false, int64(185), corev1.EnvVar{Name: "A", Value: "b"}, nil}
	for _, text := range texts {
		values = append(values, text, corev1.EnvVar{Name: "A", Value: text}, corev1.EnvVar{Name: text, Value: "b"},
			corev1.EnvVar{Name: "A", Value: text, ValueFrom: &corev1.EnvVarSource{}})
	}
	for _, v := range values {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := written(v); err != nil || string(got) != string(want) {
			t.Errorf("%#v: %s, %v, want %s", v, got, err, want)
		}
	}
}
