package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	patchyaml "github.com/kubectl-spark/kubectl-spark/patch/yaml"
)

// TestLawThreeTheResultIsTheWantedState: what fix, tune and inject make of an input says, decoded, what they make of the same
// objects that come without any shape: no comment, anchor or style. An object that says what it said is there byte for byte.
func TestLawThreeTheResultIsTheWantedState(t *testing.T) {
	compared, kept := 0, 0
	for _, r := range inputs(t) {
		if !r.objects() {
			continue
		}
		plain, b := plainly(t, r.name, r.text), benchFor(t.TempDir(), r.name)
		same := func(what string, made []byte, said said, of func() (said, []byte, error)) {
			if said.code != 0 || strings.Contains(said.errs, "refused: ") { // the place does not take an edit: in an anchor, beside a merge key
				return
			}
			_, ofPlain, err := of()
			if err != nil {
				t.Fatal(err)
			}
			if got, want := stripped(decoded(t, r.name, made)), stripped(decoded(t, r.name, ofPlain)); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s: its shape makes a difference\n%s\nwithout it\n%s", r.name, what, made, ofPlain)
			}
			compared++
			kept += r.untouched(t, what, made)
		}
		same("fix", r.fixed, r.fix, func() (said, []byte, error) { return b.on(plain, "fix", "--all", "--write") })
		same("tune", r.tuned["keep"].text, r.tuned["keep"].first, func() (said, []byte, error) { return b.tune(plain) })
		same("inject", r.injected, r.inject, func() (said, []byte, error) {
			s, _, err := b.on(plain, "inject")
			return s, []byte(s.out), err
		})
	}
	if compared < 250 || kept < 200 {
		t.Errorf("%d results were compared, %d objects in them were to be kept", compared, kept)
	}
}

// TestLawThreeInjectOnlyAdds: what an input says it still says behind inject. Lists get elements at their end, texts more text.
func TestLawThreeInjectOnlyAdds(t *testing.T) {
	edited := 0
	for _, r := range inputs(t) {
		if r.inject.code != 0 || !r.objects() {
			continue
		}
		before, after := decoded(t, r.name, r.text), decoded(t, r.name, r.injected)
		if !reflect.DeepEqual(before, after) {
			edited++
		}
		if at := lost(before, after); at != "" {
			t.Errorf("%s: inject changes what stands at %s", r.name, at)
		}
	}
	if edited < 60 {
		t.Errorf("%d inputs were edited", edited)
	}
}

// stripped is objects but for how they are to be given back: that depends on quotes.
func stripped(objects []any) []any {
	for _, one := range objects {
		object, _ := one.(map[string]any)
		meta, _ := object["metadata"].(map[string]any)
		if annotations, ok := meta["annotations"].(map[string]any); ok {
			delete(annotations, "kubectl-spark.io/undo")
		}
	}
	return objects
}

// objects says whether the input is Kubernetes objects that decode.
func (r *answers) objects() bool {
	if !strings.HasSuffix(r.name, ".yaml") && !strings.HasSuffix(r.name, ".json") {
		return false
	}
	for _, doc := range patchyaml.Split(r.text) {
		if _, err := yaml.YAMLToJSON(bytes.TrimPrefix(r.text[doc.Start:doc.End], []byte("\ufeff"))); err != nil {
			return false
		}
	}
	return true
}

// untouched counts the YAML documents that say what they said, each of which must be there byte for byte.
func (r *answers) untouched(t *testing.T, what string, made []byte) (kept int) {
	t.Helper()
	before, after := patchyaml.Split(r.text), patchyaml.Split(made)
	for len(after) > len(before) { // objects that it created stand at the end
		last := after[len(after)-1]
		if !bytes.Contains(made[last.Start:last.End], []byte("kubectl-spark.io/companion: ")) {
			break
		}
		after = after[:len(after)-1]
	}
	if len(before) != len(after) {
		t.Errorf("%s: %s makes %d documents of %d", r.name, what, len(after), len(before))
		return 0
	}
	for i := range before {
		was, is := r.text[before[i].Start:before[i].End], made[after[i].Start:after[i].End]
		if !reflect.DeepEqual(decoded(t, r.name, was), decoded(t, r.name, is)) {
			continue
		}
		if kept++; !bytes.Equal(was, is) {
			t.Errorf("%s: %s writes anew what says the same\n%s\nwas\n%s", r.name, what, is, was)
		}
	}
	return kept
}

// lost is the first place at which after does not say what before says, "" where there is none. A text that holds YAML is
// read as such.
func lost(before, after any) (at string) {
	switch was := before.(type) {
	case map[string]any:
		is, ok := after.(map[string]any)
		if !ok && len(was) > 0 {
			return "/"
		}
		for _, key := range slices.Sorted(maps.Keys(was)) {
			if below := lost(was[key], is[key]); below != "" {
				return "/" + key + below
			}
		}
	case []any:
		is, ok := after.([]any)
		if !ok && len(was) > 0 || len(is) < len(was) {
			return "/"
		}
		for i := range was {
			if below := lost(was[i], is[i]); below != "" {
				return "/" + strconv.Itoa(i) + below
			}
		}
	case string:
		is, ok := after.(string)
		if !ok {
			return "/"
		}
		if strings.HasPrefix(is, strings.TrimRight(was, "\n")) {
			return ""
		}
		old, fresh, ok := inner(was, is)
		if !ok {
			return fmt.Sprintf("/ (%q is %q)", was, is)
		}
		return lost(old, fresh)
	case nil:
	default:
		if !reflect.DeepEqual(before, after) {
			return "/"
		}
	}
	return ""
}

// inner are two texts as the objects that they hold.
func inner(before, after string) (old, fresh map[string]any, ok bool) {
	for text, into := range map[string]*map[string]any{before: &old, after: &fresh} {
		raw, err := yaml.YAMLToJSON([]byte(text))
		if err != nil || json.Unmarshal(raw, into) != nil {
			return nil, nil, false
		}
	}
	return old, fresh, old != nil && fresh != nil
}
