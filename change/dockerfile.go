package change

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// maxRewrites bounds how many findings of one Dockerfile are fixed, one behind the other.
const maxRewrites = 200

// fixDockerfile fixes a Dockerfile: one finding, then it is read and judged anew, for each rewrite moves the lines of the others. What a
// rewrite would break is left to people.
func (f *fixer) fixDockerfile(given *scene.Subject) {
	doc := given.Doc
	left := map[string]string{} // why findings are not fixed, by code and message
	tried := map[string]int{}   // how many findings there were, by the same
	want := f.want
	want.Only = f.only(given)
	stood := linesFound(given.Judge(want).Findings)
	for range maxRewrites {
		now := given.Now()
		if now == nil {
			return
		}
		found := now.Judge(want).Findings
		next := f.rewrite(now, found, left)
		if next == nil {
			f.tellRest(now, found, left, stood)
			return
		}
		key := next.Code + next.Message
		if now := count(found, key); tried[key] > 0 && now >= tried[key] { // the rewrite before did not remove the finding
			left[key] = "a rewrite did not remove the finding"
			continue
		}
		tried[key] = count(found, key)
		edit := next.Edits[0]
		file, err := f.Scene.FileOf(doc), error(nil)
		if edit.File != "" {
			file, err = f.patterns(edit.File)
		}
		if err == nil {
			err = file.Rewrite(doc, edit.Lines)
		}
		if err != nil {
			left[next.Code+next.Message] = source.Reason(err)
			continue
		}
		done := f.document(doc)
		f.turns++
		done.edits++
		f.document(file.Docs[0]).touches = append(f.document(file.Docs[0]).touches, touch{code: next.Code, keys: linesOf(edit.Lines), turn: f.turns})
		f.tell(now, stood.before(*next), fate{}, file)
	}
}

// stands are the lines at which findings stood in front of every rewrite, by code and message.
type stands map[string][]int

func linesFound(found []rule.Finding) stands {
	all := stands{}
	for _, one := range found {
		all[one.Code+one.Message] = append(all[one.Code+one.Message], one.Line)
	}
	return all
}

// before is a finding at the line at which it stood in the file as it was given, where it stood there.
func (l stands) before(one rule.Finding) rule.Finding {
	key := one.Code + one.Message
	if all := l[key]; len(all) > 0 {
		one.Line, l[key] = all[0], all[1:]
	}
	return one
}

// count is how many findings are alike.
func count(found []rule.Finding, key string) (n int) {
	for _, one := range found {
		if one.Code+one.Message == key {
			n++
		}
	}
	return n
}

// patterns is the file that a Dockerfile's build leaves out by, which is one of the scene from then on.
func (f *fixer) patterns(name string) (*source.File, error) {
	if at := slices.IndexFunc(f.Scene.Files, func(one *source.File) bool { return one.Name == name }); at >= 0 {
		return f.Scene.Files[at], nil
	}
	raw, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, scene.Unreadable(name, err)
	}
	one := source.Patterns(name, raw, err == nil)
	f.Scene.Files = append(f.Scene.Files, one)
	return one, nil
}

// rewrite is the next finding that a rewrite fixes; nil where there is none.
func (f *fixer) rewrite(s *scene.Subject, found []rule.Finding, left map[string]string) *rule.Finding {
	for i := range found {
		one := &found[i]
		if len(one.Edits) > 0 && left[one.Code+one.Message] == "" && f.takes(s, graded{faultOf(one), one.Level}) {
			return one
		}
	}
	return nil
}

// tellRest tells of what is left for people.
func (f *fixer) tellRest(s *scene.Subject, found []rule.Finding, left map[string]string, stood stands) {
	for _, one := range found {
		if f.takes(s, graded{faultOf(&one), one.Level}) {
			f.tell(s, stood.before(one), fate{why: left[one.Code+one.Message]}, f.Scene.FileOf(s.Doc))
		}
	}
}

// linesOf are the lines that operations bring in, by which the hunks of a difference are told.
func linesOf(ops []patch.Op) (lines []string) {
	for _, one := range ops {
		var text string
		if json.Unmarshal(one.Value, &text) != nil {
			continue
		}
		for line := range strings.SplitSeq(text, "\n") {
			if line = strings.TrimSpace(line); len(line) > 3 {
				lines = append(lines, line)
			}
		}
	}
	return lines
}
