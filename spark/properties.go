package spark

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of a properties file: a ConfigMap holds 1 MiB at most.
const (
	maxProperties     = 1 << 20
	maxPropertiesKeys = 20_000
)

// ParseProperties reads spark-defaults.conf or spark.properties, whose grammar is that of java.util.Properties.load
// from a reader: key and value parted by white space, '=' or ':'; comments with # or !; a backslash at the end of a
// line continues it; \t \n \r \f and \uXXXX. White space around a value is dropped, as Spark does
// (Utils.getPropertiesFromFile); of a key that stands twice the last wins. Values carry the line they begin in.
func ParseProperties(data []byte) (Conf, error) {
	conf := Conf{}
	err := eachProperty(data, func(key, value string, line int) error {
		if _, known := conf[key]; !known && len(conf) == maxPropertiesKeys {
			return fmt.Errorf("line %d: more than %d keys", line, maxPropertiesKeys)
		}
		conf[key] = Setting{Value: trimJava(value), Line: line}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return conf, nil
}

// PropertyLines are the lines, from 1, in which a key's settings begin: a key may stand more than once.
func PropertyLines(data []byte, key string) (lines []int, err error) {
	err = eachProperty(data, func(found, _ string, line int) error {
		if found == key {
			lines = append(lines, line)
		}
		return nil
	})
	return lines, err
}

func eachProperty(data []byte, visit func(key, value string, line int) error) error {
	if len(data) > maxProperties {
		return fmt.Errorf("properties of %d bytes: at most %d are read", len(data), maxProperties)
	}
	if !utf8.Valid(data) {
		return errors.New("properties are not UTF-8")
	}
	lines := propertyLines{rest: string(data)}
	for {
		text, number, ok := lines.next()
		if !ok {
			return nil
		}
		key, value, err := splitProperty(text)
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if err := visit(key, value, number); err != nil {
			return err
		}
	}
}

// propertyLines walks logical lines: continuations are joined, comments and blanks left out.
type propertyLines struct {
	rest   string
	number int
}

// next returns a logical line, still escaped and without its indent, and the number of its first natural line.
func (l *propertyLines) next() (text string, number int, ok bool) {
	var joined strings.Builder
	continues := false
	for l.rest != "" {
		line := l.take()
		line = strings.TrimLeft(line, " \t\f")
		if !continues {
			if line == "" || line[0] == '#' || line[0] == '!' {
				continue
			}
			number = l.number
		}
		continues = oddBackslashes(line)
		if continues {
			line = line[:len(line)-1]
		}
		joined.WriteString(line)
		// A continued line that holds nothing yet is none: what follows starts anew, comments included. At the very end
		// Java makes an empty key of it.
		if continues && joined.Len() == 0 {
			if l.rest == "" {
				return "", number, true
			}
			continues = false
			continue
		}
		if !continues {
			return joined.String(), number, true
		}
	}
	return joined.String(), number, joined.Len() > 0
}

// take cuts one natural line off, ended by LF, CR or CR LF.
func (l *propertyLines) take() string {
	l.number++
	i := strings.IndexAny(l.rest, "\r\n")
	if i < 0 {
		line := l.rest
		l.rest = ""
		return line
	}
	line := l.rest[:i]
	if strings.HasPrefix(l.rest[i:], "\r\n") {
		i++
	}
	l.rest = l.rest[i+1:]
	return line
}

func oddBackslashes(line string) bool {
	n := len(line) - len(strings.TrimRight(line, `\`))
	return n%2 == 1
}

// splitProperty parts a logical line at the first unescaped separator: white space, or one '=' or ':' with white space
// around it.
func splitProperty(line string) (key, value string, err error) {
	end := 0
	for end < len(line) && !strings.ContainsRune("=: \t\f", rune(line[end])) {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(line))
	rest := strings.TrimLeft(line[end:], " \t\f")
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = strings.TrimLeft(rest[1:], " \t\f")
	}
	if key, err = unescapeProperty(line[:end]); err != nil {
		return "", "", err
	}
	value, err = unescapeProperty(rest)
	return key, value, err
}

func unescapeProperty(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	var units []uint16 // \uXXXX escapes that follow each other may be halves of one character
	flush := func() {
		b.WriteString(string(utf16.Decode(units)))
		units = units[:0]
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			flush()
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] == 'u' {
			unit, ok := hex4(s[i+1:])
			if !ok {
				return "", errors.New(`malformed \uXXXX: four hexadecimal digits must follow`)
			}
			units = append(units, unit)
			i += 4
			continue
		}
		flush()
		switch s[i] {
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 'f':
			b.WriteByte('\f')
		default:
			b.WriteByte(s[i])
		}
	}
	flush()
	return b.String(), nil
}

func hex4(s string) (unit uint16, ok bool) {
	if len(s) < 4 {
		return 0, false
	}
	for i := range 4 {
		c := s[i] | 0x20
		switch {
		case s[i] >= '0' && s[i] <= '9':
			unit = unit<<4 | uint16(s[i]-'0')
		case c >= 'a' && c <= 'f':
			unit = unit<<4 | uint16(c-'a'+10)
		default:
			return 0, false
		}
	}
	return unit, true
}

// FormatProperties writes a configuration so that ParseProperties, and Java, read the same keys and values back.
// Values that begin or end with white space cannot be kept: Spark drops it.
func FormatProperties(c Conf) []byte {
	var b strings.Builder
	for _, key := range c.Keys() {
		escapeProperty(&b, key, true)
		b.WriteByte('=')
		escapeProperty(&b, c[key].Value, false)
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

func escapeProperty(b *strings.Builder, s string, isKey bool) {
	leading := true
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\f':
			b.WriteString(`\f`)
		case r == '\\', r == ' ' && (isKey || leading), isKey && (r == '=' || r == ':' || r == '#' || r == '!'):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		leading = leading && r == ' '
	}
}
