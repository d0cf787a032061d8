package yaml

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// replacePart exchanges the part of a text that is to change, in a text that goes over several lines or is spelled in a way
// of its own: what stands before and behind it is left as it is. ok is false where the part cannot be told in the document;
// whether the result says what it should is seen when it is read back.
func (e *editor) replacePart(old *yaml.Node, from, to int, wanted string) (edit splice, ok bool) {
	if old.Style&yaml.FoldedStyle != 0 {
		return e.replaceFolded(old, from, to, wanted)
	}
	style := quotesOf(old)
	if style != 0 {
		from, to = from+1, to-1
	}
	if from > to {
		return edit, false
	}
	value, at, read := unfolded(string(e.doc[from:to]), style)
	if !read || value != old.Value {
		return edit, false
	}
	start := commonStart(value, wanted)
	gone, come := value[start:], wanted[start:]
	end := commonEnd(gone, come)
	come = come[:len(come)-end]
	edit = splice{from + at[start], from + at[len(value)-end], ""}
	switch {
	case style == '"':
		edit.text = strings.TrimSuffix(doubleQuote(come), `"`)[1:]
		// Blanks beside a break in the document are none of the text's.
		if strings.HasPrefix(edit.text, " ") && isSpace(e.doc[edit.from-1]) {
			edit.text = `\` + edit.text
		}
		if rest, blank := strings.CutSuffix(edit.text, " "); blank && isSpace(e.doc[edit.to]) {
			edit.text = rest + `\ `
		}
	case strings.Contains(come, "\n"):
		return edit, false
	default:
		edit.text = come
		if style == '\'' {
			edit.text = strings.ReplaceAll(come, "'", "''")
		}
	}
	return edit, true
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// replaceFolded does so in the last line of a folded block, or where the part stands just once.
func (e *editor) replaceFolded(old *yaml.Node, from, to int, wanted string) (edit splice, ok bool) {
	value := strings.TrimRight(old.Value, "\n") // the breaks at its end do not stand in its last line
	if wanted, ok = strings.CutSuffix(wanted, old.Value[len(value):]); !ok {
		return edit, false
	}
	text := string(e.doc[from:to])
	start := commonStart(value, wanted)
	gone, come := value[start:], wanted[start:]
	at := len(text) - len(gone)
	if !strings.HasSuffix(text, gone) {
		end := commonEnd(gone, come)
		gone, come = gone[:len(gone)-end], come[:len(come)-end]
		if at = strings.Index(text, gone); gone == "" || at < 0 || strings.LastIndex(text, gone) != at {
			return edit, false
		}
	}
	return splice{from + at, from + at + len(gone), come}, !strings.Contains(come, "\n")
}

// unfolded reads a quoted or plain scalar, without its quotes, and tells where in its text each byte of the value stands,
// and the end. ok is false for escapes that it does not know.
func unfolded(text string, style byte) (value string, at []int, ok bool) {
	var b strings.Builder
	put := func(s string, i int) {
		b.WriteString(s)
		for range len(s) {
			at = append(at, i)
		}
	}
	for i := 0; i < len(text); {
		blank := i + len(text[i:]) - len(strings.TrimLeft(text[i:], " \t"))
		switch {
		case blank < len(text) && breakAt([]byte(text), blank) > 0:
			start, breaks := i, 0
			for i = blank; i < len(text) && (isSpace(text[i]) || breakAt([]byte(text), i) > 0); {
				n := breakAt([]byte(text), i)
				breaks += min(n, 1)
				i += max(n, 1)
			}
			if breaks == 1 {
				put(" ", start)
			}
			put(strings.Repeat("\n", breaks-1), start)
		case style == '\'' && strings.HasPrefix(text[i:], "''"):
			put("'", i)
			i += 2
		case style == '"' && text[i] == '\\':
			says, size, known := unescape(text[i:])
			if !known {
				return "", nil, false
			}
			put(says, i)
			i += size
		default:
			_, size := utf8.DecodeRuneInString(text[i:])
			put(text[i:i+size], i)
			i += size
		}
	}
	return b.String(), append(at, len(text)), true
}

// unescape reads the escape that a text begins with.
func unescape(text string) (says string, size int, ok bool) {
	if len(text) < 2 {
		return "", 0, false
	}
	digits := 0
	switch c := text[1]; c {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case '\n', '\r': // a break that says nothing, with the blanks of the next line
		size = 1 + breakAt([]byte(text), 1)
		return "", size + len(text[size:]) - len(strings.TrimLeft(text[size:], " \t")), true
	default:
		const names, values = `0abtnvfre "/\`, "\x00\a\b\t\n\v\f\r\x1b \"/\\"
		n := strings.IndexByte(names, c)
		if n < 0 {
			return "", 0, false
		}
		return values[n : n+1], 2, true
	}
	if len(text) < 2+digits {
		return "", 0, false
	}
	n, err := strconv.ParseUint(text[2:2+digits], 16, 32)
	return string(rune(n)), 2 + digits, err == nil && utf8.ValidRune(rune(n))
}

// commonStart is the length of what two texts begin with, in whole characters.
func commonStart(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	for n > 0 && (n < len(a) && !utf8.RuneStart(a[n]) || n < len(b) && !utf8.RuneStart(b[n])) {
		n--
	}
	return n
}

// commonEnd is the length of what two texts end with, in whole characters.
func commonEnd(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	for n > 0 && !utf8.RuneStart(a[len(a)-n]) {
		n--
	}
	return n
}
