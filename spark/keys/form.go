package keys

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// form is what an entry takes for a value, read from a row's mark. Its notation is that of test/catalogue's Forms:
// int, ms>0, double>=0<1, decimal>0, A,B, a,b!; and int<>0, any but 0.
type form struct {
	kind  string // "words" for a list of them
	low   *bound
	high  *bound
	words []string
	some  bool // 0 is not taken
	exact bool // words are taken in their own case alone
}

// bound is the last number that is taken or, where it is open, the first that is not.
type bound struct {
	at   float64
	open bool
}

var durations = map[string]time.Duration{
	"ns": time.Nanosecond, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second, "min": time.Minute, "h": time.Hour, "d": 24 * time.Hour,
}

var sizes = map[string]spark.Unit{"b": spark.Byte, "k": spark.KiB, "m": spark.MiB, "g": spark.GiB}

func parseForm(text string) (form, error) {
	if strings.Contains(text, ",") {
		words, exact := strings.CutSuffix(text, "!")
		return form{kind: "words", words: strings.Split(words, ","), exact: exact}, nil
	}
	text, some := strings.CutSuffix(text, "<>0")
	f := form{kind: text, some: some}
	if i := strings.IndexAny(text, "<>"); i >= 0 {
		f.kind = text[:i]
		for rest := text[i:]; rest != ""; {
			next := strings.IndexAny(rest[1:], "<>") + 1
			if next == 0 {
				next = len(rest)
			}
			digits, closed := strings.CutPrefix(rest[1:next], "=")
			at, err := strconv.ParseFloat(digits, 64)
			if err != nil {
				return form{}, fmt.Errorf("bound %q of the form %q: %w", digits, text, err)
			}
			b := &bound{at: at, open: !closed}
			if rest[0] == '>' {
				f.low = b
			} else {
				f.high = b
			}
			rest = rest[next:]
		}
	}
	if durations[f.kind] == 0 && sizes[f.kind] == 0 && f.kind != "bool" && f.kind != "int" && f.kind != "long" && f.kind != "double" && f.kind != "decimal" {
		return form{}, fmt.Errorf("unknown form %q", text)
	}
	return f, nil
}

// expects says in words what is taken.
func (f form) expects() string {
	switch {
	case f.kind == "words" && f.exact:
		return "one of " + strings.Join(f.words, ", ") + " (case matters)"
	case f.kind == "words":
		return "one of " + strings.Join(f.words, ", ")
	case f.kind == "bool":
		return "true or false"
	case f.kind == "double", f.kind == "decimal":
		return "a decimal number" + f.within("")
	case durations[f.kind] != 0:
		return "a duration such as 30s" + f.within(f.kind)
	case sizes[f.kind] != 0:
		return "a size such as 512m" + f.within(f.kind)
	case f.low == nil && f.high == nil && f.kind == "int":
		return "a whole number of 32 bits" + f.within("")
	}
	return "a whole number" + f.within("")
}

// within names the bounds, in the unit of the entry.
func (f form) within(unit string) string {
	var parts []string
	add := func(b *bound, open, closed string) {
		if b == nil {
			return
		}
		word := closed
		if b.open {
			word = open
		}
		parts = append(parts, word+" "+strconv.FormatFloat(b.at, 'f', -1, 64)+unit)
	}
	add(f.low, "above", "at least")
	add(f.high, "below", "at most")
	switch {
	case f.some:
		return ", other than 0"
	case parts == nil:
		return ""
	}
	return ", " + strings.Join(parts, " and ")
}
