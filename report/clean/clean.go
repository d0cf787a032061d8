// Package clean makes text that anybody could have chosen safe to print on a terminal.
package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Text replaces what could make a terminal do or show anything else than the text: control runes, and runes that
// turn the direction of writing or hide. A name from a cluster was chosen by anybody.
func Text(s string) string {
	if plain(s) || !strings.ContainsFunc(s, unsafe) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unsafe(r):
			return '\uFFFD'
		}
		return r
	}, s)
}

// Line is Text without the space around it.
func Line(s string) string { return Text(strings.TrimSpace(s)) }

// FileName is Text of the name of a file: that of a URL may hold a secret.
func FileName(name string) string {
	if strings.Contains(name, "://") {
		name = mask.Message(name)
	}
	return Text(name)
}

// plain says that a text is ASCII without controls, as most are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// unsafe says so of controls (Cc: C0, DEL, C1), format runes (Cf: bidi marks, embeddings and isolates, zero width
// joiners, tags), line and paragraph separators, and bytes that are no UTF-8.
func unsafe(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError
}
