package secret

import (
	"strconv"
	"strings"
)

// onward is a value with the lines on which it goes on: within quotes, behind a backslash, in a block of YAML, below its key.
func onward(text string, value span) span {
	if end := quotedLines(text, value); end > value.end {
		return span{value.start + 1, end}
	}
	for value.end > value.start && value.end < len(text) && text[value.end-1] == '\\' && text[value.end] == '\n' {
		value.end = lineEnd(text, value.end+1)
	}
	if value.end > value.start && !blockForm.MatchString(text[value.start:value.end]) {
		return value
	}
	end := len(text) - len(strings.TrimLeft(text[value.end:], " \t\r\f\v"))
	if end < len(text) && text[end] != '\n' {
		return value
	}
	first := strings.LastIndexByte(text[:value.start], '\n') + 1
	depth := indented(text[first:])
	block := value.end > value.start
	from := -1
	for end < len(text) {
		next := lineEnd(text, end+1)
		line := text[end+1 : next]
		if strings.TrimSpace(line) != "" && (indented(line) <= depth || !block && (strings.ContainsAny(line, ":=#") || strings.HasPrefix(strings.TrimSpace(line), "-"))) {
			break
		}
		if from < 0 {
			from = end + 1 + indented(line)
		}
		if value.end, end = next, next; !block {
			break
		}
	}
	if from >= 0 {
		value.start = min(from, value.end)
	}
	return value
}

// declares is how a line begins that sets variables of a shell or of an image.
var declares = pattern(`^(?:export|declare|typeset|local|readonly|setenv|set|SET|ENV|ARG)[ \t]`)

// wordsBehind is the end of a value with the words that a blank cut from it. An option, an assignment, a variable, a path, the name
// of a file or of a class and a sign of the shell are none of them.
func wordsBehind(text string, value span) int {
	for value.end < len(text) && value.end-value.start < maxSecretValue {
		rest := strings.TrimLeft(text[value.end:], " \t")
		at := len(text) - len(rest)
		word := rest[:min(len(rest), maxSecretValue)]
		if n := strings.IndexAny(word, " \t\n"); n >= 0 {
			word = word[:n]
		}
		bare := word
		if n := strings.IndexAny(word, "\"'`,;|&<>()[]{}\\"); n >= 0 {
			bare = word[:n]
		}
		if at == value.end || bare == "" || strings.ContainsAny(bare, "=/:") || strings.IndexByte("-$#", bare[0]) >= 0 || dotted.MatchString(bare) {
			break
		}
		if value.end = at + len(bare); bare != word {
			break
		}
	}
	return value.end
}

// dotted is the name of a file or of a class.
var dotted = pattern(`\w\.\w`)

// quotedLines is where a value ends that begins with a quote which only a later line closes, 0 where none does: behind one that closes
// stands no letter.
func quotedLines(text string, value span) int {
	if value.start >= value.end || text[value.start] != '"' && text[value.start] != '\'' {
		return 0
	}
	lines := text[value.start+1 : min(len(text), value.start+maxSecretValue)]
	n := strings.IndexByte(lines, text[value.start])
	if n < 0 || !strings.Contains(lines[:n], "\n") || n+1 < len(lines) && strings.IndexByte(" \t\r\n;,&|)}]", lines[n+1]) < 0 {
		return 0
	}
	return value.start + 1 + n
}

var blockForm = pattern(`^[|>][+-]?[0-9]?[+-]?$`)

func lineEnd(text string, at int) int {
	if n := strings.IndexByte(text[min(at, len(text)):], '\n'); n >= 0 {
		return at + n
	}
	return len(text)
}

func indented(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// maxEscaped bounds how many escapes within each other are read; what is deeper is hidden whole.
const maxEscaped = 4

// hideEncoded hides words with escapes of URLs and lines with escapes of properties that hold a secret once they are read. The
// text is within so many escapes already.
func hideEncoded(text string, message bool, within int) string {
	if !strings.Contains(text, "%") && !strings.Contains(text, `\u00`) || !escaped.MatchString(text) {
		return text
	}
	if within == maxEscaped {
		return Masked
	}
	hides := func(part string) bool {
		plain := escaped.ReplaceAllStringFunc(part, decodedRune)
		return plain != part && hideWithin(plain, message, within+1) != plain
	}
	text = encodedURL.ReplaceAllStringFunc(text, func(word string) string {
		if hides(word) {
			return Masked
		}
		return word
	})
	if !strings.Contains(text, `\u00`) {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.Contains(line, `\u00`) && hides(line) {
			lines[i] = Masked
		}
	}
	return strings.Join(lines, "\n")
}

// escaped is a byte of a URL or a rune of properties.
var escaped = pattern(`%[0-9a-fA-F]{2}|\\+u00[0-9a-fA-F]{2}`)

// decodedRune is what an escape stands for that ends in two digits; blanks part words and are left out.
func decodedRune(escape string) string {
	code, _ := strconv.ParseUint(escape[len(escape)-2:], 16, 8)
	return strings.Trim(string(rune(code)), "\r\n")
}
