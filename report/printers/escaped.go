package printers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// JSON and YAML hold texts that anybody could have chosen. In both a hidden rune stands as its escape: the data is the same, and a
// terminal shows what it is. KYAML has such escapes of its own, and a template prints the text as it is, as kubectl's does.

// escapedIn is what was printed in a form, with escapes for hidden runes.
func escapedIn(form string, text []byte) []byte {
	switch form {
	case "json":
		return patchjson.Escaped(text, unicode.MaxRune)
	case "yaml":
		return marked.ReplaceAllFunc(text, func(one []byte) []byte {
			digits := string(one[len(mark) : len(one)-len(mark)])
			return []byte(map[bool]string{true: `\u`, false: `\U`}[len(digits) == 4] + digits)
		})
	}
	return text
}

// The printer of YAML writes most hidden runes as they are. A noncharacter it writes as an escape, in quotes: one on either side marks
// the digits of a rune.
const (
	noncharacter = '\uFFFE'
	mark         = `\uFFFE`
)

var marked = regexp.MustCompile(`\\uFFFE(?:[0-9a-f]{8}|[0-9a-f]{4})\\uFFFE`)

// markedFor is a document for the printer of a form: for that of YAML with marks in place of hidden runes.
func markedFor(form string, raw []byte) ([]byte, error) {
	if form == "kyaml" {
		return patchjson.Escaped(raw, patchjson.MaxYAML), nil // it is read as YAML, which takes no control
	}
	if form != "yaml" || len(patchjson.Escaped(raw, unicode.MaxRune)) == len(raw) && !bytes.Contains(raw, []byte(`\u202`)) {
		return raw, nil
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	raw, err := encoded(withMarks(value))
	return patchjson.Escaped(raw, patchjson.MaxYAML), err // it is read as YAML
}

// withMarks is a value with marks in its texts and keys.
func withMarks(value any) any {
	switch v := value.(type) {
	case string:
		return withMark(v)
	case []any:
		for i := range v {
			v[i] = withMarks(v[i])
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, one := range v {
			out[withMark(key)] = withMarks(one)
		}
		return out
	}
	return value
}

// withMark is a text with marks. One that spells a mark itself has it in another spelling.
func withMark(text string) string {
	var b strings.Builder
	put := func(r rune) {
		if r <= 0xffff {
			fmt.Fprintf(&b, "%c%04x%[1]c", noncharacter, r)
		} else {
			fmt.Fprintf(&b, "%c%08x%[1]c", noncharacter, r)
		}
	}
	for i, r := range text {
		if patchjson.Hidden(r) || r == 'u' && strings.HasSuffix(text[:i], `\`) && strings.HasPrefix(text[i:], mark[1:]) {
			put(r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
