package change

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// Settings are changes of one workload's configuration.
type Settings struct {
	Title   string
	File    *source.File // that holds the configuration; nil where none does
	Changes []spark.Change
	Had     spark.Conf // what the application had; nil where that is not known
}

// configuration is what settings are gathered by.
type configuration struct {
	title string
	file  *source.File
}

// joined adds changes to those of their workload, which at finds: a role's may be another's, too, and of one key the last
// counts.
func joined(all []Settings, at map[configuration]int, one Settings) []Settings {
	i, known := at[configuration{one.Title, one.File}]
	if !known {
		at[configuration{one.Title, one.File}] = len(all)
		one.Changes = slices.Clone(one.Changes)
		return append(all, one)
	}
	for _, c := range one.Changes {
		held := all[i].Changes
		if j := slices.IndexFunc(held, func(h spark.Change) bool { return h.Key == c.Key }); j >= 0 {
			held[j] = c
		} else {
			all[i].Changes = append(held, c)
		}
	}
	return all
}

// Masked are the settings with each value as shown gives it.
func (s Settings) Masked(shown func(key, value string) string) Settings {
	s.Changes = slices.Clone(s.Changes)
	for i, c := range s.Changes {
		s.Changes[i].Value = shown(c.Key, c.Value)
	}
	return s
}

// Unset are the keys to remove from the configuration, which no value replaces (spark.Change.Set).
func (s Settings) Unset() (keys []string) {
	for _, c := range s.Changes {
		if _, ok := c.Set(); !ok {
			keys = append(keys, c.Key)
		}
	}
	return keys
}

// Removals say of the keys that go that they have to go where the settings stand, beside arguments for spark-submit.
func (s Settings) Removals() (notes []string) {
	for _, key := range s.Unset() {
		notes = append(notes, fmt.Sprintf("%s: remove %s from the configuration; no argument can do that", s.Title, key))
	}
	return notes
}

// Written are the changes for a place from which no key can be taken back that another place sets, as arguments or a properties file: a key
// that is to go gets the value that replaces its absence, where there is one.
func (s Settings) Written() []spark.Change {
	all := slices.Clone(s.Changes)
	for i, c := range all {
		if set, ok := c.Set(); ok {
			all[i] = set
		}
	}
	return all
}

// Args are the settings as arguments of spark-submit, one a line. What is to be removed, and no value replaces, has no such form.
func (s Settings) Args() []string { return submit.Args(s.Written()) }

// Properties are the settings as lines of a properties file. What is to be removed, and no value replaces, is a comment, which clean
// makes safe.
func (s Settings) Properties(clean func(string) string) []byte {
	var b []byte
	for _, c := range s.Written() {
		if c.Unset {
			b = append(b, "# remove "+clean(c.Key)+"\n"...)
		} else {
			b = append(b, spark.FormatProperties(spark.Conf{c.Key: {Value: c.Value}})...)
		}
	}
	return b
}

// Elsewhere are the settings, as they are to be, that a properties file did not hold, and that the application had all the same: --conf
// or its code set them, and both come before the file (Spark: configuration.md, Dynamically Loading Spark Properties). A key that no value
// replaces is not among them.
func (s Settings) Elsewhere(file spark.Conf) (all []spark.Change) {
	for _, c := range s.Changes {
		set, ok := c.Set()
		_, holds := file.Get(c.Key)
		if _, had := s.Had.Get(c.Key); ok && !holds && (had || c.Unset) {
			all = append(all, set)
		}
	}
	return all
}

// Configured is the text of a properties file with changes made: where a key stands, or at the end. refused are those that it does
// not take.
func Configured(name string, text []byte, changes []spark.Change) (out []byte, refused []Refused, err error) {
	if len(bytes.TrimSpace(text)) == 0 {
		set := spark.Conf{}
		for _, c := range changes {
			if !c.Unset {
				set[c.Key] = spark.Setting{Value: c.Value}
			}
		}
		return spark.FormatProperties(set), nil, nil
	}
	file, err := source.Open(name, text)
	if err != nil {
		return nil, nil, err
	}
	if len(file.Docs) != 1 || !file.Docs[0].Properties {
		return nil, nil, fmt.Errorf("%s: not a properties file of Spark", name)
	}
	for _, c := range changes {
		made := carry.ConfGroups(file.Docs[0], [][]spark.Change{{c}})[0]
		if made.Refused != nil {
			refused = append(refused, Refused{Title: name, Key: c.Key, Reason: made.Refused.Reason})
			continue
		}
		if len(made.Ops) == 0 {
			continue
		}
		if err := file.Edit(file.Docs[0], made.Ops); err != nil {
			refused = append(refused, Refused{Title: name, Key: c.Key, Reason: source.Reason(err)})
		}
	}
	return file.Bytes(), refused, nil
}

// Quote writes a word so that a shell reads it as one, and as it is.
func Quote(word string) string { return submit.Quote(word) }
