package secret

import (
	"strings"
)

// form names a secret otherwise than by a sign behind its name. Its first group is the name and its second the value.
type form struct {
	*expression
	holds   needs // what all texts of the form hold
	file    bool  // a sentence says it otherwise
	swapped bool  // the value stands first
	spoken  bool  // of a name behind which a sentence may go on
}

// Parts of forms: a name, a value in quotes.
const (
	namePart   = `([A-Za-z_][\w.\-]*)`
	quotedPart = `"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\"(?:[^"\\]|\\[^"])*`
	nameField  = `(?i)\b(?:name|key)\\?["']?:\s*\\?["']?` + namePart + `\\?["']?`
)

// optionForm is the word behind an option.
var optionForm = form{expression: pattern(`(?:^|[\s"'=\[,(])--?([A-Za-z_][\w.\-]{0,127})["']?,?\s+(?:- )?("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,\]}"'-][^\s,\]}"']*)`), holds: holding("-"), spoken: true}

var secretForms = []form{
	optionForm,
	// The value of a variable: in YAML that goes on to the end of the line, and between commas.
	{pattern(nameField + `[ \t]*\r?\n\s*value:[ \t]*(` + quotedPart + `|[^\n]*[^\s])`), holding("value∧:"), false, false, false},
	{pattern(nameField + `\s*,\s*\\?["']?value\\?["']?:\s*(` + quotedPart + `|[^\s,}](?:[^,}\n]*[^\s,}])?)`), holding("value∧:"), false, false, false},
	{pattern(`(?i)\bvalue\\?["']?:\s*(` + quotedPart + `|[^\s,}]+)(?:\\?")?\s*,\s*\\?["']?` + strings.TrimPrefix(nameField, `(?i)\b`)), holding("value∧:"), false, true, false},
	// A line of properties, and one that sets a variable.
	{pattern(`(?m)^[ \t]*([A-Za-z_][\w.\-]{1,256})[ \t]+([^\s=:].*)$`), nil, true, false, true},
	{pattern(`\b(?:setenv|ENV)[ \t]+` + namePart + `[ \t]+([^\s=].*)`), holding("env "), false, false, true},
	{pattern(`\b(?:config|configure|CONFIG) (?:set|SET)[ \t]+` + namePart + `[ \t]+(\S+)`), holding("config∧ set "), false, false, true},
	// In a sentence a key with its value alone, and a name of two words.
	{pattern(`(?m)^[ \t]*([A-Za-z_]\w*\.[\w.\-]*)[ \t]+(\S+)[ \t]*$`), holding("."), false, false, true},
	{pattern(`(?m)(?:^|[\s(])([A-Za-z_]\w*\.[\w.\-]*)[ \t]*:[ \t]+([^\s"',;]+)[ \t]*$`), holding(".∧: ∨:\t"), false, false, true},
	{pattern(`(?i)\b((?:api|access|secret|account) key)[ \t]*:[ \t]*([^\s"',;]+)`), holding(" key∧:"), false, false, true},
	// XML: Hadoop's properties, elements and attributes.
	{pattern(`<name>\s*([\w.\-]{1,256})\s*</name>\s*(?:<(?:final|description|source)>[^<]*</\w+>\s*)*<value>\s*(?:<!\[CDATA\[)?([^<]*[^<\s])`), holding("<name>"), false, false, false},
	{pattern(`<value>\s*(?:<!\[CDATA\[)?([^<]*[^<\s])\s*</value>\s*<name>\s*([\w.\-]{1,256})\s*</name>`), holding("<name>"), false, true, false},
	{pattern(`<([A-Za-z_][\w.\-]*)(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?([^<\s](?:[^<]*[^<\s])?)\s*</`), holding("</"), false, false, false},
	{pattern(`\b(?:name|key)=["']` + namePart + `["'][^<>]*>\s*(?:<!\[CDATA\[)?([^<\s](?:[^<]*[^<\s])?)`), holding("name=∨key=∧>"), false, false, false},
	{pattern(`\b(?:name|key)=["']` + namePart + `["']\s+value=("[^"]*"|'[^']*')`), holding("value="), false, false, false},
	{pattern(`\bvalue=("[^"]*"|'[^']*')\s+(?:name|key)=["']` + namePart + `["']`), holding("value="), false, true, false},
	// The arguments of a function that sets something, and a pair.
	{pattern(`(?i)(?:\b(?:set|config|option|conf|put|property|header|setconf|setproperty|setifmissing|addheader|add_header|setheader|set_header|setenv|putenv)|(?:^|[\s\[,(=>]))\(\s*[brf]?\\?["']` + namePart + `\\?["']\s*,\s*[brf]?(` + quotedPart + `)`), holding("(∧,∧\"∨'"), false, false, false},
	{pattern(`(?:^|[\s\[,(=>])\(` + namePart + `,([^\s(),]+)\)`), holding("(∧,∧)"), false, false, false},
}

// formSpans are the secrets that forms find: words behind an option are none where a sentence goes on with them.
func formSpans(text, lower string, message bool) (spans []span) {
	if !speaksOfSecrets(lower) {
		return nil
	}
	for _, form := range secretForms {
		if form.file && message || !form.holds.in(lower) {
			continue
		}
		for at := 0; at < len(text); {
			m := form.FindStringSubmatchIndex(text[at:])
			if m == nil {
				break
			}
			name, value := span{at + m[2], at + m[3]}, span{at + m[4], at + m[5]}
			if form.swapped {
				name, value = value, name
			}
			at = value.start // the value may itself be an option
			if !message {
				value = onward(text, value)
			}
			if form.spoken && sentenceWord(text, value) && (message || form.file && bareNames[strings.ToLower(text[name.start:name.end])] && strings.Contains(text[value.start:value.end], " ")) {
				continue
			}
			spans = appendSecret(spans, text, text[name.start:name.end], value, !message)
		}
	}
	return spans
}
