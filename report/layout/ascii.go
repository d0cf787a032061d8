package layout

import "strings"

// ASCII spells a text in ASCII, as a terminal of the C locale shows it. A character that has no spelling is a question mark.
func ASCII(text string) string {
	text = strings.NewReplacer("√", "ok", "✗", "x", "‼", "!", "·", "-", "…", "...", "→", "->", "▸", ">", "×", "x", "−", "-", "–", "-", "≥", ">=", "≤", "<=",
		"┃", "|", "├", "|", "┤", "|", "█", "#", "▒", "=", "░", "-", "▓", "+").Replace(text)
	return strings.Map(func(r rune) rune {
		if r > 0x7e {
			return '?'
		}
		return r
	}, text)
}
