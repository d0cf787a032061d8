package spark

import "strings"

// NearestFlag is the one flag that a name was most likely meant to be: known to that release without being unlocked,
// of the wanted kind, and at most two letters away (one for short names). ok is false where none is, or several are.
func NearestFlag(java int, name string, boolean bool) (nearest string, ok bool) {
	most := 2
	if len(name) < 10 {
		most = 1
	}
	best := most + 1
	for line := range strings.SplitSeq(flagTable, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := parseFlag(line)
		if d := len(f.Name) - len(name); d > most || d < -most || f.Boolean != AnswerOf(boolean) || f.State(java) != FlagProduct {
			continue
		}
		d := 0
		if !strings.EqualFold(f.Name, name) {
			d = distance(f.Name, name, most)
		}
		switch {
		case d < best:
			nearest, best, ok = f.Name, d, true
		case d == best && d <= most:
			ok = false
		}
	}
	return nearest, ok && best <= most
}

// distance counts the letters that must be put in, taken out, changed or swapped with a neighbour to make one text of
// the other. Beyond most it is some greater number.
func distance(a, b string, most int) int {
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
			least = min(least, now[j])
		}
		if least > most {
			return most + 1
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
