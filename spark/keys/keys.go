// Package keys knows Spark's configuration keys: which of them a release line reads, which it no longer does, and
// which of them somebody meant who wrote another.
//
// Its data is keys.txt, generated from real distributions by test/catalogue. The first row names the release lines; then
// each row is a key, a letter for each line (one letter where all are alike) and what is known of its end:
//
//	K read   O a former name that is still read   T a text in Spark's code, no more is known   - not there
//	G nothing reads it, and Spark says so in its log   R a SQL session refuses every value but one
//	>KEY its new name, with the same meaning   ~KEY what to look at instead   @VERSION when Spark gave it up   =VALUE what R lets pass
//	:FORM what its entry takes for a value, or FORM|FORM|... for each line one where they differ: see Refuses
package keys

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

//go:embed keys.txt
var data string

// Kind says what a key is to a version of Spark.
type Kind string

// The kinds. The zero value stands for a key that is read, or that is none of Spark's: nothing is to be said of it.
const (
	Fine     Kind = ""
	Leaving  Kind = "leaving"  // a former name, read by this version and by no later line
	Gone     Kind = "gone"     // Spark retired it: nothing reads it
	Refused  Kind = "refused"  // Spark SQL retired it: no session begins with it, unless its value is Verdict.Passes
	Misspelt Kind = "misspelt" // unknown to every line, and close to a key that this version reads
)

// Verdict is what is to be said of a key.
type Verdict struct {
	Kind Kind
	// Since is the first release line that no longer reads the key, or the version in which Spark gave it up where
	// that is older than all lines; "" for a misspelt one.
	Since string
	// To is the key that was meant, or that took its place; "" where there is none.
	To string
	// Same says that a value means under To what it meant under the key.
	Same bool
	// Passes is the only value that is let pass, where Kind is Refused.
	Passes string
}

// Catalogue is the parsed data. It is for reading, by any number of goroutines.
type Catalogue struct {
	lines []string
	keys  map[string]key
	// Keys by what stays of them without case, dots and dashes, by their sorted segments, and by their length.
	plain, sorted map[string][]string
	long          map[int][]shape
}

type key struct {
	states             string
	to, since, allowed string
	same               bool
	forms              string
}

// New gives the catalogue, the same to all. Reading it takes some milliseconds, so that is done once, when it is asked for first. Its
// error is a mistake in the generated data.
func New() (*Catalogue, error) { return read() }

var read = sync.OnceValues(func() (*Catalogue, error) { return parse(data) })

func parse(text string) (*Catalogue, error) {
	c := &Catalogue{keys: map[string]key{}, plain: map[string][]string{}, sorted: map[string][]string{}, long: map[int][]shape{}}
	number := 0
	for row := range strings.Lines(text) {
		number++
		f := strings.Fields(row)
		switch {
		case strings.HasPrefix(row, "#"):
			continue
		case len(f) > 1 && f[0] == "lines":
			c.lines = f[1:]
			continue
		case len(f) < 2 || len(f[1]) != 1 && len(f[1]) != len(c.lines) || strings.Trim(f[1], "KOTGR-") != "":
			return nil, fmt.Errorf("keys.txt:%d: not a key with its states", number)
		}
		k := key{states: f[1]}
		if len(k.states) == 1 {
			k.states = strings.Repeat(k.states, len(c.lines))
		}
		for _, mark := range f[2:] {
			switch value := mark[1:]; mark[0] {
			case '>', '~':
				k.to, k.same = value, mark[0] == '>'
			case '@':
				k.since = value
			case '=':
				k.allowed = value
			case ':':
				k.forms = value
			default:
				return nil, fmt.Errorf("keys.txt:%d: unknown mark %q", number, mark)
			}
		}
		c.keys[f[0]] = k
		if strings.Contains(k.states, "K") {
			c.plain[plain(f[0])] = append(c.plain[plain(f[0])], f[0])
			c.sorted[sorted(f[0])] = append(c.sorted[sorted(f[0])], f[0])
			c.long[len(f[0])] = append(c.long[len(f[0])], shapeOf(f[0]))
		}
	}
	return c, nil
}

// Look says what a key is to a version. Of a version that is not known only what holds for all lines is said; of one
// that is not supported nothing.
func (c *Catalogue) Look(name string, version spark.Version) Verdict {
	first, end, ok := c.span(version)
	if !ok {
		return Verdict{}
	}
	k, listed := c.keys[name]
	if !listed {
		if to := c.meant(name, first, end); to != "" {
			return Verdict{Kind: Misspelt, To: to, Same: true}
		}
		return Verdict{}
	}
	if open(name) {
		return Verdict{}
	}
	v := Verdict{To: k.to, Same: k.same}
	if heir := c.keys[v.To]; v.To == "" || strings.ContainsAny(heir.at(first, end), "-GR") || v.Same && !c.read(v.To, first, end) {
		v.To, v.Same = "", false
	}
	now := k.at(first, end)
	lost := strings.IndexAny(k.states, "GR")
	switch {
	case only(now, "G"):
		v.Kind = Gone
	case only(now, "R"):
		v.Kind, v.Passes = Refused, k.allowed
	case only(now, "-") && strings.Contains(k.states[:first], "K") && !strings.ContainsAny(k.states[first:], "KOT"):
		v.Kind, lost = Gone, strings.LastIndex(k.states, "K")+1
	case lost > 0 && v.Same && only(k.states[:lost], "O") && only(k.states[lost:], "GR"):
		v.Kind = Leaving
	default:
		return Verdict{}
	}
	if v.Since = k.since; lost > 0 {
		v.Since = c.lines[lost]
	}
	return v
}

// Lacks says that the catalogue has no line of a version: nothing is known of its keys. lines are those that it has.
func (c *Catalogue) Lacks(version spark.Version) (lines string, lacks bool) {
	_, _, ok := c.span(version)
	return c.lines[0] + " to " + c.lines[len(c.lines)-1], !ok
}

// read says whether all the lines of the span read the key.
func (c *Catalogue) read(name string, first, end int) bool {
	k, listed := c.keys[name]
	return listed && only(k.states[first:end], "K")
}

// at is what the key is to the lines of the span; not there, where the catalogue has none such.
func (k key) at(first, end int) string {
	if k.states == "" {
		return "-"
	}
	return k.states[first:end]
}

func only(states, letters string) bool { return strings.Trim(states, letters) == "" }

// Later says from which line on Spark reads a key that the version does not know yet.
func (c *Catalogue) Later(name string, version spark.Version) (since string, later bool) {
	first, end, ok := c.span(version)
	k, listed := c.keys[name]
	if !ok || !version.Known() || !listed || !only(k.at(first, end), "-") || strings.Trim(k.states[:first], "-") != "" {
		return "", false
	}
	if i := strings.IndexByte(k.states[end:], 'K'); i >= 0 {
		return c.lines[end+i], true
	}
	return "", false
}

// Reads says whether the version reads the key under this name, not as a former name of another.
func (c *Catalogue) Reads(name string, version spark.Version) bool {
	first, end, ok := c.span(version)
	return ok && c.read(name, first, end)
}
