package model

import (
	"cmp"
	"slices"
	"strings"
)

// maxWastes is how many paths are named.
const maxWastes = 20

// efficiency is dive's.
func (t *Tree) efficiency() (score float64, wasted int64, paths []Waste) {
	least, all := int64(0), int64(0)
	var visit func(n *node)
	visit = func(n *node) {
		if n.layers > 0 {
			least, all = least+n.min, all+n.sum
		}
		if n.layers > 1 {
			wasted += n.sum
			if n.sum > 0 {
				paths = append(paths, Waste{n.path(), n.sum, int(n.layers)})
			}
		}
		for _, child := range n.children {
			visit(child)
		}
	}
	visit(&t.root)
	slices.SortFunc(paths, func(a, b Waste) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), strings.Compare(a.Path, b.Path)) })
	if len(paths) > maxWastes {
		paths = slices.Clone(paths[:maxWastes])
	}
	if all == 0 {
		return 1, wasted, paths
	}
	return float64(least) / float64(all), wasted, paths
}
