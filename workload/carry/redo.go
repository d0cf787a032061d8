package carry

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Redo makes the edits anew in a document that has none. Anybody may have written how to take edits back, so that only those
// are taken back that are made again just so.
type Redo func(f *source.File, d *workload.Document) error

// written is what Again writes into a document from which all that was claimed is taken out.
type written struct {
	claimed, before, after standing // the document, without what is claimed, and with what is written anew
	entries                []string
}

// rewritten makes the edits anew in a copy of the document.
func rewritten(d *workload.Document, again Redo) (*written, error) {
	f, copied, err := singleCopy(d)
	if err != nil {
		return nil, err
	}
	w := &written{claimed: standingIn(copied.Raw)}
	ops, _, _, _ := undoOps(copied, func(string) bool { return true })
	if err := f.Edit(copied, ops); err != nil {
		return nil, fmt.Errorf("without what its annotation %s says: %w", AnnotationUndo, err)
	}
	w.before = standingIn(copied.Raw)
	if err := again(f, copied); err != nil {
		return nil, err
	}
	w.after = standingIn(copied.Raw)
	for _, entry := range readUndo(copied) {
		w.entries = append(w.entries, unmarked(entry))
	}
	return w, nil
}

// singleCopy is a file of a copy of the document and nothing else.
func singleCopy(d *workload.Document) (*source.File, *workload.Document, error) {
	f, err := source.Open("document.json", d.Raw)
	if err != nil {
		return nil, nil, err
	}
	if len(f.Docs) != 1 {
		return nil, nil, fmt.Errorf("%s/%s is no single document", d.Kind, d.Name)
	}
	return f, f.Docs[0], nil
}

// unmarked is an entry without what it says of creation and of quotes.
func unmarked(entry string) string {
	place, what, said := strings.Cut(undo.Bare(entry), " ")
	if !said {
		return place
	}
	return place + " " + strings.TrimLeft(what, "~^")
}

// makes says whether an edit that an entry speaks of is made again: the same option behind a text, or all values of a place
// that held none before.
func (w *written) makes(d *workload.Document, entry string) bool {
	step := undo.Find(d.Raw, entry)
	switch {
	case step.Suffix != "": // behind which another may stand
		return slices.Contains(w.entries, unmarked(entry))
	case !step.Stands || step.Switch:
		return false
	}
	place, _, _ := strings.Cut(undo.Bare(entry), " ")
	place, found := numbered.ReplaceAllString(place, optionName), false
	for at, values := range w.claimed {
		if at != place && !strings.HasPrefix(at, place+"/") {
			continue
		}
		found = true
		if len(w.before[at]) > 0 || !writtenByUs(at, values, w.after[at], at != place) {
			return false
		}
	}
	return found
}

// standing are the values of an object that hold no others, by their places in the grammar of package undo.
type standing map[string][]string

// The variables of an executor's options are numbered, and by which number one goes depends on the others.
const optionName = "SPARK_JAVA_OPT_"

var numbered = regexp.MustCompile(optionName + `[0-9]+`)

func standingIn(raw []byte) standing {
	var tree any
	out := standing{}
	if json.Unmarshal(raw, &tree) == nil {
		out.walk(tree, "")
	}
	return out
}

func (s standing) walk(node any, at string) {
	below := func(segment string, value any) { s.walk(value, at+patch.Path{segment}.Pointer()) }
	switch n := node.(type) {
	case map[string]any:
		for key, value := range n {
			below(key, value)
		}
		if len(n) > 0 {
			return
		}
	case []any:
		for i, value := range n {
			below(elementName(value, i), value)
		}
		if len(n) > 0 {
			return
		}
	}
	text, isText := node.(string)
	if !isText {
		plain, _ := json.Marshal(node) // decoded from JSON
		text = string(plain)
	}
	at = numbered.ReplaceAllString(strings.TrimPrefix(at, "/"), optionName)
	s[at] = append(s[at], numbered.ReplaceAllString(text, optionName))
}

// elementName is what package undo calls an element of a list.
func elementName(value any, i int) string {
	if text, is := value.(string); is && text != "" {
		return text
	}
	element, _ := value.(map[string]any)
	for _, field := range []string{"mountPath", "name"} {
		if name, _ := element[field].(string); name != "" {
			return name
		}
	}
	return fmt.Sprintf("[%d]", i)
}

// writtenByUs says whether values at a place are what is written there, each of them. What our own annotations say is not compared:
// another release may have worded it. withOthers: other values stand there with them, and a number among them may be that of the
// time when they were written.
func writtenByUs(at string, values, wrote []string, withOthers bool) bool {
	if strings.Contains(at, "annotations/"+ownPrefix) && len(wrote) > 0 {
		return true
	}
	for _, value := range values {
		if !slices.ContainsFunc(wrote, func(one string) bool { return containsOptions(value, one, withOthers) }) {
			return false
		}
	}
	return true
}

// ownPrefix begins what our annotations are called, in a place.
const ownPrefix = "kubectl-spark.io~1"

var amount = regexp.MustCompile(`^(-XX:[A-Za-z]+=)[0-9]+$`)

// containsOptions says whether a value is written, or all options of it are.
func containsOptions(value, wrote string, withOthers bool) bool {
	if value == wrote {
		return true
	}
	said := strings.Fields(wrote)
	for i := range said {
		if withOthers {
			said[i] = amount.ReplaceAllString(said[i], "$1")
		}
	}
	words := strings.Fields(value)
	for _, word := range words {
		if withOthers {
			word = amount.ReplaceAllString(word, "$1")
		}
		if !slices.Contains(said, word) {
			return false
		}
	}
	return len(words) > 0
}

// makesLines says whether all lines that are said to be added to a configuration are written again.
func makesLines(d *workload.Document, before, inner string, again Redo) (bool, error) {
	f, copied, err := singleCopy(d)
	if d.Properties {
		if f, err = source.Open(workload.KeyDefaults, []byte(before)); err == nil && len(f.Docs) == 1 {
			copied = f.Docs[0]
		}
	}
	if err != nil || copied == nil {
		return false, err
	}
	if err := f.SetSettings(copied, before, false); err != nil {
		return false, err
	}
	if err := again(f, copied); err != nil {
		return false, err
	}
	claimed, err := spark.ParseProperties([]byte(inner))
	if err != nil {
		return false, nil // no lines of ours
	}
	wrote, err := spark.ParseProperties([]byte(readBlock(f.Settings(copied)).inner))
	for key, setting := range claimed {
		again, set := wrote[key]
		own := strings.Contains(key, ".annotation."+strings.ReplaceAll(ownPrefix, "~1", "/"))
		if !set || !own && !containsOptions(setting.Value, again.Value, len(claimed) > 1) {
			return false, err
		}
	}
	return err == nil, err
}
