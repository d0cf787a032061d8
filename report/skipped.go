package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	// aboutObject is what is needed of one object: what stands before its kind, its kind and name, and what follows.
	aboutObject = regexp.MustCompile(`^(.*?)\b(ServiceAccount|Secret|ConfigMap|PersistentVolumeClaim|PriorityClass|StorageClass) (\S+)(.*)$`)
	// whether is the question whether an object exists.
	whether = regexp.MustCompile(`^to know whether (\S+ \S+) exists$`)
	// hinted is what is needed, and behind it why it is not known or how to give it.
	hinted = regexp.MustCompile(`^([^()]+) \((.+)\)$`)
)

// detail is how much is said of what was not checked.
type detail struct {
	codes   int // of one line; the others are counted. 0: all
	reasons int // of one line, likewise
}

// need is what rules need that is not known: one line, however many rules, reasons and objects.
type need struct {
	before, after string   // of the names of objects
	names         []string // of objects, some of which are written
	reasons       []string // why it is not known, or how to give it
	codes         []string
	plain         bool // it says why, and not what is needed
}

// needed finds what a reason asks for.
func needed(reason string) need {
	what, needs := strings.CutPrefix(reason, "needs ")
	if !needs {
		return need{before: reason, plain: true}
	}
	if m := whether.FindStringSubmatch(what); m != nil {
		return need{before: "to know what exists of ", names: m[1:]}
	}
	if m := aboutObject.FindStringSubmatch(what); m != nil {
		return need{before: m[1] + m[2] + " ", names: m[3:4], after: m[4]}
	}
	if m := hinted.FindStringSubmatch(what); m != nil {
		return need{before: m[1], reasons: m[2:]}
	}
	return need{before: what}
}

// fold makes one line of all rules that need the same. What most rules need comes first.
func fold(codes map[string][]string, reasons []string, d detail) (lines []string) {
	var all []*need
	at := map[string]*need{}
	for _, reason := range reasons {
		one := needed(reason)
		key := fmt.Sprint(one.plain, one.before, "\n", one.after)
		if at[key] == nil {
			at[key] = &need{before: one.before, after: one.after, plain: one.plain}
			all = append(all, at[key])
		}
		n := at[key]
		n.names, n.reasons, n.codes = append(n.names, one.names...), append(n.reasons, one.reasons...), append(n.codes, codes[reason]...)
	}
	for _, n := range all {
		slices.Sort(n.codes)
		n.codes = slices.Compact(n.codes)
	}
	slices.SortStableFunc(all, func(a, b *need) int { return len(b.codes) - len(a.codes) })
	for _, n := range all {
		lines = append(lines, n.line(d))
	}
	return lines
}

// line says which rules were not run, and what they need: "SPK-M014 needs the mounted ConfigMap".
func (n *need) line(d detail) string {
	list := listed(n.codes, d.codes)
	if n.plain {
		return list + " (" + n.before + ")"
	}
	what := n.before
	switch {
	case len(n.names) == 1 && n.after == "" && strings.HasPrefix(what, "to know what exists"):
		what = "to know whether " + n.names[0] + " exists"
	case n.names != nil:
		what += some(n.names, d.reasons, ", ") + n.after
	}
	if n.reasons != nil {
		what += " (" + some(n.reasons, d.reasons, "; ") + ")"
	}
	if len(n.codes) > 1 {
		return list + " need " + what
	}
	return list + " needs " + what
}

// some joins the first of a list and counts the rest; most is 0 for all.
func some(all []string, most int, separator string) string {
	if most == 0 || len(all) <= most {
		return strings.Join(all, separator)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:most], separator), len(all)-most)
}
