package rulebook

import (
	"bytes"
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// FuzzLaws changes pods in any way and holds the result against the laws of injection.
func FuzzLaws(f *testing.F) {
	set, err := New()
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range bases(f) {
		for i := range rule.Profiles() {
			f.Add(base(f, name), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, profile uint8) {
		var template corev1.PodTemplateSpec
		var generic map[string]any
		if len(raw) > 64<<10 || json.Unmarshal(raw, &generic) != nil || utiljson.Unmarshal(raw, &template) != nil {
			return
		}
		if !canonical(generic, raw) || !spark.Identify(&template.ObjectMeta, &template.Spec).Certain {
			return
		}
		if _, forged := template.Annotations[rule.ReportAnnotation]; forged {
			return // what a forged report does is pinned by its own test
		}
		checkLaws(t, set, raw, rule.Profiles()[int(profile)%len(rule.Profiles())])
	})
}

// canonical keeps to what an API server sends: no key twice, no nulls.
func canonical(generic map[string]any, raw []byte) bool {
	var compact bytes.Buffer
	text, err := json.Marshal(generic)
	if err != nil || json.Compact(&compact, raw) != nil || bytes.Contains(raw, []byte("null")) {
		return false
	}
	return bytes.Count(text, []byte(`":`)) == bytes.Count(compact.Bytes(), []byte(`":`))
}
