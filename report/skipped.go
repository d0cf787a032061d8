package report

import (
	"fmt"
	"regexp"
	"strings"
)

// aboutObject is a reason that names one object: what stands before its kind, its kind and name, and what follows.
var aboutObject = regexp.MustCompile(`^(.*?)\b(ServiceAccount|Secret|ConfigMap|PersistentVolumeClaim|PriorityClass|StorageClass) (\S+)(.*)$`)

// shownNames is how many objects of one reason are named.
const shownNames = 2

// fold makes one line of reasons that differ in the name of an object only: of many the first are named and the rest counted.
func fold(codes map[string][]string, reasons []string, brief bool) (lines []string) {
	type folded struct {
		codes               []string
		before, kind, after string
		names               []string
	}
	var all []*folded
	at := map[string]*folded{}
	for _, reason := range reasons {
		m := aboutObject.FindStringSubmatch(reason)
		if m == nil {
			all = append(all, &folded{codes: codes[reason], before: reason})
			continue
		}
		key := fmt.Sprintf("%q", append([]string{m[1], m[2], m[4]}, codes[reason]...))
		if at[key] == nil {
			at[key] = &folded{codes: codes[reason], before: m[1], kind: m[2], after: m[4]}
			all = append(all, at[key])
		}
		at[key].names = append(at[key].names, m[3])
	}
	for _, f := range all {
		reason := f.before
		switch n := len(f.names); {
		case n == 1:
			reason += f.kind + " " + f.names[0] + f.after
		case n > 1:
			list := strings.Join(f.names[:min(n, shownNames)], ", ")
			if n > shownNames {
				list += fmt.Sprintf(" and %d more", n-shownNames)
			}
			reason += f.kind + " " + list + f.after
		}
		lines = append(lines, skipped(f.codes, reason, brief))
	}
	return lines
}
