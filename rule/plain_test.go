package rule

import (
	"encoding"
	"encoding/json"
	"reflect"
	"testing"

	lenient "github.com/go-json-experiment/json"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule/internal/typed"
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

// TestWhatAgreesPlainlyAgrees: what is taken for equal without decoding is equal when it is decoded.
func TestWhatAgreesPlainlyAgrees(t *testing.T) {
	yes, word := true, "a"
	values := []any{true, false, &yes, (*bool)(nil), &word, (*string)(nil), corev1.SeccompProfileTypeRuntimeDefault, int64(1), corev1.EnvVar{}}
	raws := []string{"true", "false", "null", " true", "1", "{}", "[]", `"RuntimeDefault"`, `"\u0061"`, `"a`, `a"`, `"`, `""`, "\"\xff\""}
	for _, text := range texts {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		values, raws = append(values, text), append(raws, string(quoted), `"`+text+`"`)
	}
	agreed := 0
	for _, raw := range raws {
		for _, want := range values {
			if !plainly([]byte(raw), reflect.ValueOf(want)) {
				continue
			}
			agreed++
			back := reflect.New(reflect.TypeOf(want))
			if err := lenient.Unmarshal([]byte(raw), back.Interface(), lenience); err != nil || !reflect.DeepEqual(back.Elem().Interface(), want) {
				t.Errorf("%s is taken for %#v: decoded it is %#v, %v", raw, want, back.Elem(), err)
			}
		}
	}
	if agreed < 15 {
		t.Errorf("only %d pairs agree", agreed)
	}
	// Types that decode themselves might mean something else by the same text.
	for owner := range typed.Of[corev1.PodTemplateSpec]() {
		for i := range owner.NumField() {
			kept := owner.Field(i).Type
			for kept.Kind() == reflect.Pointer || kept.Kind() == reflect.Slice || kept.Kind() == reflect.Map {
				kept = kept.Elem()
			}
			itself := reflect.New(kept).Interface()
			_, ofJSON := itself.(json.Unmarshaler)
			_, ofText := itself.(encoding.TextUnmarshaler)
			if (kept.Kind() == reflect.String || kept.Kind() == reflect.Bool) && (ofJSON || ofText) {
				t.Errorf("%s decodes itself", kept)
			}
		}
	}
}
