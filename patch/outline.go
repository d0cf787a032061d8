package patch

// Outline returns a shorter document that is raw as far as the paths are concerned: Lookup, Len and Apply give the
// same at each of them. Keys and the number of elements stay along the paths, what stands at a path stays whole, and
// every other value is a zero. It reads raw once; many edits are then tried on the outline for little.
// A text that is not JSON is returned as it is.
func Outline(raw []byte, paths []Path) []byte {
	o := outliner{raw: raw, out: make([]byte, 0, min(len(raw), 2048))}
	if o.value(skipSpace(raw, 0), 0, paths) < 0 {
		return raw
	}
	return o.out
}

type outliner struct {
	raw, out []byte
}

// value writes the outline of the value at i, to which the paths lead in depth segments, and returns its end.
func (o *outliner) value(i, depth int, paths []Path) (end int) {
	c, ok := open(o.raw, i)
	for _, p := range paths {
		ok = ok && len(p) > depth
	}
	if !ok {
		if end = skipValue(o.raw, i); end >= 0 {
			o.out = append(o.out, o.raw[i:end]...)
		}
		return end
	}
	var few [16]int
	wanted := few[:0]
	if !c.object {
		for _, p := range paths {
			index, isIndex := listIndex(p[depth])
			if !isIndex {
				index = -1
			}
			wanted = append(wanted, index)
		}
	}
	o.out = append(o.out, o.raw[i])
	for n := 0; c.next(); n++ {
		if n > 0 {
			o.out = append(o.out, ',')
		}
		if c.object {
			o.out = append(append(o.out, o.raw[c.key.start:c.key.end]...), ':')
		}
		var below []Path
		for k, p := range paths {
			if c.object && keyIs(o.raw[c.key.start:c.key.end], p[depth]) || !c.object && wanted[k] == n {
				below = append(below, p)
			}
		}
		if below == nil {
			o.out = append(o.out, '0')
			end = skipValue(o.raw, c.val.start)
		} else {
			end = o.value(c.val.start, depth+1, below)
		}
		if !c.leave(end) {
			return -1
		}
	}
	if c.end < 0 {
		return -1
	}
	o.out = append(o.out, o.raw[c.end-1])
	return c.end
}
