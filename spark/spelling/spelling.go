// Package spelling says how far apart two names are, and which known one was meant. Start with Unknown.
package spelling

import (
	"fmt"
	"strings"
)

// slipsRoom holds the rows of every name that is compared in practice; longer ones are given rows of their own.
const slipsRoom = 128

// Distance counts the letters that must be put in, taken out, changed or swapped with a neighbour to make one text of the
// other: the distance of Damerau and Levenshtein with optimal string alignment. Beyond most it is most + 1.
func Distance(a, b string, most int) int {
	if d := len(a) - len(b); d > most || d < -most {
		return most + 1
	}
	var room [3][slipsRoom + 1]int
	before, last, now := room[0][:], room[1][:], room[2][:]
	if len(b) > slipsRoom {
		before, last, now = make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	}
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			now[j] = min(change, last[j]+1, now[j-1]+1)
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
	return min(last[len(b)], most+1)
}

// Unknown is the error for a name that is none of the known ones, with the one that was most likely meant; nil for a known one.
func Unknown(what, name string, known ...string) error {
	meant, best := "", 3
	for _, k := range known {
		switch d := Distance(name, k, 2); {
		case k == name:
			return nil
		case d < best:
			meant, best = k, d
		}
	}
	if meant != "" {
		return fmt.Errorf("unknown %s %.60q: did you mean %s?", what, name, meant)
	}
	return fmt.Errorf("unknown %s %.60q: there are %s", what, name, strings.Join(known, ", "))
}
