package submit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Ops makes a change among the arguments of spark-submit: where the key is set its value is changed, be it behind --conf
// or an option of its own; a new one becomes a --conf in front of the others.
func (s *Submission) Ops(c spark.Change) ([]patch.Op, error) {
	decides := s.Decides(c.Key)
	switch {
	case s.script() != "":
		return nil, fmt.Errorf("spark-submit is run by a script among the %s: change it there", s.script())
	case c.Unset && (s.PropertiesFile != "" || s.defaults):
		return nil, errors.New("a properties file that is not read may set it, too")
	case c.Unset:
		return s.unset(c.Key), nil
	case decides < 0:
		return s.insert(c), nil
	case s.words[s.Given[decides].At].From != "":
		return nil, fmt.Errorf("its value comes from %s of the container", called(s.words[s.Given[decides].At].From))
	}
	g := &s.Given[decides]
	if g.Value == c.Value {
		return nil, nil
	}
	text := escaped(c.Value)
	if !g.OfOption() {
		text = c.Key + "=" + text
	}
	if g.Joined {
		text = g.Option + "=" + text
	}
	return []patch.Op{{Op: patch.Replace, Path: s.place(g.At).Pointer(), Value: quoted(text)}}, nil
}

// Rename makes a change in the argument that gives another key; nil where it is not given by one --conf alone, or the change's own
// key is given, too.
func (s *Submission) Rename(key string, c spark.Change) []patch.Op {
	at := s.Decides(key)
	if at < 0 || s.script() != "" || s.Decides(c.Key) >= 0 {
		return nil
	}
	g := &s.Given[at]
	count := 0
	for i := range s.Given {
		if s.Given[i].Key == key {
			count++
		}
	}
	if count > 1 || g.OfOption() || s.words[g.At].From != "" {
		return nil
	}
	text := escaped(c.Key + "=" + c.Value)
	if g.Joined {
		text = g.Option + "=" + text
	}
	return []patch.Op{{Op: patch.Replace, Path: s.place(g.At).Pointer(), Value: quoted(text)}}
}

// unset takes out everything that gives the key, the last argument first, so that the places of the others stay.
func (s *Submission) unset(key string) (ops []patch.Op) {
	var gone []int
	for i := range s.Given {
		if g := &s.Given[i]; g.Key == key {
			if gone = append(gone, g.At); !g.Joined {
				gone = append(gone, g.At-1)
			}
		}
	}
	slices.SortFunc(gone, func(a, b int) int { return cmp.Compare(b, a) })
	for _, at := range gone {
		ops = append(ops, patch.Op{Op: patch.Remove, Path: s.place(at).Pointer()})
	}
	return ops
}

func (s *Submission) insert(c spark.Change) []patch.Op {
	at := 0
	for i := range s.Given {
		if g := &s.Given[i]; !g.OfOption() {
			if at = g.At; !g.Joined {
				at--
			}
			break
		}
	}
	here := s.place(at).Pointer()
	return []patch.Op{
		{Op: patch.Add, Path: here, Value: quoted(escaped(c.Key + "=" + c.Value))},
		{Op: patch.Add, Path: here, Value: json.RawMessage(`"--conf"`)},
	}
}

// place is where a word stands in the object.
func (s *Submission) place(at int) patch.Path {
	return s.At.With(s.words[at].List, strconv.Itoa(s.words[at].Index))
}

// escaped keeps the kubelet from expanding what is meant as it stands.
func escaped(text string) string {
	if strings.Contains(text, "$(") || strings.Contains(text, "$$") {
		return strings.ReplaceAll(text, "$", "$$")
	}
	return text
}

// script is the list in which a script stands that gives any of the words; "" where none does.
func (s *Submission) script() string {
	for _, w := range s.words {
		if w.Script {
			return w.List
		}
	}
	return ""
}

func quoted(text string) json.RawMessage {
	raw, _ := json.Marshal(text)
	return raw
}
