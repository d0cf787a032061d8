package yaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// value is a JSON value with its keys in the order they were written.
type value struct {
	kind   byte // '{', '[', '"' or 0 for the other scalars
	text   string
	keys   []string
	values []*value
}

func (v *value) nested() bool { return len(v.values) > 0 }

func readValue(raw []byte) (*value, error) {
	if !json.Valid(raw) {
		return nil, errors.New("the value is not JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return nextValue(dec, 0)
}

func nextValue(dec *json.Decoder, depth int) (*value, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the value is nested more than %d deep", maxDepth)
	}
	token, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("value: %w", err)
	}
	switch token := token.(type) {
	case string:
		return &value{kind: '"', text: token}, nil
	case json.Number:
		return &value{text: token.String()}, nil
	case bool:
		return &value{text: fmt.Sprint(token)}, nil
	case json.Delim:
		v := &value{kind: byte(token)}
		for dec.More() {
			name := ""
			if v.kind == '{' {
				key, err := dec.Token()
				if err != nil {
					return nil, fmt.Errorf("value: %w", err)
				}
				name, _ = key.(string)
			}
			child, err := nextValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			if at := slices.Index(v.keys, name); v.kind == '{' && at >= 0 {
				v.values[at] = child
				continue
			}
			v.keys, v.values = append(v.keys, name), append(v.values, child)
		}
		_, err := dec.Token()
		return v, err
	}
	return &value{text: "null"}, nil
}

// writer renders values as YAML. Lists stand under their key either two spaces in or at the key's own column.
type writer struct {
	indentLists bool
	quoted      byte // quotes to use where a string could do without: '"', '\'' or 0
}

// lines renders a value as block YAML without indentation; only scalars and empty collections are one word.
func (w writer) lines(v *value) []string {
	if !v.nested() {
		return []string{w.word(v, false)}
	}
	var out []string
	for i, child := range v.values {
		if v.kind == '{' {
			out = append(out, w.pair(v.keys[i], child)...)
			continue
		}
		for n, line := range w.lines(child) {
			lead := "  "
			if n == 0 {
				lead = "- "
			}
			out = append(out, lead+line)
		}
	}
	return out
}

func (w writer) pair(key string, v *value) []string {
	name := writer{}.str(key, false)
	if !v.nested() {
		return []string{name + ": " + w.word(v, false)}
	}
	lead := "  "
	if v.kind == '[' && !w.indentLists {
		lead = ""
	}
	out := []string{name + ":"}
	for _, line := range w.lines(v) {
		out = append(out, lead+line)
	}
	return out
}

// word renders a value on one line; what is nested becomes flow YAML.
func (w writer) word(v *value, flow bool) string {
	switch {
	case v.kind == '"':
		return w.str(v.text, flow)
	case v.kind == 0:
		return v.text
	case !v.nested():
		return string(v.kind) + string(v.kind+2)
	}
	parts := make([]string, len(v.values))
	for i, child := range v.values {
		parts[i] = w.word(child, true)
		if v.kind == '{' {
			parts[i] = w.str(v.keys[i], true) + ": " + parts[i]
		}
	}
	return string(v.kind) + strings.Join(parts, ", ") + string(v.kind+2)
}

func (w writer) str(s string, flow bool) string {
	switch {
	case w.quoted == '\'' && !strings.ContainsFunc(s, needsEscape):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	case w.quoted != 0 || !plain(s) || flow && strings.ContainsAny(s, ",:[]{}"):
		return doubleQuote(s)
	}
	return s
}

// plain tells whether a string may stand without quotes: every YAML 1.1 and 1.2 reader takes it for the same
// string. It errs on the side of quotes.
func plain(s string) bool {
	if s == "" || strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") || strings.HasSuffix(s, ":") ||
		strings.Contains(s, ": ") || strings.Contains(s, " #") || strings.HasPrefix(s, "---") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '/' || c == '$'
		digit := c >= '0' && c <= '9' || c == '.'
		switch {
		case letter || digit:
		case c == '-' && i == 0:
			if len(s) < 2 || s[1] != '-' && (s[1] < 'A' || s[1] > 'z') {
				return false
			}
		case i > 0 && strings.IndexByte(" -:,+=@%^*?!&()|~<>;'\"\\#[]{}", c) >= 0:
		default:
			return false
		}
	}
	return !looksTyped(s)
}

// looksTyped tells whether some YAML reader takes the word for a number, a date, a boolean or null.
func looksTyped(s string) bool {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", ".inf", ".nan", "-.inf", "+.inf", "inf", "nan":
		return true
	}
	t := strings.TrimLeft(s, "+-.")
	if t == "" {
		return true
	}
	if t[0] < '0' || t[0] > '9' {
		return false
	}
	lower := strings.ToLower(t)
	if strings.HasPrefix(lower, "0x") || strings.HasPrefix(lower, "0o") || strings.HasPrefix(lower, "0b") {
		return true
	}
	if len(t) > 10 && t[4] == '-' && t[7] == '-' && strings.Trim(t[:10], "0123456789-") == "" {
		return true // a date with its time behind it
	}
	return strings.Trim(lower, "0123456789_.:e+-") == ""
}

func needsEscape(r rune) bool {
	return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffe || r == 0xffff
}

func doubleQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case needsEscape(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
