package script

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	patchyaml "github.com/kubectl-spark/kubectl-spark/patch/yaml"
	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// notEdited are the shapes in which an edit would show in another place too: by file, what the refusal names.
func notEdited() map[string]string {
	return map[string]string{
		"anchors-inside.yaml": "the place is inside the anchor &pod",
		"merge-keys.yaml":     "the place is in a mapping with a merge key (<<)",
	}
}

// shapes gives the files by name.
func shapes(t *testing.T) map[string][]byte {
	t.Helper()
	all, err := fixtures.Manifests("shaped")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]byte{}
	for _, m := range all {
		texts[path.Base(m.Name)] = m.Text
	}
	return texts
}

// run gives what a command prints and says about a text in a file, its exit code, and the file afterwards.
func run(t *testing.T, name string, text []byte, args ...string) (out, after []byte, said string, code int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, note bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &stdout, ErrOut: &note}, sharedRules, "v0.0.0-test")
	root.SetArgs(append(args, "-f", path))
	code = plugin.Execute(context.Background(), root)
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return stdout.Bytes(), after, note.String(), code
}

// decoded is what each document of a stream says; a document that says nothing is left out.
func decoded(t *testing.T, name string, text []byte) (says []any) {
	t.Helper()
	for _, doc := range patchyaml.Split(text) {
		raw := bytes.TrimPrefix(text[doc.Start:doc.End], []byte("\ufeff"))
		var err error
		if !json.Valid(raw) {
			raw, err = yaml.YAMLToJSON(raw)
		}
		if err != nil {
			t.Fatalf("%s:%d: %v", name, doc.Line, err)
		}
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			t.Fatalf("%s:%d: %v", name, doc.Line, err)
		}
		if value != nil {
			says = append(says, value)
		}
	}
	return says
}

// plainly writes the same objects without any shape: no comment, anchor or style, keys sorted.
func plainly(t *testing.T, name string, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, value := range decoded(t, name, text) {
		raw, err := yaml.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("---\n")
		b.Write(raw)
	}
	return b.Bytes()
}

// corrected are the settings that fix takes out, for it writes them under the right name or leaves them to their default:
// by file.
func corrected() map[string][]string {
	return map[string][]string{
		"windows.yaml":   {"spark.executor.memoryOverHead 512m"},
		"configmap.yaml": {"spark.executor.memoryOverHead    512m", "spark.sql.adaptive.enabled       false"},
	}
}

// linesKept says whether every line that is gone was edited: all that it said stands in a new line, at its place. All
// other lines are there, byte for byte and in their order.
func linesKept(t *testing.T, name string, before, after []byte) {
	t.Helper()
	rest := bytes.SplitAfter(after, []byte("\n"))
	for n, line := range bytes.SplitAfter(before, []byte("\n")) {
		at := -1
		for i := range rest {
			if bytes.Equal(rest[i], line) {
				at = i
				break
			}
		}
		if at < 0 { // the line was edited: braces got members, or a value its end
			at = editedLine(rest, line)
		}
		if at < 0 {
			if !slices.Contains(corrected()[name], string(bytes.TrimSpace(line))) {
				t.Errorf("%s:%d: %q is gone", name, n+1, line)
			}
			continue
		}
		rest = rest[at+1:]
	}
}

// editedLine finds the line into which something was put between two parts of the old one. All but blanks, braces and
// a value of null or {} is still there.
func editedLine(lines [][]byte, old []byte) int {
	want := strings.Fields(strings.NewReplacer("{", " ", "}", " ", ",", " ", "]", " ", "null", " ", "Null", " ", "NULL", " ", "~", " ").Replace(strings.TrimPrefix(string(old), "\ufeff")))
	for i, line := range lines {
		rest, found := string(line), true
		for _, word := range want {
			before, behind, ok := strings.Cut(rest, word)
			if found = ok; !ok || before == "" && word == "" {
				break
			}
			rest = behind
		}
		indent := len(old) - len(bytes.TrimLeft(old, " \t"))
		if found && len(line) >= indent && bytes.Equal(line[:indent], old[:indent]) && (len(want) > 0 || bytes.ContainsAny(line, "{[")) {
			return i
		}
	}
	return -1
}

// comments lists the comment lines and the ends of lines that look like comments; what stands in double quotes is none.
func comments(text []byte) (found []string) {
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		quoted := false
		for i := 0; i < len(line); i++ {
			switch {
			case quoted && line[i] == '\\':
				i++
			case line[i] == '"':
				quoted = !quoted
			case line[i] == '#' && !quoted && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t' || strings.HasPrefix(line, "\ufeff#")):
				found = append(found, line[i:])
				i = len(line)
			}
		}
	}
	return found
}

func TestFixKeepsTheShapeOfWhatItEdits(t *testing.T) {
	edited := 0
	for name, text := range shapes(t) {
		_, after, said, code := run(t, name, text, "fix", "--all", "--write")
		if why := notEdited()[name]; why != "" {
			if code != 0 || !strings.Contains(said, why) {
				t.Errorf("%s: findings are to be left with the reason: exit code %d, %s", name, code, said)
			}
			linesKept(t, name, text, after)
			continue
		}
		if code != 0 {
			t.Errorf("%s: exit code %d: %s", name, code, said)
			continue
		}
		if !bytes.Equal(after, text) {
			edited++
		}
		linesKept(t, name, text, after)
		if !reflect.DeepEqual(comments(text), comments(after)) {
			t.Errorf("%s: comments were %q and are %q", name, comments(text), comments(after))
		}
		if bytes.Contains(text, []byte("\r\n")) && bytes.Count(after, []byte("\n")) != bytes.Count(after, []byte("\r\n")) {
			t.Errorf("%s: line ends are mixed", name)
		}
		if bytes.HasSuffix(text, []byte("\n")) != bytes.HasSuffix(after, []byte("\n")) {
			t.Errorf("%s: the end of its last line is another one", name)
		}
		// What the same objects say after the same edits, when they come without a shape.
		_, plain, _, _ := run(t, name, plainly(t, name, text), "fix", "--all", "--write")
		if !reflect.DeepEqual(decoded(t, name, after), decoded(t, name, plain)) {
			t.Errorf("%s: its shape makes a difference:\n%s", name, after)
		}
		if _, again, _, _ := run(t, name, after, "fix", "--all", "--write"); !bytes.Equal(again, after) {
			t.Errorf("%s: twice is not once", name)
		}
	}
	if edited < 18 {
		t.Errorf("%d shapes were edited", edited)
	}
}

// marks are those of a report that say how the file spelled null.
var marks = regexp.MustCompile(`\+{2,}`)

func TestInjectKeepsTheShapeAndUninjectGivesItBack(t *testing.T) {
	for name, text := range shapes(t) {
		for _, profile := range []string{"safe", "standard", "restricted"} {
			out, after, said, code := run(t, name, text, "inject", "--profile", profile)
			if !bytes.Equal(after, text) {
				t.Errorf("%s %s: inject wrote into the file", name, profile)
			}
			if why := notEdited()[name]; why != "" {
				unedited := code == 0 && bytes.Equal(out, text) || code == 2 && len(out) == 0 // each edit is refused, or the object is left out
				if !unedited || !strings.Contains(said, why) || !strings.Contains(said, name) {
					t.Errorf("%s %s: exit code %d, %s", name, profile, code, said)
				}
				continue
			}
			if code != 0 || bytes.Equal(out, text) {
				t.Errorf("%s %s: exit code %d, %s", name, profile, code, said)
				continue
			}
			linesKept(t, name, text, out)
			if !reflect.DeepEqual(comments(text), comments(out)) {
				t.Errorf("%s %s: comments were %q and are %q", name, profile, comments(text), comments(out))
			}
			if plain, _, _, _ := run(t, name, plainly(t, name, text), "inject", "--profile", profile); !reflect.DeepEqual(decoded(t, name, marks.ReplaceAll(out, []byte("++"))), decoded(t, name, plain)) {
				t.Errorf("%s %s: its shape makes a difference:\n%s", name, profile, out)
			}
			if again, _, _, _ := run(t, name, out, "inject", "--profile", profile); !bytes.Equal(again, out) {
				t.Errorf("%s %s: twice is not once", name, profile)
			}
			if back, _, _, _ := run(t, name, out, "uninject"); !bytes.Equal(back, text) {
				t.Errorf("%s %s: uninject does not give it back:\n%s", name, profile, back)
			}
		}
	}
}
