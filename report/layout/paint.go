package layout

import "github.com/kubectl-spark/kubectl-spark/rule"

// ANSI codes of the few styles in use. They only repeat what words and signs say.
const (
	Bold   = "1"
	Dim    = "2"
	Red    = "31"
	Green  = "32"
	Yellow = "38;5;172" // of 256 colours: the yellow of 16 cannot be read on white
)

// Paint gives a text a style where colour is wanted.
func Paint(color bool, style, s string) string {
	if !color || s == "" || style == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// Paint gives a text a style where the terminal has colour.
func (t *Table) Paint(style, s string) string { return Paint(t.Color, style, s) }

// Glyph is the first text, or the second where the terminal has ASCII alone.
func (t *Table) Glyph(unicode, ascii string) string {
	if t.ASCII {
		return ascii
	}
	return unicode
}

// Sep stands between parts of a line.
func (t *Table) Sep() string { return t.Glyph(" · ", " - ") }

// Good is the sign of what is right.
func (t *Table) Good() string { return t.Paint(Green, t.Glyph("√", "ok")) }

// Sign is that of a level.
func (t *Table) Sign(level rule.Level) string {
	switch level {
	case rule.Error:
		return t.Paint(Red, t.Glyph("✗", "x"))
	case rule.Warning:
		return t.Paint(Yellow, t.Glyph("‼", "!"))
	}
	return t.Glyph("·", "-")
}
