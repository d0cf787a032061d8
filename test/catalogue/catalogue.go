package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// What a key is in one line of releases, from the weakest to the strongest: a stronger one replaces a weaker.
const (
	absent  = '-'
	text    = 'T' // a text in the code, no more is known
	gone    = 'G' // Spark warns that nothing reads it
	old     = 'O' // a former name that is still read
	entry   = 'K' // read
	refused = 'R' // a SQL session refuses it
)

const order = "-TGOKR"

// documented are keys that Spark documents and reads by their text, without an entry.
var documented = []string{"spark.app.name", "spark.local.dir", "spark.master", "spark.logConf", "spark.driver.defaultJavaOptions", "spark.executor.defaultJavaOptions"}

// checked are forms that Spark enforces where it uses a value, and not in the entry, which takes any number of the kind
// (SparkConf.scala validateSettings, ResourceProfile.scala, ResourceUtils.scala): key, the entry's form, the form.
var checked = [...][3]string{
	{"spark.memory.fraction", "double", "double>=0<=1"},
	{"spark.executor.cores", "int", "int>=1"},
	{"spark.task.cpus", "int", "int<>0"},
}

type key struct {
	states  []byte
	forms   []string // what its entry takes for a value, a line each; "" where it is not certain
	to      string   // what it is called now
	same    bool     // and a value means the same there
	since   string   // the release from which Spark says that it is gone
	allowed string   // where it is refused: the value that passes
}

type catalogue struct {
	lines int
	keys  map[string]*key
}

func newCatalogue(lines int) *catalogue { return &catalogue{lines: lines, keys: map[string]*key{}} }

func (c *catalogue) key(name string) *key {
	k := c.keys[name]
	if k == nil {
		k = &key{states: []byte(strings.Repeat(string(absent), c.lines)), forms: make([]string, c.lines)}
		c.keys[name] = k
	}
	return k
}

func (c *catalogue) state(line int, name string, state byte) *key {
	k := c.key(name)
	if strings.IndexByte(order, state) > strings.IndexByte(order, k.states[line]) {
		k.states[line] = state
	}
	return k
}

// named is a key in Spark's own sentence about another.
var named = regexp.MustCompile(`spark(\.[A-Za-z0-9]+)+`)

// unread says in Spark's sentence about a key that nothing reads it any more; others are merely discouraged.
var unread = regexp.MustCompile("(?i)not used|no longer|replaced with")

// add takes what Keys.java printed of one line.
func (c *catalogue) add(line int, facts string) error {
	for row := range strings.Lines(facts) {
		f := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
		switch {
		case f[0] == "entry" && len(f) == 2:
			c.state(line, f[1], entry)
		case f[0] == "type" && len(f) == 3:
			if strings.ContainsAny(f[2], " |") {
				return fmt.Errorf("the form %q has a sign of keys.txt in it", f[2])
			}
			form := f[2]
			for _, check := range checked {
				if f[1] == check[0] && form == check[1] {
					form = check[2]
				}
			}
			c.key(f[1]).forms[line] = form
		case f[0] == "word" && len(f) == 2:
			c.state(line, strings.TrimRight(f[1], "."), text)
		case f[0] == "old" && len(f) == 4:
			k := c.state(line, f[1], old)
			// An entry's own other name takes the same values; SparkConf's table may translate them.
			if same := f[3] == ""; same || k.to == "" {
				k.to, k.same = f[2], k.same || same
			}
		case f[0] == "gone" && len(f) == 4 && !unread.MatchString(f[3]):
			c.state(line, f[1], text) // frowned upon, and read
		case f[0] == "gone" && len(f) == 4:
			k := c.state(line, f[1], gone)
			k.since = f[2]
			c.hint(k, f[1], f[3])
		case f[0] == "removed" && len(f) == 5:
			k := c.state(line, f[1], refused)
			k.since, k.allowed = f[2], f[4]
			c.hint(k, f[1], f[3])
		default:
			return fmt.Errorf("cannot read the row %q", row)
		}
	}
	for _, name := range documented {
		c.state(line, name, entry)
	}
	return nil
}

// hint looks for the new name in the sentence that Spark says of an old one.
func (c *catalogue) hint(k *key, name, sentence string) {
	for _, to := range named.FindAllString(sentence, -1) {
		if to != name && k.to == "" && !strings.Contains(sentence, to+".{") && !strings.Contains(sentence, to+".*") {
			k.to, k.same = to, last(to) == last(name)
		}
	}
}

func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// scripts finds the quoted keys in Spark's Python code and shell scripts, its tests aside.
func scripts(folders ...string) (words []string, err error) {
	quoted := regexp.MustCompile("[\"'`](spark(?:\\.[A-Za-z0-9_-]+)+)")
	for _, folder := range folders {
		err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "tests":
				return filepath.SkipDir
			case d.IsDir() || strings.Contains(d.Name(), ".") && filepath.Ext(d.Name()) != ".py" && filepath.Ext(d.Name()) != ".sh":
				return nil
			}
			code, err := os.ReadFile(path)
			for _, m := range quoted.FindAllSubmatch(code, -1) {
				words = append(words, string(m[1]))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return words, nil
}

// format writes the file that spark/keys reads; its package document tells the form.
func (c *catalogue) format(releases []string) []byte {
	var b strings.Builder
	b.WriteString("# Generated by go run ./test/catalogue from Spark " + strings.Join(releases, " ") + ".\nlines")
	for _, release := range releases {
		b.WriteString(" " + release[:strings.LastIndexByte(release, '.')])
	}
	b.WriteByte('\n')
	for _, name := range slices.Sorted(maps.Keys(c.keys)) {
		k := c.keys[name]
		states := string(k.states)
		if strings.Count(states, states[:1]) == len(states) {
			states = states[:1]
		}
		b.WriteString(name + " " + states)
		lost := strings.ContainsAny(states, "GOR")
		if lost && k.to != "" {
			sign := "~"
			if k.same {
				sign = ">"
			}
			b.WriteString(" " + sign + k.to)
		}
		if lost && k.since != "" {
			b.WriteString(" @" + k.since)
		}
		if strings.Contains(states, string(refused)) {
			b.WriteString(" =" + k.allowed)
		}
		if forms := k.allForms(); forms != "" {
			b.WriteString(" :" + forms)
		}
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// allForms writes the forms of the lines that read the key: one where they are all alike, else one a line.
func (k *key) allForms() string {
	forms, read := slices.Clone(k.forms), []string(nil)
	for i, state := range k.states {
		if state == entry {
			read = append(read, forms[i])
		} else {
			forms[i] = ""
		}
	}
	switch different := slices.Compact(read); {
	case len(different) == 1:
		return different[0]
	case len(different) > 1:
		return strings.Join(forms, "|")
	}
	return ""
}
