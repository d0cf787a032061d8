package scan

// Locate returns the place of the value at p: object keys and decimal list indexes, outermost first. Of a key that occurs twice
// the last one counts.
func Locate(raw []byte, p []string) Span {
	at, end := find(raw, SkipSpace(raw, 0), p)
	if end < 0 {
		return Absent()
	}
	return at
}

// find looks for p in the value at i and returns its place and the end of the value at i (-1: not JSON). It goes
// into a member as soon as its key matches and overwrites the answer when the key comes again, so that the
// document is read once however deep the path is.
func find(raw []byte, i int, p []string) (at Span, end int) {
	if len(p) == 0 {
		end = SkipValue(raw, i)
		return Span{i, end}, end
	}
	c, ok := Open(raw, i)
	if !ok {
		return Absent(), SkipValue(raw, i)
	}
	at = Absent()
	wanted, isIndex := -1, false
	if !c.Object {
		if wanted, isIndex = ListIndex(p[0]); !isIndex {
			return Absent(), SkipValue(raw, i)
		}
	}
	for n := 0; c.Next(); n++ {
		switch {
		case c.Object && KeyIs(raw[c.Key.Start:c.Key.End], p[0]):
			at, end = find(raw, c.Val.Start, p[1:])
		case n == wanted:
			at, end = find(raw, c.Val.Start, p[1:])
			if end < 0 {
				return Absent(), -1
			}
			return at, SkipNested(raw, end)
		default:
			end = SkipValue(raw, c.Val.Start)
		}
		if !c.Leave(end) {
			return Absent(), -1
		}
	}
	return at, c.End
}
