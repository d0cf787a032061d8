package document

import (
	"fmt"
	"strings"
	"testing"
	"time"

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

// TestRemovingAPropertyIsLinear: what is removed line by line, each time from the whole text, takes minutes here.
func TestRemovingAPropertyIsLinear(t *testing.T) {
	text := strings.Repeat("spark.a=1\n", 60_000)
	begun := time.Now()
	out, err := EditProperties([]byte(text+"spark.b=2\n"), []patch.Op{{Op: patch.Remove, Path: "/spark.a"}})
	if err != nil || string(out) != "spark.b=2\n" {
		t.Errorf("%d bytes are left, %v", len(out), err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("60,000 lines of one key were removed in %s", took)
	}
}

func TestPropertiesAreCutByTheLinesJavaSees(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a=1\rb=2\rc=3\r", "a=1\rc=3\r"},
		{"a=1\rb=2\n", "a=1\r"},
		{"b=1\\\r\n 2\r\na=1\r\nb=3", "a=1\r\n"},
		{"\\\n# b=0\nb=1\n", "\\\n# b=0\n"},
		{"b=1\n", ""},
	} {
		out, err := EditProperties([]byte(c.text), []patch.Op{{Op: patch.Remove, Path: "/b"}})
		if err != nil || string(out) != c.want {
			t.Errorf("%q without b is %q, %v; want %q", c.text, out, err, c.want)
		}
	}
	out, err := EditProperties([]byte("b=1\ra=1\rb : 2\rc=3"), []patch.Op{{Op: patch.Replace, Path: "/b", Value: []byte(`"4"`)}})
	if want := "b=1\ra=1\rb : 4\rc=3"; err != nil || string(out) != want {
		t.Errorf("%q, %v; want %q", out, err, want)
	}
}

// TestARenamedPropertyKeepsItsLine: its place, its indent, what stands between key and value, and its line ending.
func TestARenamedPropertyKeepsItsLine(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a=1\n# why\nold=v\nz=2\n", "a=1\n# why\nnew=v\nz=2\n"},
		{"  old   v w\r\nz 1\r\n", "  new   v w\r\nz 1\r\n"},
		{"old : v \\\n  w\nz=1", "new : v \\\n  w\nz=1"},
		{"old=1\nz=1\nold=2\n", "z=1\nnew=2\n"},
		{"o\\ld=v\nz=1\n", "new=v\nz=1\n"},
		{"old", "new"},
		{"z=1\rold=2\r", "z=1\rnew=2\r"},
	} {
		out, err := EditProperties([]byte(c.text), []patch.Op{{Op: patch.Move, From: "/old", Path: "/new"}})
		if err != nil || string(out) != c.want {
			t.Errorf("%q: %q, %v; want %q", c.text, out, err, c.want)
		}
	}
	for text, want := range map[string]string{"new=1\nold=2\n": "is there already", "a=1\n": "to rename"} {
		if out, err := EditProperties([]byte(text), []patch.Op{{Op: patch.Move, From: "/old", Path: "/new"}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want %q", text, out, err, want)
		}
	}
}
