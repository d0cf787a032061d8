package workload

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Named is what a document like this one is read as that has another name, of the same length, and stands so many lines further down in the
// same file. nil where the name stands anywhere in the document but in its metadata.
func (d *Document) Named(name string, lines int) *Document {
	next := d.As(name, lines)
	if next == nil {
		return nil
	}
	next.Conf = further(d.Conf, lines)
	next.Slots = slices.Clone(d.Slots)
	for i := range next.Slots {
		s := &next.Slots[i]
		if s.Identity.App == d.Name {
			s.Identity.App = name
		}
		if sameConf(s.Conf, d.Conf) {
			s.Conf = next.Conf
		} else {
			s.Conf = further(s.Conf, lines)
		}
	}
	return next
}

// As is Named for a document of which nobody asks for slots and settings any more: they are those of this one.
func (d *Document) As(name string, lines int) *Document {
	own, _ := json.Marshal(d.Name) // a text has a form
	if len(own) != len(d.Name)+2 || len(name) != len(d.Name) || bytes.Count(d.Raw, []byte(d.Name)) != 1 {
		return nil
	}
	at, there := patch.Lookup(d.Raw, patch.Path{"metadata", "name"})
	if !there || !bytes.Equal(at, own) {
		return nil
	}
	next := *d
	next.Name, next.Meta.Name, next.Line = name, name, d.Line+lines
	next.Raw = bytes.Replace(d.Raw, []byte(d.Name), []byte(name), 1)
	if places := d.Places; places != nil {
		next.Places = func(at patch.Path) (line, column int) {
			line, column = places(at)
			return line + lines, column
		}
	}
	return &next
}

// Same says that two documents are read as the same, but for the functions that tell of their text.
func (d *Document) Same(other *Document) bool {
	a, b := *d, *other
	a.Places, a.Takes, a.Twin, b.Places, b.Takes, b.Twin = nil, nil, nil, nil, nil, nil
	return reflect.DeepEqual(a, b)
}

func sameConf(a, b spark.Conf) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

// further is a configuration that stands so many lines further down.
func further(conf spark.Conf, lines int) spark.Conf {
	if conf == nil {
		return nil
	}
	next := make(spark.Conf, len(conf))
	for key, setting := range conf {
		next[key] = furtherSetting(setting, lines)
	}
	return next
}

func furtherSetting(s spark.Setting, lines int) spark.Setting {
	if s.Line > 0 {
		s.Line += lines
	}
	if s.Under != nil {
		under := furtherSetting(*s.Under, lines)
		s.Under = &under
	}
	return s
}
