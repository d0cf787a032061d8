package keys

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Refuses says whether a version of Spark cannot read what stands under a key, and what it takes instead. Of a version
// that is not known it says so only where every line refuses the value; of keys that take any text, of values that are
// yet to be filled in and of whatever is not certain it says nothing.
func (c *Catalogue) Refuses(conf spark.Conf, name string, version spark.Version) (expects string, refused bool) {
	value, set := conf.Get(name)
	k, listed := c.keys[name]
	if !set || !listed || k.forms == "" || unfinished(value) {
		return "", false
	}
	foreign := strings.ContainsFunc(value, func(r rune) bool { return r >= 0x80 })
	first, end, ok := c.span(version)
	if !ok {
		return "", false
	}
	forms := strings.Split(k.forms, "|")
	for i := first; i < end; i++ {
		text := forms[0]
		if len(forms) > 1 {
			text = forms[i]
		}
		f, err := parseForm(text)
		if err != nil || k.states[i] != 'K' || foreign && !f.ascii() || f.takes(conf, name, c.version(i)) {
			return "", false
		}
		if expects == "" {
			expects = f.expects() // later lines take more, as a rule
		}
	}
	return expects, true
}

// ascii says that Spark reads the form by a pattern of ASCII's digits and letters (JavaUtils): other letters may be read by Java in
// their own way.
func (f form) ascii() bool { return durations[f.kind] != 0 || sizes[f.kind] != 0 }

// unfinished says that a value has a variable or a template's gap in it.
func unfinished(value string) bool {
	for _, mark := range []string{"${", "$(", "{{", "<%"} {
		if strings.Contains(value, mark) {
			return true
		}
	}
	return strings.HasPrefix(value, "$")
}

// takes says whether Spark reads the value; also where that is not certain.
func (f form) takes(conf spark.Conf, name string, version spark.Version) bool {
	if f.kind == "words" {
		return f.lists(conf[name].Value)
	}
	if f.kind == "bool" {
		_, _, err := conf.Bool(name)
		return err == nil
	}
	n, err := f.number(conf, name, version)
	if err != nil {
		return false
	}
	return math.IsNaN(n) || !(f.some && n == 0) && f.low.holds(n, 1) && f.high.holds(n, -1)
}

func (f form) number(conf spark.Conf, name string, version spark.Version) (float64, error) {
	if unit := durations[f.kind]; unit != 0 {
		d, _, err := conf.Duration(name, unit)
		return float64(d / unit), err
	}
	if unit := sizes[f.kind]; unit != 0 {
		n, _, err := conf.SizeFor(version, name, unit, unit)
		return float64(n), err
	}
	switch f.kind {
	case "int":
		n, _, err := conf.Int(name)
		return float64(n), err
	case "long":
		n, _, err := conf.Long(name)
		return float64(n), err
	case "decimal":
		n, _, err := conf.Decimal(name)
		return n, err
	}
	n, _, err := conf.Float(name)
	return n, err
}

// holds says whether a number lies within the bound: on its upper side for sign 1, on its lower for -1.
func (b *bound) holds(n, sign float64) bool {
	return b == nil || (n-b.at)*sign > 0 || !b.open && n == b.at
}

func (f form) lists(value string) bool {
	if value != strings.TrimSpace(value) {
		return true // some entries trim, and some do not
	}
	return slices.ContainsFunc(f.words, func(word string) bool {
		return word == value || !f.exact && strings.EqualFold(word, value)
	})
}

// span are the lines that a version stands for: all of them where it is not known. ok is false where it is of none.
func (c *Catalogue) span(version spark.Version) (first, end int, ok bool) {
	if !version.Known() {
		return 0, len(c.lines), true
	}
	i := slices.Index(c.lines, version.Line())
	return i, i + 1, i >= 0
}

func (c *Catalogue) version(line int) spark.Version {
	major, minor, _ := strings.Cut(c.lines[line], ".")
	a, _ := strconv.Atoi(major)
	b, _ := strconv.Atoi(minor)
	return spark.Version{Major: a, Minor: b}
}
