package secret

import "strings"

// assignedSpans are the secrets behind a name and a sign.
func assignedSpans(text string, message bool) (spans []span) {
	for i := 0; i < len(text); i++ {
		sign := signAt(text, i)
		if sign.end == 0 {
			continue
		}
		if i = sign.end - 1; !sign.assigns {
			continue
		}
		name, quoted, before := nameBefore(text, sign.start)
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
		if sign.colon && !message && !quoted && line != "" && !colonAssigns(text, sign.start, name) {
			continue
		}
		if sign.colon && strings.HasSuffix(before, "${") && sign.end < len(text) {
			if text[sign.end] == '?' { // what a shell says where the variable is not set
				continue
			}
			sign.end += len(text[sign.end:sign.end+1]) - len(strings.TrimLeft(text[sign.end:sign.end+1], "-+"))
		}
		value := valueBehind(text, sign.end, stop)
		if n := len(before); n > 0 && !quoted && (before[n-1] == '"' || before[n-1] == '\'') && !strings.HasPrefix(name, "-D") { // the quote is around both
			if to := strings.IndexAny(text[value.start:], before[n-1:]+"\n"); to >= 0 && text[value.start+to] != '\n' {
				value.end = max(value.end, value.start+to)
			}
		}
		if raw := text[value.start:value.end]; !message || strings.HasSuffix(raw, `\`) || blockForm.MatchString(raw) {
			value = onward(text, value)
		}
		if value.end == value.start || sign.colon && message && !assigns(text, sign.start, name, quoted, value) {
			continue
		}
		ofURL := strings.HasSuffix(line, "?") || strings.HasSuffix(line, "&") // which has no blank
		words := !message && !ofURL && (name[0] == '-' || declares.MatchString(line) || strings.HasSuffix(before, "--conf "))
		if spans = appendSecret(spans, text, name, value, words); len(spans) > 0 && spans[len(spans)-1].start >= value.start {
			i = max(i, spans[len(spans)-1].end-1)
		}
	}
	return spans
}

// appendSecret adds the value of a name where it is a secret, with the words behind it or without.
func appendSecret(spans []span, text, name string, value span, words bool) []span {
	if strings.HasPrefix(strings.TrimLeft(text[value.start:min(len(text), value.start+maxSecretValue)], "\"'`\\“”„‘’«»"), Masked) {
		return spans
	}
	raw := text[value.start:value.end]
	if n := len(raw); n > 1 && (raw[0] == '"' || raw[0] == '\'') && raw[n-1] == raw[0] {
		value = span{value.start + 1, value.end - 1}
	} else if strings.HasPrefix(raw, `\"`) {
		value.start += 2
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
	if quoteBefore(text[:value.start]) != "" {
		return true
	}
	if quoted && text[colon-1] != ' ' && text[colon-1] != '\t' {
		return !sentenceWord(text, value)
	}
	colon = len(strings.TrimRight(text[:colon], " \t"))
	at := colon - len(name)
	return bareNames[strings.ToLower(name)] && at >= 0 && text[at:colon] == name && (at == 0 || strings.IndexByte(" \t\n(,;[{\"'`", text[at-1]) >= 0) && !sentenceWord(text, value)
}

var bareNames = words("password passwd passwort passphrase pwd token secret apikey api_key access_token accesskey secretkey secret_key")

// sentenceWord says that a value begins with a word that goes on in a sentence.
func sentenceWord(text string, value span) bool {
	word, _, _ := strings.Cut(text[value.start:value.end], " ")
	return sentenceWords[strings.ToLower(strings.Trim(word, ".,;:!?()"))]
}
