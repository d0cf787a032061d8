package secret

import (
	"strings"
)

// agentSpans are the options of agents of a JVM, each hidden whole: behind the first "=" they have no form that all agents share.
func agentSpans(text string) (spans []span) {
	for _, m := range agentForm.FindAllStringIndex(text, -1) {
		if n := len(spans); n > 0 && m[0] < spans[n-1].end {
			continue
		}
		line := text[m[1]:min(len(text), m[1]+maxSecretValue)]
		if n := strings.IndexByte(line, '\n'); n >= 0 {
			line = line[:n]
		}
		word := line[:wordEnd(line, quoteAround(text[:m[0]], line))]
		file, behind, ok := strings.Cut(word, "=")
		if !ok {
			continue
		}
		if len(word) == maxSecretValue {
			behind = text[m[1]+len(file)+1 : lineEnd(text, m[1]+len(word))] // in doubt it goes on
		}
		behind = strings.TrimRight(behind, `\`)
		if quote := strings.TrimLeft(file, `\`); quote != "" && (quote[0] == '"' || quote[0] == '\'') {
			behind = strings.TrimRight(behind, `\`+quote[:1]) // it is around both
		}
		if !publicAgent(strings.Trim(file, `\"'`), strings.Trim(behind, `"'`)) {
			spans = append(spans, span{m[1] + len(file) + 1, m[1] + len(file) + 1 + len(behind)})
		}
	}
	return spans
}

// quoteAround is the quote that stands before a word and ends behind it, 0 where there is none.
func quoteAround(before, line string) byte {
	if before == "" || before[len(before)-1] != '"' && before[len(before)-1] != '\'' || strings.IndexByte(line, before[len(before)-1]) < 0 {
		return 0
	}
	return before[len(before)-1]
}

// wordEnd is where a word ends: at a blank that no quote holds, at the quote around it, before the next option within that.
func wordEnd(line string, outer byte) int {
	var quote byte
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case outer != 0 && c == outer:
			return i
		case c == ' ' || c == '\t':
			if outer == 0 || strings.HasPrefix(strings.TrimLeft(line[i:], " \t"), "-") {
				return i
			}
		case (c == '"' || c == '\'') && strings.IndexByte(line[i+1:], c) >= 0:
			quote = c
		}
	}
	return len(line)
}

var literalForm = pattern(`--from-literal[ =]["']?[\w.-]+=("[^"]*"|'[^']*'|[^\s"']+)`)

// literalSpans are the values from which kubectl makes a Secret, whatever their keys.
func literalSpans(text string) (spans []span) {
	for _, m := range literalForm.FindAllStringSubmatchIndex(text, -1) {
		before := text[max(0, m[0]-maxSecretValue):m[0]]
		if command := before[max(0, strings.LastIndex(before, "create ")):]; strings.HasPrefix(command, "create secret") && !shownAnyway(strings.Trim(text[m[2]:m[3]], `"'`)) {
			spans = append(spans, span{m[2], m[3]})
		}
	}
	return spans
}
