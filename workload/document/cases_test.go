package document

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

var update = flag.Bool("update", false, "rewrite what the cases say")

// TestCases: testdata holds an archive a format, of files as people have them. In front of them stands what each is read as.
func TestCases(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) < 8 {
		t.Fatalf("%v, %v", archives, err)
	}
	covered := map[string]bool{}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, file := range archive.Files {
			raw := []byte(strings.ReplaceAll(string(file.Data), "<BOM>", byteOrderMark))
			covered[Of(Text{Name: file.Name, Raw: raw, Line: 1}).Name] = true
			b.WriteString(tell(file.Name, raw))
		}
		if *update {
			archive.Comment = []byte(b.String() + "\n")
			if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := strings.TrimSpace(string(archive.Comment)); strings.TrimSpace(b.String()) != want {
			t.Errorf("%s:\n%s", path, patch.Unified(path, []byte(want+"\n"), []byte(b.String())))
		}
	}
	for _, f := range Formats() {
		if !covered[f.Name] {
			t.Errorf("no case is of the format %s", f.Name)
		}
	}
}

// tell says what a text is read as, a line for each content.
func tell(name string, raw []byte) string {
	format := Of(Text{Name: name, Raw: raw, Line: 1})
	pieces := []Text{{Raw: raw, Line: 1}}
	if format.Split != nil {
		pieces = format.Split(raw)
	}
	var b strings.Builder
	for _, piece := range pieces {
		piece.Name = name
		found, err := format.Read(piece)
		if err != nil {
			line := 0
			if at, ok := err.(*Error); ok {
				line = at.Line
			}
			fmt.Fprintf(&b, "%s: %s: error on line %d: %v\n", name, format.Name, line, err)
		}
		for _, c := range found {
			line, column := c.Position(nil)
			fmt.Fprintf(&b, "%s: %s: %d:%d: %s\n", name, format.Name, line, column, told(c))
		}
	}
	return b.String()
}

func told(c Content) string {
	switch {
	case c.Object != nil:
		return "object " + string(c.Object)
	case c.Settings != nil:
		var pairs []string
		for _, key := range c.Settings.Keys() {
			line, _ := c.Position(patch.Path{key})
			pairs = append(pairs, fmt.Sprintf("%q=%q on %d", key, c.Settings[key].Value, line))
		}
		return "settings " + strings.Join(pairs, ", ")
	case c.Dockerfile != nil:
		return fmt.Sprintf("%d stages, %s", len(c.Dockerfile.Stages), c.Dockerfile.Spark)
	case c.Command != nil:
		var known []string
		for name, value := range c.Command.Assigned {
			known = append(known, name+"="+value)
		}
		slices.Sort(known)
		return fmt.Sprintf("command %q %v", c.Command.Text, known)
	}
	return strings.TrimSpace(c.Other + " " + c.Note)
}
