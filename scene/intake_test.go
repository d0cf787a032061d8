package scene

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster/protobuf"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

// TestPodsThatAreCountedUnreadAreLikeTheFirst changes every field of pods that Spark made, one by one: what the bytes of two pods
// tell to be alike is alike when it is read.
func TestPodsThatAreCountedUnreadAreLikeTheFirst(t *testing.T) {
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	alike, unlike := 0, 0
	for i, f := range all {
		if i%16 > 0 {
			continue
		}
		var review struct {
			Request struct{ Object json.RawMessage }
		}
		if err := json.Unmarshal(f.Review, &review); err != nil {
			t.Fatal(err)
		}
		first := review.Request.Object
		for n := 0; ; n++ {
			var object any
			if err := json.Unmarshal(first, &object); err != nil {
				t.Fatal(err)
			}
			left := n
			parts := object.(map[string]any) // but for the kind, which a list gives
			kind, version := parts["kind"], parts["apiVersion"]
			delete(parts, "kind")
			delete(parts, "apiVersion")
			at, changed := change(object, "", &left)
			parts["kind"], parts["apiVersion"] = kind, version
			if !changed {
				break
			}
			other, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			var pod corev1.Pod
			if json.Unmarshal(other, &pod) != nil {
				continue // a time or a quantity
			}
			if keyOf(t, first) != keyOf(t, other) {
				unlike++
				continue
			}
			alike++
			fold := workload.NewFold()
			for i, raw := range [][]byte{first, other} {
				doc, err := launcher.FromObject(raw)
				if err != nil {
					t.Fatal(err)
				}
				if before, again := fold.Into(doc); !again || (before != nil) != (i == 1) {
					t.Errorf("%s: pods that differ in %s are told to be alike, and are not", f.Name, at)
				}
			}
		}
	}
	if alike < 20 || unlike < 200 {
		t.Errorf("%d changes made no difference, %d made one", alike, unlike)
	}
}

func keyOf(t *testing.T, raw []byte) protobuf.Key {
	t.Helper()
	var pod corev1.Pod
	if err := json.Unmarshal(raw, &pod); err != nil {
		t.Fatal(err)
	}
	wire, err := pod.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := protobuf.Alike(wire)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// change changes the text or number that comes after so many others, and says where it stands.
func change(value any, at string, left *int) (string, bool) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range sorted(v) {
			if next, ok := other(v[key]); ok {
				if *left--; *left < 0 {
					v[key] = next
					return at + "." + key, true
				}
			} else if where, changed := change(v[key], at+"."+key, left); changed {
				return where, true
			}
		}
	case []any:
		for i := range v {
			if next, ok := other(v[i]); ok {
				if *left--; *left < 0 {
					v[i] = next
					return fmt.Sprintf("%s[%d]", at, i), true
				}
			} else if where, changed := change(v[i], fmt.Sprintf("%s[%d]", at, i), left); changed {
				return where, true
			}
		}
	}
	return "", false
}

func sorted(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }

// other is a value of the same type.
func other(value any) (any, bool) {
	switch v := value.(type) {
	case string:
		return v + "1", true
	case float64:
		return v + 1, true
	case bool:
		return !v, true
	}
	return nil, false
}
