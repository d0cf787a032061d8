package keys

import (
	"math/bits"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark/spelling"
)

// maxSlips is how many letters may be wrong, missing, too many or swapped in a name.
const maxSlips = 2

// distance counts the wrong letters between two names that have as many segments; more than maxSlips says that they are
// no slips of one another. A short segment is another word with one letter changed (min and max, sql and ssl), so that
// one of three letters must be right, and one of seven may have a single slip. Digits are never slips: v1 is not v2.
func distance(a, b string) int {
	total := 0
	for {
		segmentA, restA, moreA := strings.Cut(a, ".")
		segmentB, restB, moreB := strings.Cut(b, ".")
		if moreA != moreB {
			return maxSlips + 1
		}
		if segmentA != segmentB {
			n := spelling.Distance(segmentA, segmentB, maxSlips)
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
