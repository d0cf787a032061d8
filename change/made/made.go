// Package made is what was changed, in words: fields and keys with their values before and after. Start reading at [By] and [Lines].
package made

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Change is one that was made for a finding: of a field of an object, or of a key of a configuration.
type Change struct {
	// Name is the field, spec.executor.coreLimit, or the key. From is its name before; "" where it kept its name.
	Name, From string
	// Before and After are its values as JSON; nil where it is not there.
	Before, After json.RawMessage
	// Shared says that the change of the field or key was made for another finding, and fixes this one too.
	Shared bool
	// Created says that Name is an object that is created.
	Created bool
	// Labelled says of one that it is there, and only gets labels.
	Labelled bool

	File *source.File
	of   string // the name of the setting, variable or field whose value it is
}

// Text says what was changed: "spec.executor.coreLimit 2 → 4".
func (d *Change) Text(showSecrets bool) string {
	before, after := shownValue(d.of, d.Before, showSecrets), shownValue(d.of, d.After, showSecrets)
	became := ""
	if d.Before != nil && d.After != nil && len(before)+len(after) > maxValue && strings.Contains(before, " ") {
		became = options(strings.Fields(before), strings.Fields(after))
	}
	if became == "" {
		became = Became(cut(before), cut(after), d.Before != nil, d.After != nil)
	}
	switch {
	case d.Labelled:
		return "labels of " + d.Name
	case d.Created:
		return "new " + d.Name
	case d.Shared:
		return "fixed by the change of " + d.Name
	case d.From != "" && sameJSON(d.Before, d.After):
		return d.From + " renamed to " + d.Name
	case d.From != "":
		return d.From + " renamed to " + d.Name + ", " + became
	}
	return d.Name + " " + became
}

// Became says what became of a value: had and has say whether there is one before and after.
func Became(before, after string, had, has bool) string {
	switch {
	case !had:
		return after + " (new)"
	case !has:
		return "removed, was " + before
	}
	return before + " → " + after
}

// maxValue is how much of a value is shown, in runes.
const maxValue = 100

// options says which of many options went, and which came; "" where only their order differs.
func options(before, after []string) string {
	missing := func(from, in []string) string {
		return cut(strings.Join(slices.DeleteFunc(slices.Clone(from), func(one string) bool { return slices.Contains(in, one) }), " "))
	}
	gone, came := missing(before, after), missing(after, before)
	switch {
	case gone == "" && came == "":
		return ""
	case gone == "":
		return "added " + came
	case came == "":
		return "removed " + gone
	}
	return "removed " + gone + ", added " + came
}

func cut(text string) string {
	if runes := []rune(text); len(runes) > maxValue {
		return string(runes[:maxValue]) + "…"
	}
	return text
}

// shownValue is a value on one line.
func shownValue(of string, raw json.RawMessage, showSecrets bool) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if !showSecrets {
			text = mask.Value(of, text)
		}
		if text == "" {
			return `""`
		}
		return text
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return ""
	}
	if !showSecrets {
		value = mask.Tree(map[string]any{of: value}).(map[string]any)[of]
	}
	out, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(out)
}

func sameJSON(a, b json.RawMessage) bool {
	same, err := patch.SameJSON(a, b)
	return err == nil && same
}

// By are the changes that operations make in the pod's fields of a document as it was before them.
func By(file *source.File, was *workload.Document, ops []patch.Op) []Change {
	return of(file, was, ops, nil)
}

// maxFollowed is the size of the largest document, in bytes, that is edited once more to see what each operation finds.
const maxFollowed = 1 << 20

// of are the changes that operations make in a document as it was before them. conf are the changes of the configuration that they
// stand for; nil where they are of a pod's fields.
func of(file *source.File, was *workload.Document, ops []patch.Op, conf []spark.Change) (all []Change) {
	settings := maps.Clone(was.EffectiveConf())
	if settings == nil {
		settings = spark.Conf{}
	}
	if conf != nil && slices.ContainsFunc(ops, inList) { // of arguments
		for _, c := range conf {
			all = append(all, ofKey(settings, c, file))
		}
		return all
	}
	raw := was.Raw
	for _, op := range ops {
		at, err := patch.ParsePointer(op.Path)
		if err != nil || len(at) == 0 {
			continue
		}
		one := Change{File: file, After: op.Value, of: patch.Last(at)}
		if conf != nil && slices.ContainsFunc(conf, func(c spark.Change) bool { return c.Key == one.of }) {
			c := spark.Change{Key: one.of, Unset: op.Op == patch.Remove}
			switch {
			case op.Op == patch.Move:
				if from, err := patch.ParsePointer(op.From); err == nil && len(from) > 0 {
					c.From, c.Value = patch.Last(from), settings[patch.Last(from)].Value
				}
			case !c.Unset:
				_ = json.Unmarshal(op.Value, &c.Value)
			}
			one = ofKey(settings, c, file)
		} else {
			one.inObject(raw, at, op)
		}
		all = Join(all, one)
		if len(ops) > 1 && len(raw) > 0 && len(raw) <= maxFollowed {
			if next, err := patchjson.Apply(raw, []patch.Op{op}); err == nil {
				raw = next
			}
		}
	}
	return all
}

// Configured are the changes of a configuration that were made for a finding, or for one before it and are its too.
func Configured(file *source.File, was *workload.Document, ops []patch.Op, changes []spark.Change) (all []Change) {
	if len(ops) > 0 {
		return of(file, was, ops, changes)
	}
	for _, c := range changes {
		all = append(all, Change{Name: c.Key, Shared: true, File: file})
	}
	return all
}

// inList says that an operation is for an element of a list.
func inList(op patch.Op) bool {
	at, err := patch.ParsePointer(op.Path)
	if err != nil || len(at) == 0 {
		return false
	}
	_, err = strconv.Atoi(patch.Last(at))
	return err == nil || patch.Last(at) == "-"
}

// ofKey is a change of a key; settings are those before it, and then those behind it.
func ofKey(settings spark.Conf, c spark.Change, file *source.File) Change {
	one := Change{Name: c.Key, From: c.From, File: file, of: c.Key}
	before := c.Key
	if c.From != "" {
		before = c.From
	}
	if had, is := settings[before]; is {
		one.Before = patch.Text(had.Value)
	}
	delete(settings, before)
	if !c.Unset {
		one.After = patch.Text(c.Value)
		settings[c.Key] = spark.Setting{Value: c.Value}
	}
	return one
}

// inObject fills in what an operation changes in an object.
func (d *Change) inObject(raw []byte, at patch.Path, op patch.Op) {
	from := at
	if op.Op == patch.Move {
		from, _ = patch.ParsePointer(op.From)
		d.From = fieldName(raw, from, nil)
	}
	if value, is := patch.Lookup(raw, from); is {
		d.Before = slices.Clone(value)
		if op.Op == patch.Move {
			d.After = d.Before
		}
	}
	d.Name = fieldName(raw, at, op.Value)
	switch {
	case inList(op) && op.Op == patch.Add:
		d.Before = nil // the elements behind it move
		d.of = at[max(len(at)-2, 0)]
	case inList(op):
		d.of = at[max(len(at)-2, 0)]
	case d.of == "value" && len(at) > 1: // of a variable
		if name := elementName(raw, at[:len(at)-1]); name != "" {
			d.of = name
		}
	}
}

// fieldName is a path for people; an element of a list stands by its name where it has one. added is the value of an element that comes.
func fieldName(raw []byte, at patch.Path, added []byte) string {
	var b strings.Builder
	for i, segment := range at {
		if _, err := strconv.Atoi(segment); err == nil || segment == "-" {
			name := elementName(raw, at[:i+1])
			if of := nameIn(added); i == len(at)-1 && of != "" {
				name = of
			}
			switch {
			case name != "":
				segment = name
			case segment == "-":
				segment = "new"
			}
			b.WriteString("[" + segment + "]")
			continue
		}
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(segment)
	}
	return b.String()
}

func elementName(raw []byte, at patch.Path) string {
	element, _ := patch.Lookup(raw, at)
	return nameIn(element)
}

func nameIn(element []byte) string {
	value, _ := patch.Lookup(element, patch.Path{"name"})
	var name string
	_ = json.Unmarshal(value, &name)
	return name
}

// Join adds a change to those before it: of one field the first value before and the last one after count.
func Join(all []Change, one Change) []Change {
	i := slices.IndexFunc(all, func(d Change) bool { return d.Name == one.Name && d.File == one.File })
	if i < 0 || one.From != "" {
		return append(all, one)
	}
	all[i].After = one.After
	all[i].Shared = all[i].Shared && one.Shared
	return all
}

// parted is a change without what others say: of an object or a list that came, and in which others changed something, it is what else
// came in it.
func (d *Change) parted(all []Change) (parts []Change) {
	within := func(mark string) bool {
		return slices.ContainsFunc(all, func(other Change) bool { return other.File == d.File && strings.HasPrefix(other.Name, d.Name+mark) })
	}
	switch {
	case d.Before != nil || d.After == nil || !within(".") && !within("["):
		return []Change{*d}
	case d.After[0] != '{':
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(d.After, &members) != nil {
		return []Change{*d}
	}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		member := Change{Name: d.Name + "." + key, After: members[key], File: d.File, of: key}
		if !slices.ContainsFunc(all, func(other Change) bool { return other.File == d.File && other.Name == member.Name }) {
			parts = append(parts, member.parted(all)...)
		}
	}
	return parts
}

// maxLines is how many changes have a line; the others are counted.
const maxLines = 8

// Lines say what was changed in a file, a line for each change; nil stands for all files.
func Lines(all []Change, f *source.File, showSecrets bool) (lines []string) {
	var in []Change
	for _, one := range all {
		if (f == nil || one.File == f) && !(one.Before == nil && one.After == nil && !one.Shared && !one.Created) {
			in = append(in, one.parted(all)...)
		}
	}
	for i := range in {
		if i == maxLines && len(in) > maxLines+1 {
			return append(lines, strconv.Itoa(len(in)-i)+" more fields changed")
		}
		lines = append(lines, in[i].Text(showSecrets))
	}
	return lines
}
