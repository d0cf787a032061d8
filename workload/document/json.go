package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
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

// JSONs are several objects, one behind the other, as kubectl and jq write them.
func JSONs() Format {
	return Format{Name: "JSON", Match: func(t Text) bool { return len(splitJSON(t.Raw)) > 1 }, Split: splitJSON, Read: readJSON, Edit: patchyaml.Apply}
}

// splitJSON parts a text into its objects, each with what stands in front of it; none where it is not JSON to its end.
func splitJSON(raw []byte) (pieces []Text) {
	mark := len(raw) - len(bytes.TrimPrefix(raw, []byte(byteOrderMark)))
	if body := bytes.TrimLeft(raw[mark:], " \t\r\n"); len(body) == 0 || body[0] != '{' {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw[mark:]))
	for start, line := 0, 1; ; {
		var one json.RawMessage
		if err := dec.Decode(&one); errors.Is(err, io.EOF) {
			if last := len(pieces) - 1; last >= 0 {
				at := len(raw) - start + len(pieces[last].Raw)
				pieces[last].Raw = raw[len(raw)-at:]
			}
			return pieces
		} else if err != nil {
			return nil
		}
		end := mark + int(dec.InputOffset())
		pieces = append(pieces, Text{Raw: raw[start:end:end], Line: line})
		line += bytes.Count(raw[start:end], []byte("\n"))
		start = end
	}
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
	places := patchjson.NewPlaces(body)
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
		return lines.position(places.Offset(at))
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
