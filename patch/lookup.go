package patch

import "github.com/kubectl-spark/kubectl-spark/patch/internal/scan"

// Lookup returns the bytes of the value at p, as they stand in raw and without a copy. Of a key that occurs twice
// the last one counts, as in encoding/json. The document must be JSON in UTF-8; in text that is not, ok may be
// either, but the call neither panics nor reads outside of raw.
func Lookup(raw []byte, p Path) (value []byte, ok bool) {
	at := scan.Locate(raw, p)
	if at.Start < 0 {
		return nil, false
	}
	return raw[at.Start:at.End:at.End], true
}

// Len returns the number of elements of the list at p; ok is false if there is no list.
func Len(raw []byte, p Path) (n int, ok bool) {
	at := scan.Locate(raw, p)
	if at.Start < 0 || raw[at.Start] != '[' {
		return 0, false
	}
	c, _ := scan.Open(raw, at.Start)
	for c.Next() {
		if !c.Leave(scan.SkipValue(raw, c.Val.Start)) {
			return 0, false
		}
		n++
	}
	return n, c.End >= 0
}
