package patch

import "github.com/kubectl-spark/kubectl-spark/patch/internal/scan"

// Cut says what of a JSON value is left out.
type Cut struct {
	// Members are those of an object of which not everything stays: nothing of a nil one.
	Members map[string]*Cut
	// Element says what of an element of a list is left out; nil where all of it stays.
	Element func(element []byte) *Cut
}

// Append adds the text of what stays to a text, which is no JSON: two values that differ in nothing but what is left out, and in
// no blank between, have the same. It reads raw once; ok is false where that is not JSON.
func (c *Cut) Append(text, raw []byte) (longer []byte, ok bool) {
	text, end := c.append(text, raw, scan.SkipSpace(raw, 0))
	return text, end >= 0
}

func (c *Cut) append(text, raw []byte, at int) (longer []byte, end int) {
	cursor, open := scan.Open(raw, at)
	if c == nil || !open {
		if end = scan.SkipValue(raw, at); end >= 0 {
			text = append(text, raw[at:end]...)
		}
		return text, end
	}
	text = append(text, raw[at])
	for cursor.Next() {
		inner, cuts := (*Cut)(nil), false
		if cursor.Object {
			inner, cuts = c.Members[string(raw[cursor.Key.Start+1:cursor.Key.End-1])]
		} else if c.Element != nil {
			if end = scan.SkipValue(raw, cursor.Val.Start); end < 0 {
				return text, -1
			}
			inner = c.Element(raw[cursor.Val.Start:end])
		}
		if cuts && inner == nil {
			if !cursor.Leave(scan.SkipValue(raw, cursor.Val.Start)) {
				return text, -1
			}
			continue
		}
		if cursor.Object {
			text = append(text, raw[cursor.Key.Start:cursor.Key.End]...)
		}
		text, end = inner.append(text, raw, cursor.Val.Start)
		if text = append(text, ','); !cursor.Leave(end) {
			return text, -1
		}
	}
	return text, cursor.End
}
