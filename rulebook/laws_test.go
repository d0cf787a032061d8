package rulebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/patch/oracle"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// checkLaws holds one template against what every injection promises.
func checkLaws(t testing.TB, set *rule.Set, raw []byte, profile rule.Profile) {
	t.Helper()
	o := rule.Options{Profile: profile}
	out, _, err := set.AdmitPod(raw, decode(t, raw), rule.Marks{}, o)
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	for _, op := range out.Ops {
		if op.Op != patch.Add && op.Op != patch.Replace {
			t.Fatalf("an admission answer holds %s %s", op.Op, op.Path)
		}
	}
	if len(out.Report) > 2048 {
		t.Fatalf("the report has %d bytes", len(out.Report))
	}
	injected, err := patchjson.Apply(raw, out.Ops)
	if err != nil {
		t.Fatal(err)
	}
	after := decode(t, injected)
	if other := libraryApply(t, raw, out.Ops); !reflect.DeepEqual(decode(t, other), after) {
		t.Fatal("another implementation of JSON patch gives another result")
	}
	kept(t, raw, injected, out.Ops)
	sameAsOracle(t, raw, injected, after)
	again, _, err := set.AdmitPod(injected, decode(t, injected), rule.Marks{}, o)
	if err != nil {
		t.Fatalf("second pass: %v", err)
	}
	if len(again.Ops) > 0 {
		t.Fatalf("twice is not once: %s %s %s\nfirst report  %s\nsecond report %s", again.Ops[0].Op, again.Ops[0].Path, again.Ops[0].Value, out.Report, again.Report)
	}
	back, left, err := set.UndoAs(spark.Identify(&after.ObjectMeta, &after.Spec), injected)
	if err != nil || len(left) > 0 {
		t.Fatalf("undo: %v, left %v", err, left)
	}
	restored, err := patchjson.Apply(injected, back)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(restored, raw) {
		t.Fatalf("uninject(inject(x)) is not x:\n%s\nwas\n%s", restored, raw)
	}
}

// sameAsOracle holds the recorded operations against a strategic merge of the typed states into the raw bytes.
func sameAsOracle(t testing.TB, raw, injected []byte, after *corev1.PodTemplateSpec) {
	t.Helper()
	ops, err := oracle.Ops(raw, decode(t, raw), after)
	if err != nil && strings.HasPrefix(t.Name(), "Fuzz") && strings.Contains(err.Error(), "does not contain declared merge key") {
		return // an element without its name: no API server lets it in, and a strategic merge cannot place it
	}
	if errors.Is(err, oracle.ErrMismatch) && strings.HasPrefix(t.Name(), "Fuzz") {
		return // lists with repeated merge keys, which a strategic merge cannot edit, and says so
	}
	if err != nil {
		t.Fatalf("oracle: %v", err)
	}
	other, err := patchjson.Apply(raw, ops)
	if err != nil {
		t.Fatalf("oracle: %v", err)
	}
	if same, err := patch.SameJSON(injected, other); err != nil || !same {
		t.Fatalf("the recorded operations give\n%s\nthe oracle\n%s\n%v", injected, other, err)
	}
}

func libraryApply(t testing.TB, raw []byte, ops []patch.Op) []byte {
	t.Helper()
	text, err := json.Marshal(ops)
	if err != nil {
		t.Fatal(err)
	}
	if len(ops) == 0 {
		return raw
	}
	p, err := jsonpatch.DecodePatch(text)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Apply(raw)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// kept checks that nothing the user set is changed: every value of the original stands at its place in the result,
// but for strings that grew by an option, and those at a place that an operation names.
func kept(t testing.TB, raw, injected []byte, ops []patch.Op) {
	t.Helper()
	replaced := map[string]bool{}
	for _, op := range ops {
		if op.Op == patch.Replace {
			replaced[op.Path] = true
		}
	}
	var before, after any
	if json.Unmarshal(raw, &before) != nil || json.Unmarshal(injected, &after) != nil {
		t.Fatal("not JSON")
	}
	var walk func(at patch.Path, before, after any)
	walk = func(at patch.Path, before, after any) {
		switch b := before.(type) {
		case map[string]any:
			a, _ := after.(map[string]any)
			for key, value := range b {
				walk(at.With(key), value, a[key])
			}
		case []any:
			a, _ := after.([]any)
			if len(a) < len(b) {
				t.Fatalf("%s lost elements", at.Pointer())
			}
			for i, value := range b {
				walk(at.With(string(rune('0'+i/10))+string(rune('0'+i%10))), value, a[i])
			}
		case nil:
		default:
			was, _ := before.(string)
			is, _ := after.(string)
			grew := len(is) > len(was) && strings.HasPrefix(is, was)
			if !reflect.DeepEqual(before, after) && !grew && !strings.HasSuffix(at.Pointer(), "kubectl-spark.io~1report") {
				t.Fatalf("%s was %v and is %v", at.Pointer(), before, after)
			}
		}
	}
	walk(nil, before, after)
}

func TestLawsOverEveryBaseAndProfile(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range bases(t) {
		for _, profile := range rule.Profiles() {
			t.Run(name+"/"+string(profile), func(t *testing.T) { checkLaws(t, set, base(t, name), profile) })
		}
	}
}

func TestAskingForEverythingKeepsTheLaws(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"SPK-S011", "SPK-M025"} { // apart: the report has no room for the way back from both
		for _, name := range bases(t) {
			raw, err := jsonpatch.MergePatch(base(t, name), []byte(`{"metadata":{"annotations":{"kubectl-spark.io/want":"`+want+`"}}}`))
			if err != nil {
				t.Fatal(err)
			}
			t.Run(want+"/"+name, func(t *testing.T) { checkLaws(t, set, raw, rule.Restricted) })
		}
	}
}

// TestTheWebhookHasTheRulesThatItApplies and no others: what it does not apply would only make it larger.
func TestTheWebhookHasTheRulesThatItApplies(t *testing.T) {
	codes := func(rules []*rule.Rule) (all []string) {
		for _, r := range rules {
			if r.Admit {
				all = append(all, r.Code)
			}
		}
		slices.Sort(all)
		return all
	}
	if has, want := codes(Admitted()), codes(All()); !slices.Equal(has, want) || len(Admitted()) != len(want) {
		t.Errorf("the webhook has %q of %d, and applies %q", has, len(Admitted()), want)
	}
}
