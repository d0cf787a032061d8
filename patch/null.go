package patch

// Null is a spelling of null in YAML. The zero is that of JSON.
type Null uint8

// The spellings.
const (
	NullWord  Null = iota // null
	NullEmpty             // nothing behind the colon
	NullTilde             // ~
	NullTitle             // Null
	NullUpper             // NULL
	nulls
)

// String is the text.
func (n Null) String() string {
	switch n {
	case NullEmpty:
		return ""
	case NullTilde:
		return "~"
	case NullTitle:
		return "Null"
	case NullUpper:
		return "NULL"
	}
	return "null"
}

// Known says whether it is one of the spellings.
func (n Null) Known() bool { return n < nulls }

// NullOf is the spelling that a text is; that of JSON for any other text.
func NullOf(text string) Null {
	for n := range nulls {
		if n.String() == text {
			return n
		}
	}
	return NullWord
}
