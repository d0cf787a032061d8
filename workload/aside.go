package workload

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Aside counts by kind what was read and is nothing of Spark's.
type Aside map[string]int

// Add counts a document, unless it concerns Spark.
func (a Aside) Add(d *Document) {
	if !d.Spark() {
		a[d.What()]++
	}
}

// String lists the kinds, the most frequent first: 12 Deployment, 3 logging configuration.
func (a Aside) String() string {
	kinds := slices.SortedFunc(maps.Keys(a), func(x, y string) int { return cmp.Or(cmp.Compare(a[y], a[x]), cmp.Compare(x, y)) })
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%d %s", a[kind], kind)
	}
	return strings.Join(kinds, ", ")
}
