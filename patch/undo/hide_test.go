package undo

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// TestWhatIsAddedUnderTheSameNameIsNotTakenBack: behind what an edit added stands what others added, under its name.
func TestWhatIsAddedUnderTheSameNameIsNotTakenBack(t *testing.T) {
	const object = `{"c":[{"name":"a","value":"1"},{"name":"b","value":"x -Da"},{"name":"a","value":"2"},{"name":"b","value":"y"},{"mountPath":"/m","name":"v"},{"mountPath":"/m","name":"w"}]}`
	for entry, want := range map[string]string{
		"c/a":           `{"c":[{"name":"b","value":"x -Da"},{"name":"a","value":"2"},{"name":"b","value":"y"},{"mountPath":"/m","name":"v"},{"mountPath":"/m","name":"w"}]}`,
		"+c/a":          `{"c":[{"name":"b","value":"x -Da"},{"name":"a","value":"2"},{"name":"b","value":"y"},{"mountPath":"/m","name":"v"},{"mountPath":"/m","name":"w"}]}`,
		"c/b/value -Da": `{"c":[{"name":"a","value":"1"},{"name":"b","value":"x"},{"name":"a","value":"2"},{"name":"b","value":"y"},{"mountPath":"/m","name":"v"},{"mountPath":"/m","name":"w"}]}`,
		"c/~1m":         `{"c":[{"name":"a","value":"1"},{"name":"b","value":"x -Da"},{"name":"a","value":"2"},{"name":"b","value":"y"},{"mountPath":"/m","name":"w"}]}`,
	} {
		b, err := New([]byte(object), func(patch.Path) bool { return true })
		if err != nil || !b.Hide(entry) || !b.Take(entry) {
			t.Errorf("%s: %v", entry, err)
			continue
		}
		if got, err := patchjson.Apply([]byte(object), b.Ops); err != nil || string(got) != want {
			t.Errorf("%s: %v\n%s\n%s", entry, err, got, want)
		}
	}
	b, _ := New([]byte(object), func(patch.Path) bool { return true })
	for _, entry := range []string{"c/w", "c/b/value -Dz", "c/z", "d/a", "", "~2", "c"} {
		if b.Hide(entry) {
			t.Errorf("%q hides something", entry)
		}
	}
	if raw, err := b.JSON(nil); err != nil || string(raw) != object {
		t.Errorf("%v %s", err, raw)
	}
}
