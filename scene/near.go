package scene

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark/spelling"
)

// didYouMean suggests the names that are nearest to a word, behind a comma; "" where none is near.
func didYouMean(word string, names []string) string {
	near := Near(word, names)
	if len(near) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(near, " or ") + "?"
}

// Near are the names that are nearest to a word which was likely meant for one of them, at most two.
func Near(word string, names []string) (near []string) {
	most := 1 + len(word)/5
	names = slices.Clone(names)
	slices.Sort(names)
	names = slices.Compact(names)
	slices.SortStableFunc(names, func(a, b string) int {
		return spelling.Distance(word, a, most) - spelling.Distance(word, b, most)
	})
	for _, name := range names {
		if slips := spelling.Distance(word, name, most); name != word && slips <= most && len(near) < 2 {
			near, most = append(near, name), slips
		}
	}
	return near
}

// NoRule is the error of a code that no rule has. The others are words that may stand in its place.
func NoRule(set *rule.Set, word string, others ...string) error {
	var codes []string
	for _, r := range set.Rules() {
		codes = append(codes, r.Code)
	}
	near := didYouMean(strings.ToUpper(word), codes)
	if whole := "SPK-" + strings.ToUpper(word); set.Rule(whole) != nil {
		near = "; did you mean " + whole + "?"
	}
	if near == "" {
		near = didYouMean(strings.ToLower(word), others)
	}
	return fmt.Errorf("there is no rule %q: kubectl spark explain lists them%s", word, near)
}
