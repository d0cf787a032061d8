package patch

// Lookup returns the bytes of the value at p, as they stand in raw and without a copy. Of a key that occurs twice
// the last one counts, as in encoding/json. The document must be JSON in UTF-8; in text that is not, ok may be
// either, but the call neither panics nor reads outside of raw.
func Lookup(raw []byte, p Path) (value []byte, ok bool) {
	at := locate(raw, p)
	if at.start < 0 {
		return nil, false
	}
	return raw[at.start:at.end:at.end], true
}

// Len returns the number of elements of the list at p; ok is false if there is no list.
func Len(raw []byte, p Path) (n int, ok bool) {
	at := locate(raw, p)
	if at.start < 0 || raw[at.start] != '[' {
		return 0, false
	}
	c, _ := open(raw, at.start)
	for c.next() {
		if !c.leave(skipValue(raw, c.val.start)) {
			return 0, false
		}
		n++
	}
	return n, c.end >= 0
}

func locate(raw []byte, p Path) span {
	at, end := find(raw, skipSpace(raw, 0), p)
	if end < 0 {
		return absent()
	}
	return at
}

// find looks for p in the value at i and returns its place and the end of the value at i (-1: not JSON). It goes
// into a member as soon as its key matches and overwrites the answer when the key comes again, so that the
// document is read once however deep the path is.
func find(raw []byte, i int, p Path) (at span, end int) {
	if len(p) == 0 {
		end = skipValue(raw, i)
		return span{i, end}, end
	}
	c, ok := open(raw, i)
	if !ok {
		return absent(), skipValue(raw, i)
	}
	at = absent()
	wanted, isIndex := -1, false
	if !c.object {
		if wanted, isIndex = listIndex(p[0]); !isIndex {
			return absent(), skipValue(raw, i)
		}
	}
	for n := 0; c.next(); n++ {
		switch {
		case c.object && keyIs(raw[c.key.start:c.key.end], p[0]):
			at, end = find(raw, c.val.start, p[1:])
		case n == wanted:
			at, end = find(raw, c.val.start, p[1:])
			if end < 0 {
				return absent(), -1
			}
			return at, skipNested(raw, end)
		default:
			end = skipValue(raw, c.val.start)
		}
		if !c.leave(end) {
			return absent(), -1
		}
	}
	return at, c.end
}
