package patch

// Item is the range of one element of a document's list, doc[Start:End]; Line is the number of its first line, from 1. Between
// Before and After it is a document with a list of this element, and perhaps one more, that is edited like the whole: what
// stands around the element is laid out in the same way. Shift is by how many columns its first line is moved there.
type Item struct {
	Start, End, Line, Shift int
	Before, After           string
}
