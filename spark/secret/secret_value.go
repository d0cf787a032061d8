package secret

import "strings"

// sign stands between a name and its value.
type sign struct {
	start, end int
	colon      bool // a colon alone, which stands for other things too
	assigns    bool
}

// signAt is the sign that begins at i: =, :, :=, ?=, +=, => and ->. Those that compare assign nothing.
func signAt(text string, i int) sign {
	if c := text[i]; c < 0x80 && c != '=' && c != ':' && c != '-' && c != '?' && c != '+' && c != '!' {
		return sign{} // most runes
	}
	next := byte(0)
	if i+1 < len(text) {
		next = text[i+1]
	}
	switch c := text[i]; {
	case strings.HasPrefix(text[i:], "＝"), strings.HasPrefix(text[i:], "："): // of a Chinese or a Japanese keyboard
		return sign{i, i + len("＝"), text[i+2] == "："[2], true}
	case (c == '=' || c == '-') && next == '>', (c == ':' || c == '?' || c == '+') && next == '=':
		return sign{i, i + 2, false, true}
	case c == '=' && (next == '=' || next == '~'), c == ':' && next == ':', c == '!' && next == '=':
		return sign{i, i + 2, false, false}
	case c == '=', c == ':':
		return sign{i, i + 1, c == ':', true}
	}
	return sign{}
}

// quotes are the marks around names and values besides plain ones, and what closes each.
var quotes = [...][2]string{{"“", "”"}, {"”", "”"}, {"„", "“"}, {"‘", "’"}, {"’", "’"}, {"«", "»"}, {"`", "`"}, {"&quot;", "&quot;"}, {"&#34;", "&#34;"}, {"&apos;", "&apos;"}, {"&#39;", "&#39;"}}

// quoteBefore is the quote in which a text ends, "" where it ends in none.
func quoteBefore(text string) string {
	if text == "" {
		return ""
	}
	switch last := text[len(text)-1]; {
	case last == '"' || last == '\'':
		return text[len(text)-1:]
	case last < 0x80 && last != ';' && last != '`':
		return ""
	}
	for _, quote := range quotes {
		for _, mark := range quote {
			if strings.HasSuffix(text, mark) {
				return mark
			}
		}
	}
	return ""
}

// quotedAt is what the quotes at i hold, with what a shell joins to it. It starts at 0 where there are none, or nothing closes them.
func quotedAt(text string, i int) span {
	line := text[i:min(len(text), i+maxSecretValue)]
	for _, mark := range [...]string{`"""`, "'''"} {
		if strings.HasPrefix(line, mark) {
			if n := strings.Index(line[3:], mark); n >= 0 {
				return span{i + 3, i + 3 + n}
			}
		}
	}
	if quote := text[i]; quote == '"' || quote == '\'' {
		for j := i + 1; j < len(text) && text[j] != '\n'; j++ {
			if j == i+maxSecretValue {
				return span{i + 1, j} // in doubt it goes on
			}
			if text[j] == '\\' && quote == '"' {
				j++
			} else if text[j] == quote {
				if end := joinedEnd(text, j+1, quote); end > j+1 {
					return span{i, end}
				}
				return span{i + 1, j}
			}
		}
		return span{}
	}
	if n := strings.IndexByte(line, '\n'); n >= 0 {
		line = line[:n]
	}
	for _, quote := range quotes {
		if rest, ok := strings.CutPrefix(line, quote[0]); ok {
			if inner, _, closed := strings.Cut(rest, quote[1]); closed {
				return span{i + len(quote[0]), i + len(quote[0]) + len(inner)}
			}
		}
	}
	return span{}
}

// joinedEnd is where a word ends that goes on at i, right behind a quote that closes: with letters, or with a quote that
// closes too.
func joinedEnd(text string, i int, quote byte) int {
	for start := i; i < len(text); {
		c := text[i]
		if c != quote && i > start && (c == '"' || c == '\'') {
			i++
		} else if c == quote && i > start {
			return i + 1
		} else if c == '"' || c == '\'' {
			word := text[i+1 : min(len(text), i+1+maxSecretValue)]
			n := strings.IndexAny(word, " \t\n"+string(c))
			if n < 0 || word[n] != c || n == 0 {
				break
			}
			i += n + 2
		} else if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' {
			i++
		} else {
			break
		}
	}
	return i
}

// nameBefore is the name that stands before a sign at i, whether it is in quotes, and the text before it.
func nameBefore(text string, i int) (name string, quoted bool, before string) {
	end := len(strings.TrimRight(text[:i], " \t"))
	if end > 1 && text[end-1] == ']' && quoteBefore(text[:end-1]) != "" {
		end-- // an element: environ["X"]
	}
	if quote := quoteBefore(text[:end]); quote != "" {
		quoted = true
		end = len(strings.TrimRight(text[:end-len(quote)], `\`))
	}
	start := end
	for start > 0 && end-start <= maxSecretName && nameByte(text[start-1]) {
		start--
	}
	return text[start:end], quoted, text[max(0, start-maxSecretName):start]
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-'
}

// valueBehind is the value that begins at i or behind the blanks there: what is in quotes, else what goes on to one of the
// runes in stop, without the marks of a sentence behind it.
func valueBehind(text string, i int, stop string) span {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t') {
		i++
	}
	if i == len(text) {
		return span{i, i}
	}
	if mark := text[i : len(text)-len(strings.TrimLeft(text[i:], `\`))]; mark != "" && strings.HasPrefix(text[i+len(mark):], `"`) { // in a text within quotes
		mark += `"`
		within, _, ends := strings.Cut(text[i+len(mark):min(len(text), i+len(mark)+maxSecretValue)], "\n")
		if inner, _, closed := strings.Cut(within, mark); closed || !ends && len(within) == maxSecretValue {
			return span{i + len(mark), i + len(mark) + len(inner)}
		}
	}
	if i+1 < len(text) && strings.IndexByte("bBrRuUfFN$@", text[i]) >= 0 && (text[i+1] == '"' || text[i+1] == '\'') {
		if inner := quotedAt(text, i+1); inner.start == i+1 { // a literal of a program
			return span{i, inner.end}
		} else if inner.start > 0 {
			return inner
		}
	}
	if inner := quotedAt(text, i); inner.start > 0 {
		return inner
	}
	least := i // a variable or a template is whole, with the blanks in it
	for _, pair := range [...][2]string{{"${", "}"}, {"$(", ")"}, {"{{", "}}"}, {"[", "]"}} {
		if !strings.HasPrefix(text[i:], pair[0]) || strings.HasPrefix(text[i:], "[]") {
			continue
		}
		within, _, ends := strings.Cut(text[i:min(len(text), i+maxSecretValue)], "\n")
		if head, _, closed := strings.Cut(within, pair[1]); closed {
			least = i + len(head) + len(pair[1])
		} else if !ends && len(within) == maxSecretValue {
			least = i + maxSecretValue // in doubt it goes on, and is hidden to the end of its line
		}
	}
	end := min(len(text), max(i+maxSecretValue, least))
	if n := strings.IndexAny(text[least:end], stop); n >= 0 {
		end = least + n
	}
	return span{i, max(least, len(strings.TrimRight(text[:end], ",;.)]}\"'` \t\r")))}
}
