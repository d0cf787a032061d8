package workload

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// OtherObjects counts by kind what was read and is nothing of Spark's.
type OtherObjects struct {
	objects map[string]int
	texts   map[string]int // that hold no object
}

// Add counts a document, unless it concerns Spark, or a note says that it may and was left out.
func (a *OtherObjects) Add(d *Document) {
	if d.Spark() || len(d.Notes) > 0 || d.Looks != "" {
		return
	}
	if a.objects == nil {
		a.objects, a.texts = map[string]int{}, map[string]int{}
	}
	if d.Other != "" {
		a.texts[d.What()]++
	} else {
		a.objects[d.What()]++
	}
}

// All lists what there was, the most frequent first: 12 Deployment, 3 logging configuration. "" where there was nothing.
func (a *OtherObjects) All() string {
	all := maps.Clone(a.objects)
	maps.Copy(all, a.texts)
	return listed(all)
}

// Texts lists only what is no object of Kubernetes.
func (a *OtherObjects) Texts() string { return listed(a.texts) }

func listed(counts map[string]int) string {
	kinds := slices.SortedFunc(maps.Keys(counts), func(x, y string) int { return cmp.Or(cmp.Compare(counts[y], counts[x]), cmp.Compare(x, y)) })
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%d %s", counts[kind], kind)
	}
	return strings.Join(kinds, ", ")
}
