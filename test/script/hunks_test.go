package script

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// headedHunk is a hunk of a difference: its lines of the file as it was, and the codes in its head.
type headedHunk struct {
	from, to int
	codes    []string
}

func headedHunks(t *testing.T, difference string) (all []headedHunk) {
	t.Helper()
	at, head := 0, ""
	for line := range strings.Lines(difference) {
		if _, err := fmt.Sscanf(line, "@@ -%d", &at); err == nil {
			_, head, _ = strings.Cut(strings.TrimSpace(line[2:]), "@@")
			all = append(all, headedHunk{codes: strings.FieldsFunc(head, func(r rune) bool { return r == ' ' || r == ',' })})
			continue
		}
		if len(all) == 0 {
			continue
		}
		h := &all[len(all)-1]
		switch line[0] {
		case '-', '+':
			if h.from == 0 {
				h.from = at
			}
			if h.to = at; line[0] == '-' {
				at++
			}
		case ' ':
			at++
		}
	}
	return all
}

// fixedByOthers are codes whose fault another code's change takes away, where both are fixed.
var fixedByOthers = map[string]string{
	"submissions.yaml SPK-P006": "SPK-P002 sets the key that SPK-P006 alone would remove",
	"servers.yaml SPK-M024":     "SPK-M005 sets the annotation that names the volumes of both",
}

// TestEachHunkNamesTheCodesThatItAnswers: all that fix changes for one code alone is in hunks that name the code, no hunk names
// one that changes nothing there, and git and patch take the difference.
func TestEachHunkNamesTheCodesThatItAnswers(t *testing.T) {
	files, err := filepath.Glob("../../examples/faulty/*")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	compared, named := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b := benchFor(t.TempDir(), filepath.Base(file))
		diff := func(words ...string) string {
			t.Helper()
			s, _, err := b.on(text, append([]string{"fix"}, words...)...)
			if err != nil {
				t.Fatal(err)
			}
			return s.out
		}
		whole := diff("--all")
		if whole == "" {
			continue
		}
		taken(t, filepath.Base(file), text, whole)
		hunks := headedHunks(t, whole)
		var codes []string
		for _, h := range hunks {
			if len(h.codes) == 0 {
				t.Errorf("%s:%d: a hunk without a code", file, h.from)
			}
			codes = append(codes, h.codes...)
		}
		slices.Sort(codes)
		for _, code := range slices.Compact(codes) {
			alone := headedHunks(t, diff("--only="+code))
			for _, one := range alone {
				compared++
				if fixedByOthers[filepath.Base(file)+" "+code] == "" && !slices.ContainsFunc(hunks, func(h headedHunk) bool {
					return h.from-3 <= one.to && one.from <= h.to+3 && slices.Contains(h.codes, code)
				}) {
					t.Errorf("%s:%d-%d: %s changes it, and no hunk there names it: %+v", file, one.from, one.to, code, hunks)
				}
			}
			for _, h := range hunks {
				if !slices.Contains(h.codes, code) {
					continue
				}
				named++
				if len(alone) > 0 && !slices.ContainsFunc(alone, func(one headedHunk) bool { return h.from-3 <= one.to && one.from <= h.to+3 }) {
					t.Errorf("%s:%d-%d: the hunk names %s, which changes nothing there: %+v", file, h.from, h.to, code, alone)
				}
			}
		}
	}
	if compared < 60 || named < 60 {
		t.Errorf("%d hunks were compared, %d codes", compared, named)
	}
}

// taken checks that git and patch take a difference, where they are installed.
func taken(t *testing.T, name string, text []byte, difference string) {
	t.Helper()
	for _, words := range [][]string{{"git", "apply", "-p1"}, {"patch", "-p1"}} {
		if _, err := exec.LookPath(words[0]); err != nil {
			continue
		}
		dir := t.TempDir()
		_, path, _ := strings.Cut(strings.SplitN(difference, "\n", 2)[0], "--- a/")
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), text, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(difference)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %v: %s", name, words, err, out)
		}
	}
}
