package carry

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// AnnotationUndo is where an owner that was injected keeps what it takes to give the original back: a JSON list of
// entries, one an edit, in the grammar of package undo. What is there is untrusted: see UndoObject.
const AnnotationUndo = "kubectl-spark.io/undo"

// ownUndo is the entry for the annotation itself, where it made the map that holds it.
var ownUndo = patch.Path{"metadata", "+annotations", AnnotationUndo}.Pointer()[1:]

// draft is an object on its way: edits are made on its JSON and gathered, so that what came to be below one new place
// becomes one operation.
type draft struct {
	raw   []byte
	given []byte     // before the edits of this run
	made  []creation // of this run
	old   []creation // of runs before it, as the annotation tells them
	own   string     // the entry for the annotation itself; "" where it made no map
	ops   []patch.Op // on places that a run before made; without undo all of them
	// undo says that the run writes how to take it back.
	undo bool
	// plain says whether a text stands without quotes in its file.
	plain func(at patch.Path) bool
	// returns says why the text at a place, as its file has it, could not be given back with an option behind it.
	returns func(at patch.Path, option string) error
}

// creation is one edit: a place that was added, or text that was put behind other text.
type creation struct {
	at      patch.Path // an element of a list by its index
	element bool
	suffix  string
	alone   bool   // the text was empty before
	plain   bool   // and had no quotes
	text    string // of one that a run before made, as the annotation has it
	stands  bool   // and whether it is as that run left it
}

func newDraft(d *workload.Document, back bool) *draft {
	w := &draft{raw: d.Raw, given: d.Raw, undo: back}
	for _, text := range readUndo(d) {
		if undo.Bare(text) == undo.Bare(ownUndo) {
			w.own = text
			continue
		}
		step := undo.Find(d.Raw, text)
		w.old = append(w.old, creation{at: step.At, suffix: step.Suffix, text: text, stands: step.Stands})
	}
	return w
}

// copy is a draft to try something on.
func (w *draft) copy() *draft {
	other := *w
	other.made, other.ops = slices.Clone(w.made), slices.Clone(w.ops)
	return &other
}

// holds says whether the place is there and not null.
func (w *draft) holds(at patch.Path) bool {
	raw, ok := patch.Lookup(w.raw, at)
	return ok && string(raw) != "null"
}

func (w *draft) text(at patch.Path) (s string) {
	if raw, ok := patch.Lookup(w.raw, at); ok {
		_ = json.Unmarshal(raw, &s) // no text: the empty one
	}
	return s
}

// add gives a place that is missing a value, with the parents that are missing above it. A last segment "-" stands for
// a new element of a list.
func (w *draft) add(at patch.Path, value json.RawMessage) error {
	for i := 1; i <= len(at); i++ {
		here := at[:i]
		element := at[i-1] == "-"
		if element {
			n, list := patch.Len(w.raw, at[:i-1])
			if !list {
				return fmt.Errorf("%s is no list", at[:i-1].Field())
			}
			here = at[:i-1].With(strconv.Itoa(n))
		}
		if raw, ok := patch.Lookup(w.raw, here); ok && string(raw) == "null" {
			return fmt.Errorf("%s is null: give it a value or remove it", here.Field())
		} else if ok {
			continue
		}
		for j := len(at) - 1; j >= i; j-- {
			if at[j] == "-" {
				value, _ = json.Marshal([]json.RawMessage{value})
			} else {
				value, _ = json.Marshal(map[string]json.RawMessage{at[j]: value})
			}
		}
		return w.apply(creation{at: here, element: element}, patch.Op{Op: patch.Add, Path: here.Pointer(), Value: value})
	}
	return fmt.Errorf("%s is set already", at.Field())
}

// extend puts an option behind the text at a place.
func (w *draft) extend(at patch.Path, option string) error {
	before := w.text(at)
	suffix := " " + option
	if before == "" {
		suffix = option
	}
	if w.undo && w.returns != nil {
		if err := w.returns(at, suffix); err != nil {
			return err
		}
	}
	return w.apply(creation{at: at, suffix: suffix, alone: before == "", plain: w.plain != nil && w.plain(at)}, patch.Op{Op: patch.Replace, Path: at.Pointer(), Value: patch.Text(before + suffix)})
}

// replace gives a place another value: with undo one that a run before made.
func (w *draft) replace(at patch.Path, value json.RawMessage) error {
	return w.change(patch.Op{Op: patch.Replace, Path: at.Pointer(), Value: value}, at)
}

func (w *draft) change(op patch.Op, at patch.Path) error {
	raw, err := patchjson.Apply(w.raw, []patch.Op{op})
	if err != nil {
		return errors.New(patch.Reason(err))
	}
	if w.raw = raw; !w.undo || !slices.ContainsFunc(w.made, func(c creation) bool { return c.suffix == "" && patch.Under(at, c.at) }) {
		w.ops = append(w.ops, op)
	}
	return nil
}

func (w *draft) apply(c creation, op patch.Op) error {
	raw, err := patchjson.Apply(w.raw, []patch.Op{op})
	if err != nil {
		return err
	}
	w.raw = raw
	within := func(other creation) bool { return other.suffix == "" && patch.Under(c.at, other.at) }
	switch {
	case !w.undo:
		if c.element {
			op.Path = c.at[:len(c.at)-1].With("-").Pointer()
		}
		w.ops = append(w.ops, op)
	case slices.ContainsFunc(w.made, within): // it travels with that one's operation
	case slices.ContainsFunc(w.old, func(other creation) bool { return other.stands && within(other) }):
		if c.element {
			op.Path = c.at[:len(c.at)-1].With("-").Pointer()
		}
		w.ops = append(w.ops, op)
	default:
		w.made = append(w.made, c)
	}
	return nil
}

// finish gives the operations of the run, and with them the annotation that takes them back.
func (w *draft) finish() []patch.Op {
	ops := w.ops
	for i, c := range w.made {
		value, _ := patch.Lookup(w.raw, c.at)
		op := patch.Op{Op: patch.Add, Path: c.at.Pointer(), Value: value}
		switch {
		case c.suffix != "" && slices.ContainsFunc(w.made[i+1:], func(later creation) bool { return slices.Equal(later.at, c.at) }):
			continue // one operation says it all
		case c.suffix != "":
			op.Op = patch.Replace
		case c.element:
			op.Path = c.at[:len(c.at)-1].With("-").Pointer()
		}
		ops = append(ops, op)
	}
	if len(ops) == 0 || !w.undo {
		return ops
	}
	at := patch.Path{"metadata", "annotations"}
	var texts []string
	if _, ok := patch.Lookup(w.given, at); !ok {
		w.own = ownUndo
	}
	if w.own != "" {
		texts = append(texts, w.own)
	}
	for _, c := range append(slices.Clone(w.old), w.made...) {
		texts = append(texts, c.word(w.raw))
	}
	list, _ := json.Marshal(texts)
	return append(ops, patch.Put(w.given, at.With(AnnotationUndo), patch.Text(string(list))))
}

// word is how the annotation speaks of an edit, in the object as it is behind all of them.
func (c creation) word(raw []byte) string {
	switch {
	case c.text != "" && (!c.stands || c.suffix != ""):
		return c.text
	case c.suffix != "":
		return undo.Extended(raw, c.at, strings.TrimPrefix(c.suffix, " "), c.alone, c.plain)
	}
	return undo.Added(raw, c.at)
}
