package patch

import "testing"

func TestUnifiedIsEmptyForTheSame(t *testing.T) {
	t.Parallel()
	if got := Unified("x.yaml", []byte("a\n"), []byte("a\n")); got != "" {
		t.Errorf("got %q", got)
	}
	want := "--- a/x.yaml\n+++ b/x.yaml\n@@ -1 +1 @@\n-a\n+b\n"
	if got := Unified("x.yaml", []byte("a\n"), []byte("b\n")); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
