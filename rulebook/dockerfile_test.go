package rulebook

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

// judgeDockerfile is what the rules find in a Dockerfile, without what its comments ignore.
func judgeDockerfile(t *testing.T, set *rule.Set, file *dockerfile.File) (found []rule.Finding) {
	t.Helper()
	in := rule.Input{Dockerfile: true}
	rule.Put(&in.Facts, dockerfile.Fact, file)
	d := set.Diagnose(in)
	for _, s := range d.Skipped {
		t.Errorf("%s was skipped: %s", s.Code, s.Reason)
	}
	for _, f := range d.Findings {
		if _, ignored := file.Ignored(f.Code, f.Line); !ignored {
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b rule.Finding) int { return a.Line - b.Line })
	return found
}

// rewriteDockerfile makes what findings change, one behind the other, as fix does.
func rewriteDockerfile(t *testing.T, set *rule.Set, name string, text []byte, ignore []byte) (after []byte, patterns []byte, left []rule.Finding) {
	t.Helper()
	for range 100 {
		file := readDockerfile(t, name, text, ignore)
		left = judgeDockerfile(t, set, file)
		at := slices.IndexFunc(left, func(f rule.Finding) bool { return len(f.Edits) > 0 })
		if at < 0 {
			return text, ignore, left
		}
		var err error
		if edit := left[at].Edits[0]; edit.File != "" {
			ignore, err = dockerfile.Edit(ignore, edit.Lines)
		} else {
			text, err = dockerfile.Edit(text, edit.Lines)
		}
		if err != nil {
			t.Fatalf("%s: %v", left[at].Code, err)
		}
	}
	t.Fatalf("the rewrites do not end:\n%s", text)
	return nil, nil, nil
}

func readDockerfile(t *testing.T, name string, text, ignore []byte) *dockerfile.File {
	t.Helper()
	file, err := document.ParseDockerfile(name, text)
	if err != nil {
		var at *document.Error
		if errors.As(err, &at) {
			t.Fatalf("%s:%d: %v\n%s", name, at.Line, err, text)
		}
		t.Fatal(err)
	}
	file.Context = &dockerfile.Context{Name: ".dockerignore"}
	if ignore != nil {
		file.Context.Read(ignore)
	}
	return file
}

func told(found []rule.Finding) string {
	var b strings.Builder
	for _, f := range found {
		fixed := "manual"
		if len(f.Edits) > 0 {
			fixed = "fixed"
		}
		fmt.Fprintf(&b, "%d:%d %s %s %s: %s\n", f.Line, f.Column, f.Code, f.Level, fixed, f.Message)
	}
	return b.String()
}

// TestDockerfiles: each Dockerfile of testdata/dockerfile holds the faults that its file "planted" lists, by code and line, and no others.
// Its file "fixed" is what the rewrites make of it, and "left" what people have to do then.
func TestDockerfiles(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob("testdata/dockerfile/*.txtar")
	if len(names) < 15 {
		t.Fatalf("only %d Dockerfiles", len(names))
	}
	planting := map[string]bool{}
	defer func() {
		for _, r := range set.Rules() {
			if r.Build != nil && !planting[r.Code] {
				t.Errorf("%s is planted in no Dockerfile", r.Code)
			}
		}
	}()
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			held := map[string][]byte{}
			for _, f := range archive.Files {
				held[f.Name] = f.Data
			}
			file := readDockerfile(t, "Dockerfile", held["Dockerfile"], held[".dockerignore"])
			if file.Spark == "" {
				t.Error("it was not taken for Spark's")
			}
			found := judgeDockerfile(t, set, file)
			var planted []string
			wordsStandWhereTheyAre(t, file)
			for _, f := range found {
				planting[f.Code] = true
				planted = append(planted, fmt.Sprintf("%s %d", f.Code, f.Line))
			}
			want := strings.Fields(strings.ReplaceAll(strings.TrimSpace(string(held["planted"])), " ", "_"))
			for i := range want {
				want[i] = strings.ReplaceAll(want[i], "_", " ")
			}
			slices.Sort(planted)
			slices.Sort(want)
			if !slices.Equal(planted, want) && !*update {
				t.Errorf("planted\n%s\nfound\n%s", strings.Join(want, "\n"), told(found))
			}
			after, patterns, left := rewriteDockerfile(t, set, "Dockerfile", held["Dockerfile"], held[".dockerignore"])
			for _, f := range left {
				if len(f.Edits) > 0 {
					t.Errorf("%s is still found after its rewrite: %s", f.Code, f.Message)
				}
			}
			if *update {
				held["found"], held["fixed"], held["left"] = []byte(told(found)), after, []byte(told(left))
				out := &txtar.Archive{Comment: archive.Comment}
				for _, part := range []string{"Dockerfile", ".dockerignore", "planted", "found", "fixed", "left"} {
					if data, has := held[part]; has {
						out.Files = append(out.Files, txtar.File{Name: part, Data: data})
					}
				}
				if patterns != nil && held[".dockerignore"] == nil {
					out.Files = append(out.Files, txtar.File{Name: "fixed.dockerignore", Data: patterns})
				}
				if err := os.WriteFile(name, txtar.Format(out), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for part, got := range map[string]string{"found": told(found), "fixed": string(after), "left": told(left)} {
				if got != string(held[part]) {
					t.Errorf("%s is\n%s\nand not\n%s", part, got, held[part])
				}
			}
			if string(patterns) != string(held["fixed.dockerignore"]) && held[".dockerignore"] == nil {
				t.Errorf("the patterns are\n%s", patterns)
			}
		})
	}
}

// TestOwnDockerfile holds the project's own Dockerfile to the rules, as it does others'.
func TestOwnDockerfile(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	ignore, err := os.ReadFile("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	if found := judgeDockerfile(t, set, readDockerfile(t, "Dockerfile", text, ignore)); len(found) > 0 {
		t.Errorf("found\n%s", told(found))
	}
}

// wordsStandWhereTheyAre: the text of each word without quotes is what the file has at its place.
func wordsStandWhereTheyAre(t *testing.T, file *dockerfile.File) {
	t.Helper()
	for _, i := range file.All() {
		if i.Unread != "" && !strings.Contains(i.Unread, "shell") { // of another program
			t.Errorf("line %d was not read: %s", i.First, i.Unread)
		}
		for _, c := range i.Commands {
			for _, w := range c.Words {
				if w.Start.Line != w.End.Line || i.JSON {
					continue
				}
				if at := file.Lines[w.Start.Line-1][w.Start.Column-1 : w.End.Column-1]; strings.NewReplacer(`"`, "", "'", "", `\`, "").Replace(at) != w.Text {
					t.Errorf("%d:%d: %q stands there, and the word is %q", w.Start.Line, w.Start.Column, at, w.Text)
				}
			}
		}
	}
}

// TestExampleDockerfiles: nothing is found in the Dockerfiles of the examples, and they are Spark's.
func TestExampleDockerfiles(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob("../examples/images/*.Dockerfile")
	if len(names) < 3 {
		t.Fatalf("only %d examples", len(names))
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file := readDockerfile(t, name, text, nil)
		if found := judgeDockerfile(t, set, file); len(found) > 0 || file.Spark == "" {
			t.Errorf("%s (%s): found\n%s", name, file.Spark, told(found))
		}
	}
}

// TestSecretsOfDockerfilesAreMasked in what a terminal shows of a Dockerfile, and in what doctor says of it.
func TestSecretsOfDockerfilesAreMasked(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile("testdata/dockerfile/latest-and-secrets.txtar")
	if err != nil {
		t.Fatal(err)
	}
	text := archive.Files[0].Data
	shown := string(mask.Document(text)) + told(judgeDockerfile(t, set, readDockerfile(t, "Dockerfile", text, nil)))
	if strings.Contains(shown, "kR7vXq2LmZ9pTw4NsB8d") {
		t.Errorf("the secret is shown:\n%s", shown)
	}
}
