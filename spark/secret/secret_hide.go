package secret

import (
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

// HideOptions are the options of a JVM without their secrets. A word among them belongs to the value before it, which a blank cut; but a
// URL has no blank.
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
			ofURL := strings.Contains(out[i], "://") && !strings.Contains(strings.ToLower(option), "jdbc:")
			cut = strings.Contains(option, "=") && (out[i] != option && !ofURL || strings.HasSuffix(option, "=") && guardOf(bareName(strings.TrimSuffix(option, "="))) != open)
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
		user, password, pair := strings.Cut(arg, ":")
		return !pair || shownAnyway(password) || strings.Trim(user+password, "0123456789") == "" // numbers of a user and a group
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

// hide hides until nothing more is found: what stands around a secret may be seen for another once that is gone.
func hide(text string, message bool) string {
	for range maxHidden {
		hidden := hideWithin(text, message, 0)
		if hidden == text {
			break
		}
		text = hidden
	}
	return text
}

// maxHidden bounds how often a text is read.
const maxHidden = 4

// hideWithin hides what a text holds that was within so many escapes.
func hideWithin(text string, message bool, escapes int) string {
	lower := strings.ToLower(text)
	spans := shapeSpans(text, lower)
	spans = append(spans, assignedSpans(text, message)...)
	spans = append(spans, formSpans(text, lower, message)...)
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
	privateKeyBlock = pattern(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\z)`)
	// Passwords of URLs anywhere in a text.
	innerPasswords = []shape{
		{pattern(`[a-z][a-z0-9+.:-]*://[^/\s:@?]*:([^/\s@?]+)@`), "a password", holding("://∧@")},
		{pattern(`(?i)jdbc:oracle:[a-z0-9]+:[^/\s@]*/([^\s@]+)@`), "a password", holding("jdbc:oracle∧@")},
		{pattern(`(?i)[?&;](?:password|passwd|pwd)=([^&;\s"']+)`), "a password", holding("?∨&∨;∧password=∨passwd=∨pwd=")},
	}
)

// shapeSpans are the secrets that their shape tells; lower is the text in lower case. What is masked already is none, whatever else the shape takes for a part of it.
func shapeSpans(text, lower string) []span {
	return slices.DeleteFunc(append(surelySpans(text, lower), widerSpans(text, lower)...), func(s span) bool {
		found := text[s.start:s.end]
		return strings.HasPrefix(text[s.start:], Masked) || strings.TrimSpace(found) == "" || onlyMasked(found)
	})
}

// surelySpans are those that are findings too.
func surelySpans(text, lower string) (spans []span) {
	if strings.Contains(text, "PRIVATE KEY") {
		for _, m := range privateKeyBlock.FindAllStringIndex(text, -1) {
			spans = append(spans, span{m[0], m[1]})
		}
	}
	for _, shape := range secretShapes {
		if !shape.holds.in(lower) {
			continue
		}
		for _, m := range shape.form.FindAllStringIndex(text, -1) {
			spans = append(spans, span{m[0], m[1]})
		}
	}
	for _, form := range innerPasswords {
		if !form.holds.in(lower) {
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
