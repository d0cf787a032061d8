package fleet

import "hash/fnv"

// Shard is a share of the applications of a folder: those whose names fall to one index out of so many. All runs of an application are in
// one share, for they have its name.
type Shard struct{ Index, Of int }

// has says that an application is in the share, or a log whose application is not known. It goes by the name alone, so that all who read
// the folder agree.
func (s Shard) has(name string) bool {
	return s.Of < 2 || index(name, s.Of) == s.Index
}

// index is the part out of so many that a name falls to.
func index(name string, of int) int {
	h := fnv.New64a()
	h.Write([]byte(name))
	return int(h.Sum64() % uint64(of))
}
