package carry

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// UndoObject takes back what Carry did to a resource, by its annotation: in the file, and as operations. What has changed
// since is left alone and named in kept. carried is false where the document has no such annotation.
func UndoObject(f *source.File, d *workload.Document) (ops []patch.Op, kept []string, carried bool, err error) {
	ops, kept, bare, carried := uncarry(d)
	if !carried {
		return nil, nil, false, nil
	}
	if err := f.Edit(d, ops); err != nil {
		return nil, nil, true, err
	}
	for _, at := range bare {
		if err := f.Unquote(d, at); err != nil {
			return nil, nil, true, err
		}
	}
	return ops, kept, true, nil
}

// uncarry gives the operations of UndoObject, and the texts that had no quotes.
func uncarry(d *workload.Document) (ops []patch.Op, kept []string, bare []patch.Path, carried bool) {
	if _, carried = d.Meta.Annotations[AnnotationUndo]; !carried {
		return nil, nil, nil, false
	}
	at := patch.Path{"metadata", "annotations"}
	texts := readUndo(d)
	own := at.With(AnnotationUndo)
	if len(texts) > 0 && texts[0] == at.Pointer() {
		if len(d.Meta.Annotations) == 1 {
			own = at
		}
		texts = texts[1:]
	}
	ops = []patch.Op{{Op: patch.Remove, Path: own.Pointer()}}
	raw := d.Raw
	for i := len(texts) - 1; i >= 0; i-- {
		c := findCreation(raw, texts[i])
		if !c.stands || !carriesAt(d, c.at) {
			kept = append(kept, texts[i])
			continue
		}
		op := patch.Op{Op: patch.Remove, Path: c.at.Pointer()}
		if c.suffix != "" {
			var text string
			if value, _ := patch.Lookup(raw, c.at); json.Unmarshal(value, &text) != nil {
				continue
			}
			op = patch.Op{Op: patch.Replace, Path: c.at.Pointer(), Value: patch.Text(strings.TrimSuffix(text, c.suffix))}
			if c.plain {
				bare = append(bare, c.at)
			}
		}
		after, err := patchjson.Apply(raw, []patch.Op{op})
		if err != nil {
			kept = append(kept, texts[i])
			continue
		}
		raw, ops = after, append(ops, op)
	}
	return ops, kept, bare, true
}

// readUndo are the entries of an owner's annotation; none where it is not ours.
func readUndo(d *workload.Document) (texts []string) {
	if json.Unmarshal([]byte(d.Meta.Annotations[AnnotationUndo]), &texts) != nil {
		return nil
	}
	return texts
}

// findCreation reads an entry and looks whether what it speaks of stands as it was left.
func findCreation(raw []byte, text string) creation {
	c := creation{text: text}
	pointer, rest, _ := strings.Cut(text, " ")
	at, err := patch.ParsePointer(pointer)
	if err != nil || len(at) < 2 {
		return c
	}
	c.at = at
	rest, c.plain = strings.CutPrefix(rest, strings.TrimSuffix(wasPlain, "+"))
	if suffix, ok := strings.CutPrefix(rest, "+"); ok {
		var held string
		value, found := patch.Lookup(raw, at)
		c.suffix = suffix
		c.stands = found && suffix != "" && json.Unmarshal(value, &held) == nil && strings.HasSuffix(held, suffix)
		return c
	}
	if at[len(at)-1] == "-" {
		c.element = true
		list := at[:len(at)-1]
		n, _ := patch.Len(raw, list)
		for i := n - 1; i >= 0; i-- {
			c.at = list.With(strconv.Itoa(i))
			if value, ok := patch.Lookup(raw, c.at); ok && contentHash(value) == rest {
				c.stands = true
				return c
			}
		}
		return c
	}
	value, found := patch.Lookup(raw, at)
	c.stands = found && contentHash(value) == rest
	return c
}

// carriesAt says whether a place is one that Carry edits: an annotation that names another was not written by us.
func carriesAt(d *workload.Document, at patch.Path) bool {
	for i := range d.Slots {
		s := &d.Slots[i]
		if patch.Under(at, s.At) || patch.Under(s.At, at) {
			return true
		}
		if section := s.Section; section != nil && len(at) > len(section) && patch.Under(at, section) {
			switch at[len(section)] {
			case "securityContext", "podSecurityContext", "javaOptions":
				return true
			case "env", "envVars":
				return patch.Last(at) == "value" || patch.Last(at) == spark.Channel(spark.Driver)
			case "sidecars", "initContainers":
				return slices.Contains(at[len(section):], "securityContext")
			}
		}
	}
	key := patch.Last(at)
	return key == "sparkConf" || at[len(at)-2] == "sparkConf" && (key == spark.KeyExecutorOptions || key == "spark.kubernetes.driverEnv."+spark.Channel(spark.Driver))
}
