package patch

// Members visits the members of a JSON object in their order, reading it once: key as it is written, quotes
// included, and value as it stands. It says whether raw is an object that could be read to its end.
func Members(raw []byte, visit func(key, value []byte)) bool {
	start := skipSpace(raw, 0)
	if start >= len(raw) || raw[start] != '{' {
		return false
	}
	c, ok := open(raw, start)
	if !ok {
		return false
	}
	for c.next() {
		end := skipValue(raw, c.val.start)
		if !c.leave(end) {
			return false
		}
		visit(raw[c.key.start:c.key.end], raw[c.val.start:end:end])
	}
	return c.end >= 0
}

// KeyIs says whether a key as it is written, quotes included, is the name.
func KeyIs(quoted []byte, name string) bool { return keyIs(quoted, name) }

// Tail returns the elements of the list at p from an index on, as they stand in raw, and the list's length, reading
// it once. ok is false if there is no list.
func Tail(raw []byte, p Path, from int) (elements [][]byte, length int, ok bool) {
	at := locate(raw, p)
	if at.start < 0 || raw[at.start] != '[' {
		return nil, 0, false
	}
	c, _ := open(raw, at.start)
	for c.next() {
		end := skipValue(raw, c.val.start)
		if !c.leave(end) {
			return nil, 0, false
		}
		if length >= from {
			elements = append(elements, raw[c.val.start:end:end])
		}
		length++
	}
	return elements, length, c.end >= 0
}
