package rulebook

import (
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"

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
		if len(raw) > 64<<10 || json.Unmarshal(raw, &generic) != nil || json.Unmarshal(raw, &template) != nil {
			return
		}
		if !canonical(generic, raw, &template) || !spark.Identify(&template.ObjectMeta, &template.Spec).Certain {
			return
		}
		if _, forged := template.Annotations[rule.ReportAnnotation]; forged {
			return // what a forged report does is pinned by its own test
		}
		checkLaws(t, set, raw, rule.Profiles()[int(profile)%len(rule.Profiles())])
	})
}

// canonical keeps to what an API server sends: no keys that differ by case only, none twice, no nulls.
func canonical(generic map[string]any, raw []byte, template *corev1.PodTemplateSpec) bool {
	text, err := json.Marshal(generic)
	if err != nil || len(text) > len(raw)+16 {
		return false
	}
	var strict map[string]any
	typed, err := json.Marshal(template)
	if err != nil || json.Unmarshal(typed, &strict) != nil {
		return false
	}
	return foldsAlike(generic, strict)
}

// foldsAlike says that every key of the document which the type knows is spelled as the type spells it.
func foldsAlike(document, typed any) bool {
	switch d := document.(type) {
	case map[string]any:
		t, ok := typed.(map[string]any)
		if !ok {
			return len(d) == 0
		}
		for key, value := range d {
			if value == nil {
				return false
			}
			if other, has := t[key]; has && !foldsAlike(value, other) {
				return false
			} else if !has && len(key) > 0 && key[0] <= 'Z' {
				return false
			}
		}
	case []any:
		t, ok := typed.([]any)
		if !ok || len(t) != len(d) {
			return len(d) == 0
		}
		for i := range d {
			if !foldsAlike(d[i], t[i]) {
				return false
			}
		}
	}
	return true
}
