package companions

import (
	"io/fs"
	"testing"
)

// TestEveryManifestIsRead, and names the kind that fix --list looks for.
func TestEveryManifestIsRead(t *testing.T) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("%v: %v", names, err)
	}
	for _, name := range names {
		o := New(name)
		o.Code = "SPK-M007"
		o.Call("payments", "a-name", "a test")
		raw, err := o.YAML()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, raw)
		}
	}
	if kinds := Kinds(); len(kinds) == 0 {
		t.Error("there is no kind")
	}
}
