package document

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	patchyaml "github.com/kubectl-spark/kubectl-spark/patch/yaml"
)

// JSON is one object.
func JSON() Format {
	return Format{Name: "JSON", Match: func(t Text) bool { return isJSON(t.Raw) }, Read: readJSON, Edit: patchyaml.Apply}
}

func isJSON(raw []byte) bool {
	trimmed := bytes.TrimLeft(raw, " \t\r\n")
	return len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid(raw)
}

func readJSON(t Text) ([]Content, error) {
	body := bytes.TrimPrefix(t.Raw, []byte(byteOrderMark))
	lines := newLines(t, body)
	if first := bytes.TrimLeft(body, " \t\r\n"); first[0] != '{' {
		return nil, &Error{lines.line(len(body) - len(first)), errNoObject}
	}
	if key, first, again, found := patchjson.Twice(body); found {
		return nil, twice(key, lines.line(again), lines.line(first))
	}
	return []Content{{Object: body, Position: positions(body, lines)}}, nil
}

// positions tells where the fields of an object stand. The elements of a list at its root, which may be many, are found once.
func positions(body []byte, lines *lines) func(at patch.Path) (line, column int) {
	var items []int
	var one sync.Mutex
	return func(at patch.Path) (int, int) {
		one.Lock()
		defer one.Unlock()
		if len(at) >= 2 && at[0] == "items" {
			if items == nil {
				items = append([]int{}, patchjson.Elements(body, patch.Path{"items"})...)
			}
			if i, err := strconv.Atoi(at[1]); err == nil && i >= 0 && i < len(items) {
				start := items[i]
				return lines.position(start + patchjson.Offset(body[start:], at[2:]))
			}
		}
		return lines.position(patchjson.Offset(body, at))
	}
}

// lines tells line and column of an offset of a text.
type lines struct {
	first  int // line of the text's first byte
	raw    []byte
	starts []int
}

func newLines(t Text, body []byte) *lines { return &lines{first: max(t.Line, 1), raw: body} }

func (l *lines) position(offset int) (line, column int) {
	if l.starts == nil {
		l.starts = []int{0}
		for i, c := range l.raw {
			if c == '\n' {
				l.starts = append(l.starts, i+1)
			}
		}
	}
	n, exact := slices.BinarySearch(l.starts, offset)
	if !exact {
		n--
	}
	return l.first + n, utf8.RuneCount(l.raw[l.starts[n]:offset]) + 1
}

func (l *lines) line(offset int) int {
	line, _ := l.position(offset)
	return line
}
