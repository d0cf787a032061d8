package secret

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Masked stands where a secret was.
const Masked = "(masked)"

// HideValue is the value of a name as it may be shown: Masked where the name tells that all of it may be a secret, else the
// value with Masked in the secret's place.
func HideValue(name, value string) string {
	if !mayShowNamed(name, strings.TrimSpace(value)) {
		return Masked
	}
	hidden := HideText(value)
	if !MayShow(name, hidden) || In(hidden) != nil {
		return Masked
	}
	return hidden
}

// HideArguments are the arguments of a command without their secrets.
func HideArguments(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		switch {
		case i > 0 && !mayFollow(args[i-1], arg):
			out[i] = Masked
		case name == "--conf" && joined:
			out[i] = name + "=" + HideText(value)
		case joined && option.MatchString(name) && (guardOf(bareName(name)) != open || !strings.Contains(value, "=")):
			out[i] = name + "=" + HideValue(bareName(name), value)
		default:
			out[i] = HideText(arg)
		}
	}
	for _, secret := range InArguments(out) {
		out[secret.Index] = Masked
	}
	return out
}

// HideOptions are the options of a JVM without their secrets. A word among them belongs to the value before it, which a blank cut.
func HideOptions(options []string) []string {
	out := HideArguments(options)
	line := map[string]bool{}
	for word := range strings.FieldsSeq(HideText(strings.Join(options, " "))) {
		line[word] = true
	}
	cut := false
	for i, option := range options {
		switch {
		case strings.HasPrefix(option, "-"):
			cut = strings.Contains(option, "=") && (out[i] != option || strings.HasSuffix(option, "=") && guardOf(bareName(strings.TrimSuffix(option, "="))) != open)
		case cut || !strings.ContainsFunc(option, unicode.IsSpace) && !line[option]:
			out[i] = Masked
		}
	}
	return out
}

// mayFollow says whether an argument may be shown behind the one before it: an option that names it, a name and "=" with nothing
// behind, the scheme of a header.
func mayFollow(before, arg string) bool {
	if name, empty := strings.CutSuffix(before, "="); empty && assignment.MatchString(before) && !strings.HasPrefix(arg, "-") {
		return MayShow(bareName(name), arg)
	}
	switch lower := strings.ToLower(before); {
	case lower == "bearer" || lower == "basic":
		return sentenceWords[strings.ToLower(arg)] || shownAnyway(arg)
	case lower == "-u" || lower == "--user" || lower == "--proxy-user":
		_, password, pair := strings.Cut(arg, ":")
		return !pair || shownAnyway(password)
	}
	return !option.MatchString(before) || before == "--conf" || strings.HasPrefix(arg, "-") || MayShow(bareName(before), arg)
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

func hide(text string, message bool) string { return hideWithin(text, message, 0) }

// hideWithin hides what a text holds that was within so many escapes.
func hideWithin(text string, message bool, escapes int) string {
	spans := shapeSpans(text)
	spans = append(spans, assignedSpans(text, message)...)
	spans = append(spans, formSpans(text, message)...)
	if len(spans) == 0 {
		return hideEncoded(text, message, escapes)
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
	return hideEncoded(b.String()+text[at:], message, escapes)
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
		regexp.MustCompile(`(?:^|[\s"'=\[,(])--?([A-Za-z_][\w.\-]{0,127})["']?,?\s+(?:- )?("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,\]}"'-][^\s,\]}"']*)`),
		regexp.MustCompile(`\bname\\?["']?:\s*\\?["']?([A-Za-z_][\w.\-]{0,127})\\?["']?\s*[,\n]\s*\\?["']?value\\?["']?:\s*("(?:[^"\\]|\\.)*"|'[^']*'|\\"(?:[^"\\]|\\[^"])*|[^\s,}]+)`),
		regexp.MustCompile(`(?m)^[ \t]*([A-Za-z_][\w.\-]{1,256})[ \t]+([^\s=:].*)$`),
		regexp.MustCompile(`<name>\s*([\w.\-]{1,256})\s*</name>\s*(?:<final>\w*</final>\s*)?<value>\s*([^<]*[^<\s])`), // Hadoop's
	}
)

// shapeSpans are the secrets that their shape tells. What is masked already is none, whatever else the shape takes for a part of it.
func shapeSpans(text string) []span {
	return slices.DeleteFunc(append(surelySpans(text), widerSpans(text)...), func(s span) bool {
		return strings.HasPrefix(text[s.start:], Masked) || strings.TrimSpace(text[s.start:s.end]) == ""
	})
}

// surelySpans are those that are findings too.
func surelySpans(text string) (spans []span) {
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
			spans = append(spans, span{m[0], m[1]})
		}
	}
	for _, form := range innerPasswords {
		if !strings.Contains(text, form.holds) {
			continue
		}
		for _, m := range form.form.FindAllStringSubmatchIndex(text, -1) {
			if !shownAnyway(text[m[2]:m[3]]) {
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

// formSpans are the secrets that secretForms finds: of a sentence only words behind an option, where they do not go on in it.
func formSpans(text string, message bool) (spans []span) {
	forms := secretForms
	if message {
		forms = forms[:1]
	}
	for _, form := range forms {
		for at := 0; at < len(text); {
			m := form.FindStringSubmatchIndex(text[at:])
			if m == nil {
				break
			}
			value := span{at + m[4], at + m[5]}
			if !message {
				value = onward(text, value)
			}
			if !message || !sentenceWord(text, value) {
				spans = appendSecret(spans, text, text[at+m[2]:at+m[3]], value, !message)
			}
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
		if strings.HasPrefix(text[i:], "== ") {
			i++ // a shell compares
			continue
		}
		name, quoted, before := nameBefore(text, i)
		if guardOf(bareName(name)) == open {
			continue
		}
		stop := " \t\n"
		line := strings.TrimLeft(before[strings.LastIndexByte(before, '\n')+1:], " \t-\"'")
		switch {
		case line == "" && name[0] != '-' && !message: // the rest of the line
			stop = "\n"
		case strings.HasSuffix(line, "?"), strings.HasSuffix(line, "&"), strings.HasSuffix(line, ";"): // a parameter of a URL
			stop += "&;"
		}
		if text[i] == ':' && !message && !quoted && line != "" && !colonAssigns(text, i, name) {
			continue
		}
		value := valueBehind(text, i+1, stop)
		if n := len(before); n > 0 && !quoted && (before[n-1] == '"' || before[n-1] == '\'') && !strings.HasPrefix(name, "-D") { // the quote is around both
			if to := strings.IndexAny(text[value.start:], before[n-1:]+"\n"); to >= 0 && text[value.start+to] != '\n' {
				value.end = max(value.end, value.start+to)
			}
		}
		if !message {
			value = onward(text, value)
		}
		if value.end == value.start || text[i] == ':' && message && !assigns(text, i, name, quoted, value) {
			continue
		}
		words := !message && (name[0] == '-' || declares.MatchString(line) || strings.HasSuffix(before, "--conf "))
		if spans = appendSecret(spans, text, name, value, words); len(spans) > 0 && spans[len(spans)-1].start >= value.start {
			i = max(i, spans[len(spans)-1].end-1)
		}
	}
	return spans
}

// appendSecret adds the value of a name where it is a secret, with the words behind it or without.
func appendSecret(spans []span, text, name string, value span, words bool) []span {
	if strings.HasPrefix(text[value.start:], Masked) {
		return spans
	}
	raw := text[value.start:value.end]
	if n := len(raw); n > 1 && (raw[0] == '"' || raw[0] == '\'') && raw[n-1] == raw[0] {
		value = span{value.start + 1, value.end - 1}
	}
	if !mayShowNamed(bareName(name), strings.TrimSpace(text[value.start:value.end])) {
		if words {
			value.end = wordsBehind(text, value)
		}
		if value.end-value.start >= maxSecretValue-16 {
			value.end = lineEnd(text, value.end)
		}
		return append(spans, value)
	}
	return spans
}

// colonAssigns says whether a colon within a line of a file assigns: where a blank or a quote stands behind it, or the name is a
// password's or another's that stands for nothing else.
func colonAssigns(text string, colon int, name string) bool {
	if colon+1 == len(text) || strings.IndexByte(" \t\n\"'\\", text[colon+1]) >= 0 || bareNames[strings.ToLower(name)] && name != "secret" {
		return true
	}
	n, _, ok := nounOf(bareName(name))
	return ok && n.what != "" && !n.shaped
}

// assigns says whether a colon in a sentence assigns: to a value in quotes, of a name in quotes, or of the word password itself.
func assigns(text string, colon int, name string, quoted bool, value span) bool {
	if before := text[value.start-1]; before == '"' || before == '\'' {
		return true
	}
	if quoted && (text[colon-1] == '"' || text[colon-1] == '\'') {
		return !sentenceWord(text, value)
	}
	at := colon - len(name)
	return bareNames[strings.ToLower(name)] && at >= 0 && text[at:colon] == name && (at == 0 || strings.IndexByte(" \t\n(,;[{\"'`", text[at-1]) >= 0) && !sentenceWord(text, value)
}

var bareNames = words("password passwd passphrase pwd token secret apikey api_key access_token accesskey secretkey secret_key")

// sentenceWord says that a value begins with a word that goes on in a sentence.
func sentenceWord(text string, value span) bool {
	word, _, _ := strings.Cut(text[value.start:value.end], " ")
	return sentenceWords[strings.ToLower(strings.Trim(word, ".,;:!?()"))]
}

// nameBefore is the name that stands before a sign at i, whether it is in quotes, and the text before it.
func nameBefore(text string, i int) (name string, quoted bool, before string) {
	end := len(strings.TrimRight(text[:i], " \t"))
	if end > 0 && (text[end-1] == '"' || text[end-1] == '\'') {
		quoted = true
		end--
		end = len(strings.TrimRight(text[:end], `\`))
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
		if inner, _, closed := strings.Cut(text[i+len(mark):], mark); closed {
			return span{i + len(mark), i + len(mark) + len(inner)}
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
	least := i // a variable or a template is whole, with the blanks in it
	for _, pair := range [...][2]string{{"${", "}"}, {"$(", ")"}, {"{{", "}}"}} {
		if !strings.HasPrefix(text[i:], pair[0]) {
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
