package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Properties are settings, a line each. They are Spark's where a key begins with "spark.".
func Properties() Format {
	return Format{Name: "properties", Match: matchProperties, Read: readProperties, Edit: EditProperties}
}

var (
	sparkLine = regexp.MustCompile(`^spark\.[A-Za-z0-9_.\-/]+[ \t=:]`)
	// sparkSetting is such a line that is no member of a YAML mapping.
	sparkSetting = regexp.MustCompile(`^spark\.[A-Za-z0-9_.\-/]+(?:[ \t]+[^ \t:]|[ \t]*=)`)
	yamlLine     = regexp.MustCompile(`^(?:[A-Za-z_][A-Za-z0-9_\-]*:(?:[ \t\r]|$)|- |---|%YAML)`)
	manifestLine = regexp.MustCompile(`(?m)^["']?(?:apiVersion|kind)["']?:(?:[ \t\r]|$)`)
)

// matchProperties goes by the first line that says something; a name that ends as those of properties do makes any line enough.
func matchProperties(t Text) bool {
	if manifestLine.Match(t.Raw) {
		return false
	}
	first, settings, others := true, false, false
	named := settingsName(t.Name)
	eachLine(t.Raw, func(line []byte) bool {
		if first && sparkLine.Match(line) {
			settings = true
			return false
		}
		first = false
		settings = settings || sparkSetting.Match(line) || named && sparkLine.Match(line)
		others = others || !named && yamlLine.Match(line)
		return !others && !(named && settings)
	})
	return settings && !others
}

// settingsName says whether a file is called as files of settings are.
func settingsName(name string) bool {
	switch path.Ext(name) {
	case ".conf", ".properties":
		return true
	}
	return false
}

// eachLine visits the lines of settings that say something, without their indent, until visit returns false.
func eachLine(raw []byte, visit func(line []byte) bool) {
	for len(raw) > 0 {
		var line []byte
		line, raw, _ = bytes.Cut(raw, []byte("\n"))
		line = bytes.Trim(line, " \t\f\r")
		if len(line) > 0 && line[0] != '#' && line[0] != '!' && !visit(line) {
			return
		}
	}
}

// templateValue is a value that only a template holds. Spark's own placeholders, {{APP_ID}}, are in capitals.
var templateValue = regexp.MustCompile(`\{%|\{\{-? *[a-z][A-Za-z0-9_.]*(?: *\|[^{}]*)? *-?\}\}`)

func readProperties(t Text) ([]Content, error) {
	if holdsHelm(t.Raw) || templateValue.Match(withoutComments(t.Raw)) {
		return []Content{template(t)}, nil
	}
	conf, err := spark.ParseProperties(t.Raw)
	if err != nil {
		return nil, placed(err, t.Line)
	}
	for key, setting := range conf {
		setting.Line += max(t.Line, 1) - 1
		conf[key] = setting
	}
	return []Content{{Settings: conf, Position: func(at patch.Path) (line, column int) {
		if len(at) > 0 && conf[at[0]].Line > 0 {
			return conf[at[0]].Line, 1
		}
		return max(t.Line, 1), 1
	}}}, nil
}

// EditProperties edits settings by key: comments, order and the spelling of other lines stay.
func EditProperties(text []byte, ops []patch.Op) ([]byte, error) {
	for _, op := range ops {
		path, err := patch.ParsePointer(op.Path)
		if err != nil {
			return nil, err
		}
		if len(path) != 1 {
			return nil, fmt.Errorf("path %q: expected one key of the properties", op.Path)
		}
		if op.Op == patch.Move {
			_, from, err := op.Renamed()
			if err != nil {
				return nil, err
			}
			if text, err = renameProperty(text, from, path[0]); err != nil {
				return nil, err
			}
			continue
		}
		value := ""
		if op.Op != patch.Remove {
			if value, err = scalarText(op.Value); err != nil {
				return nil, fmt.Errorf("path %q: %w", op.Path, err)
			}
		}
		if text, err = editProperty(text, op.Op, path[0], value); err != nil {
			return nil, err
		}
	}
	return text, nil
}

func scalarText(raw json.RawMessage) (string, error) {
	var v any
	if err := kjson.Unmarshal(raw, &v); err != nil {
		return "", err
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case bool, int64, float64:
		return string(raw), nil
	}
	return "", errors.New("a property takes text, a number or true and false")
}

func editProperty(text []byte, verb, key, value string) ([]byte, error) {
	lines, err := spark.PropertyLines(text, key)
	if err != nil {
		return nil, err
	}
	switch has := len(lines) > 0; {
	case verb != patch.Add && !has:
		return nil, fmt.Errorf("no property %q to %s", key, verb)
	case verb == patch.Remove:
		return cutProperties(text, lines, nil), nil
	case has: // the last one counts
		return cutProperties(text, lines[len(lines)-1:], spark.FormatProperties(spark.Conf{key: {Value: value}})), nil
	}
	return appendProperty(text, key, value), nil
}

// renameProperty gives a property another key. Of several lines that set it, of which the last counts, only that one stays.
func renameProperty(text []byte, key, to string) ([]byte, error) {
	lines, err := spark.PropertyLines(text, key)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("no property %q to rename", key)
	}
	if taken, err := spark.PropertyLines(text, to); err != nil || len(taken) > 0 {
		return nil, fmt.Errorf("the property %q is there already", to)
	}
	conf, err := spark.ParseProperties(text)
	if err != nil {
		return nil, err
	}
	last := len(lines) - 1
	return cutProperties(renamedLine(text, lines[last], key, to, conf[key].Value), lines[:last], nil), nil
}

// hasSparkKey says whether any line sets a key of Spark's.
func hasSparkKey(raw []byte) (has bool) {
	eachLine(raw, func(line []byte) bool {
		has = sparkLine.Match(line)
		return !has
	})
	return has
}

// firstKey is the key of a line of settings.
func firstKey(line []byte) string {
	key, _, _ := strings.Cut(string(line), "=")
	key, _, _ = strings.Cut(key, ":")
	return strings.TrimSpace(key)
}
