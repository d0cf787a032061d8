package document

import (
	"bytes"
	"regexp"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// cutProperties replaces the properties that begin in some lines, from 1 and in order, by a formatted line; nil removes
// them. What stands between key and value, and the line's own ending, are kept where the key is written plainly. What is only added
// to a value of several lines is added to its last line.
func cutProperties(text []byte, begin []int, with []byte) []byte {
	lines := naturalLines(text)
	out := make([]byte, 0, len(text)+len(with))
	for i := 0; i < len(lines); i++ {
		if len(begin) == 0 || i+1 != begin[0] {
			out = append(out, lines[i]...)
			continue
		}
		begin = begin[1:]
		start := i
		for i+1 < len(lines) && Continued(lines[i]) {
			i++
		}
		if more, only := added(bytes.Join(lines[start:i+1], nil), with); only && start < i {
			last, ending := withoutEnding(lines[i])
			out = append(out, slices.Concat(bytes.Join(lines[start:i], nil), last, more, ending)...)
		} else if with != nil {
			out = append(out, inStyle(lines[start], lines[i], with)...)
		}
	}
	return out
}

// added is what a formatted line has behind the value of a property as it is written; false where it says something else.
func added(written, with []byte) (more []byte, only bool) {
	conf, err := spark.ParseProperties(written)
	if err != nil || with == nil {
		return nil, false
	}
	return bytes.CutPrefix(bytes.TrimRight(with, "\n"), bytes.TrimRight(spark.FormatProperties(conf), "\n"))
}

// withoutEnding parts a line from its LF, CR or CR LF.
func withoutEnding(line []byte) (text, ending []byte) {
	text = bytes.TrimRight(line, "\r\n")
	return text, line[len(text):]
}

// naturalLines are the lines of a text with their endings, LF, CR or CR LF, as Java tells them.
func naturalLines(text []byte) (lines [][]byte) {
	for len(text) > 0 {
		end := bytes.IndexAny(text, "\r\n") + 1
		if end == 0 {
			end = len(text)
		} else if bytes.HasPrefix(text[end-1:], []byte("\r\n")) {
			end++
		}
		lines, text = append(lines, text[:end]), text[end:]
	}
	return lines
}

// Continued says whether a line goes on in the next: it ends in an odd number of backslashes.
func Continued(line []byte) bool {
	line = bytes.TrimRight(line, "\r\n")
	n := 0
	for n < len(line) && line[len(line)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// plainKey is a key without escapes, with the indent before it and the separator behind.
var plainKey = regexp.MustCompile(`^([ \t\f]*)([^ \t\f=:\\\r\n]+)([ \t\f]*[=:]?[ \t\f]*)`)

// inStyle gives a formatted line (key=value and a newline) the indent, separator and ending of the line it replaces.
func inStyle(first, last, with []byte) []byte {
	_, ending := withoutEnding(last)
	with = bytes.TrimRight(with, "\n")
	if m := plainKey.FindSubmatch(first); m != nil {
		with = append(m[1][:len(m[1]):len(m[1])], separated(with, m[2], m[3])...)
	}
	return append(with[:len(with):len(with)], ending...)
}

// renamedLine gives the property that begins in a line another key: nothing else is changed where its key is written plainly.
func renamedLine(text []byte, line int, key, to, value string) []byte {
	lines := naturalLines(text)
	named := bytes.TrimSuffix(spark.FormatProperties(spark.Conf{to: {}}), []byte("=\n"))
	m := plainKey.FindSubmatchIndex(lines[line-1])
	if m == nil || string(lines[line-1][m[4]:m[5]]) != key {
		return cutProperties(text, []int{line}, spark.FormatProperties(spark.Conf{to: {Value: value}}))
	}
	lines[line-1] = slices.Concat(lines[line-1][:m[4]], named, lines[line-1][m[5]:])
	return bytes.Join(lines, nil)
}

// separated gives a formatted line (key=value) another separator, where the key stands plainly in front of it and the
// value would not be read as part of the separator.
func separated(line, key, separator []byte) []byte {
	rest, plain := bytes.CutPrefix(line, key)
	value, plainly := bytes.CutPrefix(rest, []byte("="))
	blank := len(bytes.Trim(separator, " \t\f")) == 0
	if !plain || !plainly || len(separator) == 0 || blank && len(value) > 0 && (value[0] == '=' || value[0] == ':') {
		return line
	}
	return bytes.Join([][]byte{key, separator, value}, nil)
}

// appendProperty adds a property at the end, with the separator and line ending of the text's last one.
func appendProperty(text []byte, key, value string) []byte {
	line := spark.FormatProperties(spark.Conf{key: {Value: value}})
	ending := []byte("\n")
	if bytes.HasSuffix(text, []byte("\r\n")) {
		ending = []byte("\r\n")
	}
	line = separated(line, []byte(key), lastSeparator(text))
	out := append([]byte(nil), text...)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		if Continued(out) { // an open continuation would swallow what follows
			out = append(out, '\n')
		}
		out = append(out, ending...)
	}
	return append(append(out, bytes.TrimRight(line, "\n")...), ending...)
}

// lastSeparator is the separator of the last property: "=", ":" or one space for columns.
func lastSeparator(text []byte) []byte {
	lines := bytes.Split(text, []byte("\n"))
	for i := len(lines) - 1; i >= 0; i-- {
		trimmed := bytes.TrimLeft(lines[i], " \t\f")
		if len(trimmed) == 0 || trimmed[0] == '#' || trimmed[0] == '!' || trimmed[0] == '\r' {
			continue
		}
		m := plainKey.FindSubmatch(lines[i])
		if m == nil || len(m[3]) == 0 {
			return nil
		}
		if bytes.ContainsAny(m[3], "=:") {
			return m[3]
		}
		return []byte(" ")
	}
	return nil
}
