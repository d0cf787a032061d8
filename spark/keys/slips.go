package keys

import (
	"math/bits"
	"strings"
)

// maxSlips is how many letters may be wrong, missing, too many or swapped in a name.
const maxSlips = 2

// slips counts the wrong letters between two names that have as many segments; more than maxSlips says that they are
// no slips of one another. A short segment is another word with one letter changed (min and max, sql and ssl), so that
// one of three letters must be right, and one of seven may have a single slip. Digits are never slips: v1 is not v2.
func slips(a, b string) int {
	total := 0
	for {
		segmentA, restA, moreA := strings.Cut(a, ".")
		segmentB, restB, moreB := strings.Cut(b, ".")
		if moreA != moreB {
			return maxSlips + 1
		}
		if segmentA != segmentB {
			n := distance(segmentA, segmentB)
			if n > allowed(min(len(segmentA), len(segmentB))) || digits(segmentA) != digits(segmentB) {
				return maxSlips + 1
			}
			if total += n; total > maxSlips {
				return total
			}
		}
		if !moreA {
			return total
		}
		a, b = restA, restB
	}
}

// shape is what can be compared of a name at once: most names differ from most others in it.
type shape struct {
	name    string
	dots    int
	letters uint64 // a bit for each letter that it holds, several letters to a bit
}

func shapeOf(name string) shape {
	s := shape{name: name, dots: strings.Count(name, ".")}
	for i := range len(name) {
		s.letters |= 1 << (name[i] % 64)
	}
	return s
}

// near says whether the names may be slips of one another: a slip changes two letters' bits at the most.
func (s shape) near(t shape) bool {
	return s.dots == t.dots && bits.OnesCount64(s.letters^t.letters) <= 2*maxSlips
}

func allowed(length int) int {
	switch {
	case length <= 3:
		return 0
	case length <= 7:
		return 1
	}
	return maxSlips
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// distance is that of Damerau and Levenshtein (optimal string alignment), cut at maxSlips + 1.
func distance(a, b string) int {
	if d := len(a) - len(b); d > maxSlips || d < -maxSlips {
		return maxSlips + 1
	}
	var rows [3][maxName + 1]int
	before, last, now := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			now[j] = min(change, last[j]+1, now[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
			best = min(best, now[j])
		}
		if best > maxSlips {
			return maxSlips + 1
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
