package launcher

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// resource is a custom resource on its way to becoming slots and configuration. Single fields of the wrong type count as
// absent: the API server would not take them, and a rule has nothing to say about them. So would a setting that is a number without
// quotes; it is read as its text, and SPK-P054 tells of it. A specification that is no mapping, and settings that are lists or mappings,
// are errors.
type resource struct {
	d    *workload.Document
	tree map[string]any
	conf spark.Conf
}

func (r *Reader) resource(d *workload.Document) (*resource, error) {
	decoder := json.NewDecoder(bytes.NewReader(d.Raw))
	decoder.UseNumber() // numbers keep their spelling
	res := &resource{d: d, conf: spark.Conf{}}
	if err := decoder.Decode(&res.tree); err != nil {
		return nil, r.broken(d, nil, err)
	}
	spec := patch.Path{"spec"}
	places := []patch.Path{spec}
	if d.Kind == "ScheduledSparkApplication" {
		spec = spec.With("template")
		places = append(places, spec)
	}
	for _, field := range []string{"sparkConf", "hadoopConf"} {
		places = append(places, spec.With(field))
	}
	for i, at := range places {
		v := res.value(at)
		held, mapping := v.(map[string]any)
		if v != nil && !mapping {
			return nil, r.broken(d, at, wrongType(at, v, "a mapping"))
		}
		for _, key := range slices.Sorted(maps.Keys(held)) {
			switch held[key].(type) {
			case map[string]any, []any:
				if i >= len(places)-2 {
					return nil, r.broken(d, at.With(key), wrongType(at.With(key), held[key], "text"))
				}
			}
		}
	}
	return res, nil
}

func wrongType(at patch.Path, v any, expected string) error {
	found := "a list"
	switch v.(type) {
	case string:
		found = "text"
	case bool:
		found = "true or false"
	case json.Number:
		found = "a number"
	case map[string]any:
		found = "a mapping"
	}
	return fmt.Errorf("%s is %s, and %s is expected", at.Field(), found, expected)
}

func (s *resource) value(at patch.Path) any {
	var v any = s.tree
	for _, segment := range at {
		switch held := v.(type) {
		case map[string]any:
			v = held[segment]
		case []any:
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(held) {
				return nil
			}
			v = held[i]
		default:
			return nil
		}
	}
	return v
}

// text is a scalar as it would be written on a command line.
func (s *resource) text(at patch.Path) (string, bool) {
	switch v := s.value(at).(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

func (s *resource) keys(at patch.Path) []string {
	held, _ := s.value(at).(map[string]any)
	return slices.Sorted(maps.Keys(held))
}

// set makes a field the value of a key; a later call wins. Absent fields set nothing.
func (s *resource) set(key string, at patch.Path) {
	if value, ok := s.text(at); ok {
		s.put(key, value, at)
	}
}

// put makes a value that a field brings about that of a key; a later call wins, and what stood in sparkConf stays under it.
func (s *resource) put(key, value string, at patch.Path) {
	one := spark.Setting{Value: value, Path: at, Line: s.d.LineOf(at)}
	if before, has := s.conf[key]; has {
		one.Under = before.Under
		if slices.Contains(before.Path, "sparkConf") {
			before.Under, one.Under = nil, &before
		}
	}
	s.conf[key] = one
}

// fill is set for a field that loses against what is there already.
func (s *resource) fill(key string, at patch.Path) {
	if _, has := s.conf[key]; !has {
		s.set(key, at)
	}
}

// pairs makes every entry of a map a key, with a prefix in front of its name where it has not got it.
func (s *resource) pairs(prefix string, at patch.Path) {
	for _, key := range s.keys(at) {
		name := prefix + key
		if prefix == "spark.hadoop." && strings.HasPrefix(key, prefix) {
			name = key
		}
		s.set(name, at.With(key))
	}
}

// serverOf is the server that a main class is; the given role where it is none.
func serverOf(class string, role spark.Role) spark.Role {
	switch class {
	case spark.ClassConnect:
		return spark.Connect
	case spark.ClassThrift:
		return spark.Thrift
	case spark.ClassHistory:
		return spark.History
	}
	return role
}

// handed are the arguments that a resource hands to its application.
func (s *resource) handed(at patch.Path) []workload.Outside {
	list, _ := s.value(at).([]any)
	args := make([]string, len(list))
	for i := range list {
		args[i], _ = s.text(at.With(strconv.Itoa(i)))
	}
	if len(args) == 0 {
		return nil
	}
	return []workload.Outside{{Path: at, Args: args}}
}
