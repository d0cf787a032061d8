package secret

import (
	"regexp"
	"slices"
	"strings"
)

// Masked stands where a secret was.
const Masked = "(masked)"

// HideValue is the value of a name without the secret that Of finds in it: Masked where the name tells that all of it is
// one, else the value with Masked in the secret's place.
func HideValue(name, value string) string {
	if _, degree := secretNamed(name, strings.TrimSpace(value)); degree != Public {
		return Masked
	}
	hidden := HideText(value)
	if _, degree := Of(name, hidden); degree != Public || In(hidden) != nil {
		return Masked
	}
	return hidden
}

// HideArguments are the arguments of a command without their secrets.
func HideArguments(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		if joined && option.MatchString(name) && !strings.Contains(value, "=") {
			out[i] = name + "=" + HideValue(bareName(name), value)
		} else {
			out[i] = HideText(arg)
		}
	}
	for _, secret := range InArguments(out) {
		out[secret.Index] = Masked
	}
	return out
}

// bareName is the name that an option or a system property writes with dashes.
func bareName(name string) string {
	if rest, ok := strings.CutPrefix(name, "-D"); ok {
		return rest
	}
	return strings.TrimLeft(name, "-")
}

// namesNext says whether an argument is an option that names the next one.
func namesNext(arg, next string) bool {
	return option.MatchString(arg) && arg != "--conf" && next != "" && next[0] != '-' && !assignment.MatchString(next)
}

// maxSecretValue bounds the value of which an end is looked for; a longer one ends with its line.
const maxSecretValue = 2 << 10

// span is a part of a text, in bytes.
type span struct{ start, end int }

// HideMessage is a sentence without the secrets in it: what has the shape of one, and what stands behind a name and "=" or,
// in quotes, ":". Words that only follow a name are a sentence's own.
func HideMessage(text string) string { return hide(text, true) }

// HideText is a text of a file or of a command without its secrets: those of HideMessage, words behind an option, values
// of keys in lines of properties or YAML, values of variables in YAML or JSON. Line breaks stay.
func HideText(text string) string { return hide(text, false) }

func hide(text string, message bool) string {
	spans := shapeSpans(text)
	spans = append(spans, assignedSpans(text, message)...)
	if !message {
		spans = append(spans, formSpans(text)...)
	}
	if len(spans) == 0 {
		return text
	}
	slices.SortFunc(spans, func(a, b span) int { return a.start - b.start })
	var b strings.Builder
	at := 0
	for _, s := range spans {
		if s.end <= at {
			continue
		}
		if s.start >= at {
			b.WriteString(text[at:s.start])
			b.WriteString(Masked)
		}
		b.WriteString(strings.Repeat("\n"+Masked, strings.Count(text[max(at, s.start):s.end], "\n")))
		at = s.end
	}
	return b.String() + text[at:]
}

var (
	privateKeyBlock = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)`)
	// Passwords of URLs anywhere in a text.
	innerPasswords = []shape{
		{regexp.MustCompile(`[a-z][a-z0-9+.:-]*://[^/\s:@?]*:([^/\s@?]+)@`), "a password", "://"},
		{regexp.MustCompile(`(?i)jdbc:oracle:[a-z0-9]+:[^/\s@]*/([^\s@]+)@`), "a password", "@"},
		{regexp.MustCompile(`(?i)[?&;](?:password|passwd|pwd)=([^&;\s"']+)`), "a password", "="},
	}
	// What names a secret otherwise than by a sign behind it: the word behind an option, the value of a variable.
	secretForms = []*regexp.Regexp{
		regexp.MustCompile(`(?:^|[\s"'=\[,(])--?([A-Za-z][\w.\-]{0,127})["']?,?\s+(?:- )?("[^"]*"|'[^']*'|[^\s,\]}"'-][^\s,\]}"']*)`),
		regexp.MustCompile(`\bname\\?["']?:\s*\\?["']?([A-Za-z_][\w.\-]{0,127})\\?["']?\s*[,\n]\s*\\?["']?value\\?["']?:\s*("[^"]*"|'[^']*'|\\"(?:[^"\\]|\\[^"])*|[^\s,}]+)`),
		regexp.MustCompile(`(?m)^[ \t]*([A-Za-z_][\w.\-]{1,256})[ \t]+([^\s=:].*)$`),
		regexp.MustCompile(`<name>\s*([\w.\-]{1,256})\s*</name>\s*(?:<final>\w*</final>\s*)?<value>\s*([^<]*[^<\s])`), // Hadoop's
	}
)

// shapeSpans are the secrets that their shape tells.
func shapeSpans(text string) (spans []span) {
	if strings.Contains(text, "PRIVATE KEY") {
		for _, m := range privateKeyBlock.FindAllStringIndex(text, -1) {
			spans = append(spans, span{m[0], m[1]})
		}
	}
	for _, shape := range secretShapes {
		if !strings.Contains(text, shape.holds) {
			continue
		}
		for _, m := range shape.form.FindAllStringIndex(text, -1) {
			if !standIn(text[m[0]:m[1]]) {
				spans = append(spans, span{m[0], m[1]})
			}
		}
	}
	for _, form := range innerPasswords {
		if !strings.Contains(text, form.holds) {
			continue
		}
		for _, m := range form.form.FindAllStringSubmatchIndex(text, -1) {
			if secret := text[m[2]:m[3]]; !leads(secret) && !standIn(secret) {
				spans = append(spans, span{m[2], m[3]})
			}
		}
	}
	if !strings.Contains(text, "AKIA") && !strings.Contains(text, "ASIA") {
		return spans
	}
	for _, m := range awsKeyID.FindAllStringIndex(text, -1) {
		if !standIn(text[m[0]:m[1]]) {
			spans = append(spans, span{m[0], m[1]})
		}
	}
	return spans
}

// formSpans are the secrets that secretForms finds.
func formSpans(text string) (spans []span) {
	for _, form := range secretForms {
		for at := 0; at < len(text); {
			m := form.FindStringSubmatchIndex(text[at:])
			if m == nil {
				break
			}
			value := span{at + m[4], at + m[5]}
			spans = appendSecret(spans, text, text[at+m[2]:at+m[3]], value)
			at = value.start // the value may itself be an option
		}
	}
	return spans
}

// assignedSpans are the secrets behind a name and a sign.
func assignedSpans(text string, message bool) (spans []span) {
	for i := 0; i < len(text); i++ {
		if text[i] != '=' && text[i] != ':' {
			continue
		}
		name, quoted, before := nameBefore(text, i)
		if _, is := secretNoun(bareName(name)); !is {
			continue
		}
		stop := " \t\n"
		switch line := strings.TrimLeft(before[strings.LastIndexByte(before, '\n')+1:], " \t-\"'"); {
		case line == "" && name[0] != '-' && !message: // the rest of the line
			stop = "\n"
		case strings.HasSuffix(line, "?"), strings.HasSuffix(line, "&"), strings.HasSuffix(line, ";"): // a parameter of a URL
			stop += "&;"
		}
		value := valueBehind(text, i+1, stop)
		if value.end == value.start || text[i] == ':' && message && !quoted && text[value.start-1] != '"' && text[value.start-1] != '\'' {
			continue
		}
		if spans = appendSecret(spans, text, name, value); len(spans) > 0 && spans[len(spans)-1].start >= value.start {
			i = max(i, spans[len(spans)-1].end-1)
		}
	}
	return spans
}

// appendSecret adds the value of a name where it is a secret.
func appendSecret(spans []span, text, name string, value span) []span {
	if strings.HasPrefix(text[value.start:], Masked) {
		return spans
	}
	raw := text[value.start:value.end]
	if n := len(raw); n > 1 && (raw[0] == '"' || raw[0] == '\'') && raw[n-1] == raw[0] {
		value = span{value.start + 1, value.end - 1}
	}
	if _, degree := secretNamed(bareName(name), strings.TrimSpace(text[value.start:value.end])); degree != Public {
		if value.end-value.start >= maxSecretValue-16 {
			value.end += len(text[value.end:])
			if n := strings.IndexByte(text[value.start:], '\n'); n >= 0 {
				value.end = value.start + n
			}
		}
		return append(spans, value)
	}
	return spans
}

// nameBefore is the name that stands before a sign at i, whether it is in quotes, and the text before it.
func nameBefore(text string, i int) (name string, quoted bool, before string) {
	end := len(strings.TrimRight(text[:i], " \t"))
	if end > 0 && (text[end-1] == '"' || text[end-1] == '\'') {
		quoted = true
		end--
		if end > 0 && text[end-1] == '\\' {
			end--
		}
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
	if text[i] == '\\' && i+1 < len(text) && text[i+1] == '"' { // in a text within quotes
		if end := strings.Index(text[i+2:], `\"`); end >= 0 {
			return span{i + 2, i + 2 + end}
		}
	}
	if quote := text[i]; quote == '"' || quote == '\'' {
		for j := i + 1; j < len(text) && text[j] != '\n'; j++ {
			if text[j] == '\\' && quote == '"' {
				j++
			} else if text[j] == quote {
				return span{i + 1, j}
			}
		}
	}
	end := min(len(text), i+maxSecretValue)
	if n := strings.IndexAny(text[i:end], stop); n >= 0 {
		end = i + n
	}
	return span{i, max(i, len(strings.TrimRight(text[:end], ",;.)]}\"'` \t\r")))}
}
