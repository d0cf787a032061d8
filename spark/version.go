package spark

import (
	"cmp"
	"strconv"
	"strings"
)

// Version is a Spark release. The zero value stands for a version that is not known.
type Version struct {
	Major, Minor, Patch int
}

// Known says whether the version was found out at all.
func (v Version) Known() bool { return v != Version{} }

// String writes major.minor.patch, or "unknown".
func (v Version) String() string {
	if !v.Known() {
		return "unknown"
	}
	return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor) + "." + strconv.Itoa(v.Patch)
}

// Line writes the release line (major.minor), or "unknown".
func (v Version) Line() string {
	if !v.Known() {
		return "unknown"
	}
	return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor)
}

// Compare orders versions; unknown comes before all others.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch))
}

// AtLeast says whether the version is known and of the given line or a later one.
func (v Version) AtLeast(major, minor int) bool {
	return v.Known() && v.Compare(Version{Major: major, Minor: minor}) >= 0
}

// ParseVersion reads a Spark version as labels and image tags spell it: 3.5.9, 4.0, v3.5, 4.1.0-preview2,
// 3.5.9-scala2.12-java17. It refuses text that does not start with major.minor.
func ParseVersion(s string) (Version, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 1 && (s[0] == 'v' || s[0] == 'V') {
		s = s[1:]
	}
	var parts [3]int
	n := 0
	for n < len(parts) {
		number, rest, ok := leadingInt(s)
		if !ok {
			return Version{}, false
		}
		parts[n], s = number, rest
		n++
		// A dot that no digit follows ends the version, as in "3.5.x".
		if n == len(parts) || len(s) < 2 || s[0] != '.' || s[1] < '0' || s[1] > '9' {
			break
		}
		s = s[1:]
	}
	if n < 2 || parts[0] == 0 {
		return Version{}, false
	}
	if s != "" && !strings.ContainsRune("-_+.", rune(s[0])) {
		return Version{}, false
	}
	return Version{parts[0], parts[1], parts[2]}, true
}

// leadingInt takes the digits that s starts with. Numbers of more than four digits are dates and builds, no versions.
func leadingInt(s string) (number int, rest string, ok bool) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		number = number*10 + int(s[i]-'0')
		i++
		if i > 4 {
			return 0, s, false
		}
	}
	return number, s[i:], i > 0
}

// Range is a span of versions: from Since on, and before Until. A zero bound is open.
type Range struct {
	Since, Until Version
}

// Unbounded says whether the range holds every version, known or not.
func (r Range) Unbounded() bool { return !r.Since.Known() && !r.Until.Known() }

// Has says whether the version lies in the range for certain: an unknown version does only when the range is unbounded.
func (r Range) Has(v Version) bool { return r.Match(v) == Yes }

// Match tells apart a version that lies outside the range from one that is not known.
func (r Range) Match(v Version) Answer {
	switch {
	case r.Unbounded():
		return Yes
	case !v.Known():
		return Unknown
	case r.Since.Known() && v.Compare(r.Since) < 0, r.Until.Known() && v.Compare(r.Until) >= 0:
		return No
	}
	return Yes
}

// Answer is yes, no or not known. The zero value is Unknown.
type Answer int8

// The answers.
const (
	Unknown Answer = 0
	Yes     Answer = 1
	No      Answer = -1
)

// AnswerOf turns what is known for certain into an Answer.
func AnswerOf(b bool) Answer {
	if b {
		return Yes
	}
	return No
}

// String writes yes, no or unknown.
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}
