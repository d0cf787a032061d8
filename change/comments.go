package change

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// mostComments is how many comments of a file are named; the others are counted.
const mostComments = 10

// Commented names the comments that stand in changed lines of a YAML file: a comment stays with its key, or goes with the line, and says why
// the value was what it was. So the reason of the change is told.
func (s *Set) Commented(f *source.File) (notes []string) {
	if !bytes.Contains(f.Raw, []byte(" #")) {
		return nil
	}
	var outcomes []Outcome
	for _, o := range s.Kept() {
		if (o.Fate == Fixed || o.Fate == Partly) && slices.Contains(o.files, f) {
			outcomes = append(outcomes, o)
		}
	}
	left := 0
	for hunk := range s.Headed(f.Name, f, nil) {
		head, body, _ := strings.Cut(hunk, "\n")
		_, codes, is := strings.Cut(strings.TrimPrefix(head, "@@"), "@@ ")
		if !is {
			continue
		}
		stays := map[string]bool{}
		for line := range strings.Lines(body) {
			if key, comment := commented(line); line[0] == '+' && comment != "" {
				stays[key+comment] = true
			}
		}
		for line := range strings.Lines(body) {
			key, comment := commented(line)
			switch {
			case line[0] != '-' || comment == "":
				continue
			case len(notes) == mostComments:
				left++
				continue
			}
			done, becomes := "removed", "is removed too"
			if stays[key+comment] {
				done, becomes = "changed", "stays"
			}
			notes = append(notes, fmt.Sprintf("%s: %s is %s: %s; its comment %s: %s", f.Name, key, done, reasonOf(outcomes, codes, key), becomes, comment))
		}
	}
	if left > 0 {
		notes = append(notes, fmt.Sprintf("%s: %d more comments stand in changed lines", f.Name, left))
	}
	return notes
}

// reasonOf is why a key was changed: what the findings say whose fix names it, else the codes of the changes around it.
func reasonOf(outcomes []Outcome, codes, key string) string {
	var reasons []string
	for _, o := range outcomes {
		reason := fmt.Sprintf("%s (%s)", o.Finding.Message, o.Finding.Code)
		if strings.Contains(codes, o.Finding.Code) && strings.Contains(o.Finding.Summary, key) && !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	if reasons == nil {
		return "for " + codes
	}
	return strings.Join(reasons, "; ")
}

// keyOf is the key that a line of YAML begins with, behind the sign of a difference.
var keyOf = regexp.MustCompile(`^[-+] *(?:- +)?["']?([A-Za-z_][A-Za-z0-9_./-]*)["']?:\s`)

// commented gives the key and the comment of a line of a difference; "" where it has none.
func commented(line string) (key, comment string) {
	if strings.IndexByte(line, '#') < 0 {
		return "", ""
	}
	m := keyOf.FindStringSubmatch(line)
	if m == nil {
		return "", ""
	}
	line = strings.TrimRight(line, "\r\n")
	quote := byte(0)
	for i := len(m[0]) - 1; i < len(line); i++ {
		switch c := line[i]; {
		case quote == '"' && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && strings.ContainsAny(line[i-1:i], " [{,"):
			quote = c
		case c == '#' && (line[i-1] == ' ' || line[i-1] == '\t'):
			return m[1], line[i:]
		}
	}
	return "", ""
}
