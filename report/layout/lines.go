package layout

import (
	"regexp"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// defaultWidth is the width of a line where no terminal says another, minWidth the least that a report is laid out for.
const (
	defaultWidth = 80
	minWidth     = 40
)

// Width is the width of a line on a terminal of so many columns, 0 where there is none.
func Width(columns int) int {
	if columns <= 0 {
		return defaultWidth
	}
	return max(columns, minWidth)
}

// Columns is how many columns of a terminal a text takes: a wide character takes two, a combining one none.
func Columns(s string) int { return displaywidth.String(s) }

// Pad fills a text with spaces up to a number of columns.
func Pad(s string, n int) string { return s + strings.Repeat(" ", max(n-Columns(s), 0)) }

// Wrap breaks text at spaces into lines of at most n columns. A word that is longer stands alone, and a command is one
// word: it can be copied from one line.
func Wrap(text string, n int) []string {
	var lines []string
	line, length := "", 0
	for _, word := range words(text) {
		for i, part := range parts(word, n) {
			size := Columns(part)
			if i > 0 || length > 0 && length+1+size > n {
				lines, line, length = append(lines, line), "", 0
			}
			if length > 0 {
				line, length = line+" ", length+1
			}
			line, length = line+part, length+size
		}
	}
	return append(lines, line)
}

// fieldPath is the path of a field: nobody copies it to a shell, so that it may be broken.
var fieldPath = regexp.MustCompile(`^(spec|metadata)[.][!-<>-~]+$`)

// parts are the path of a field that is too long for a line, broken before its names; other words are whole.
func parts(word string, n int) (all []string) {
	const least = 20 // columns
	for n >= least && len(word) > n && (len(all) > 0 || fieldPath.MatchString(word)) {
		at := strings.LastIndexAny(word[:n], ".[")
		if at <= 0 {
			break
		}
		if word[at] == '.' {
			at++
		}
		all, word = append(all, word[:at]), word[at:]
	}
	return append(all, word)
}

// words splits text at spaces, and keeps each command of kubectl spark whole, and each number with its unit.
func words(text string) []string {
	all := strings.Fields(text)
	for i := len(all) - 2; i >= 0; i-- {
		if measured(all[i], all[i+1]) {
			all = slices.Replace(all, i, i+2, all[i]+" "+all[i+1])
		}
	}
	for i := 0; i+2 < len(all); i++ {
		if strings.TrimLeft(all[i], "($") != "kubectl" || all[i+1] != "spark" {
			continue
		}
		end := i + 3
		for end < len(all) && continues(all[end-1], all[end]) {
			end++
		}
		all = slices.Replace(all, i, end, strings.Join(all[i:end], " "))
	}
	return all
}

// units are the words that stay on one line with the number before them.
var units = []string{"s", "ms", "%", "B", "KiB", "MiB", "GiB"}

// measured says whether a number and the next word are a quantity.
func measured(number, word string) bool {
	return number[len(number)-1] >= '0' && number[len(number)-1] <= '9' && slices.Contains(units, strings.TrimRight(word, ",;:.)"))
}

// ends says whether punctuation ends a command with this word.
func ends(word string) bool { return strings.ContainsAny(word[len(word)-1:], ",;:)") }

// continues says whether the next word belongs to the same command: a flag, the value of a short one, a code.
func continues(word, next string) bool {
	if ends(word) {
		return false
	}
	return len(next) > 1 && next[0] == '-' || len(word) == 2 && word[0] == '-' || strings.HasPrefix(next, "SPK-")
}

// Cut shortens a text to n columns.
func Cut(text string, n int, ellipsis string) string {
	return displaywidth.TruncateString(text, max(n, Columns(ellipsis)), ellipsis)
}
