package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

func TestPropertyEditsSayWhatJavaReadsBack(t *testing.T) {
	for _, text := range []string{"", "a=1", "a: 1\r\nb: 2\r\n", "a 1\\\n 2\n# c\n", "a\\ b=1\n", "a=1\na=2\n", "x=1\\"} {
		for _, value := range []string{"v", "with space", `back\slash`, "two\nlines", " lead", "=x", ""} {
			out, err := EditProperties([]byte(text), []patch.Op{{Op: patch.Add, Path: "/a", Value: fmt.Appendf(nil, "%q", value)}})
			if err != nil {
				t.Errorf("%q: %v", text, err)
				continue
			}
			found, err := readProperties(Text{Raw: out, Line: 1})
			if err != nil {
				t.Fatalf("%q became %q: %v", text, out, err)
			}
			if got := found[0].Settings["a"].Value; got != strings.TrimSpace(value) {
				t.Errorf("%q: a became %q, want %q (%q)", text, got, value, out)
			}
		}
	}
}
