package layout

import "strings"

// Narrow gives the lines of a table without the columns that are blank in all of them. One blank of each gap stays, and the indent.
func Narrow(lines []string) []string {
	rows, width := make([][]rune, len(lines)), 0
	for i, line := range lines {
		rows[i] = []rune(line)
		width = max(width, len(rows[i]))
	}
	narrow := make([]strings.Builder, len(lines))
	indent, gap := true, false
	for at := range width {
		blank := true
		for _, row := range rows {
			blank = blank && (at >= len(row) || row[at] == ' ')
		}
		indent = indent && blank
		if blank && gap && !indent {
			continue
		}
		gap = blank
		for i, row := range rows {
			if at < len(row) {
				narrow[i].WriteRune(row[at])
			}
		}
	}
	out := make([]string, len(lines))
	for i := range narrow {
		out[i] = narrow[i].String()
	}
	return out
}

// Fit gives the lines of a table as they are, or narrow ones where a line that is followed by so many columns is too wide.
func (t *Table) Fit(lines []string, followed int) []string {
	for _, line := range lines {
		if !t.Wide && Columns(line)+followed > t.Width {
			return Narrow(lines)
		}
	}
	return lines
}
