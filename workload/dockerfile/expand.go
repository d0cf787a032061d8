package dockerfile

import (
	"regexp"
	"strings"
)

var variable = regexp.MustCompile(`\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^{}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))`)

// Expand puts the values of build arguments and variables into a text, as they are at an instruction of a stage. What has no value
// stays as it is written.
func (f *File) Expand(text string, at *Instruction) string {
	if !strings.Contains(text, "$") {
		return text
	}
	values := f.values(at)
	return expand(text, values)
}

func expand(text string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(word string) string {
		m := variable.FindStringSubmatch(word)
		value, known := values[m[1]+m[4]]
		switch {
		case strings.HasSuffix(m[2], "-") && value == "":
			return m[3]
		case strings.HasSuffix(m[2], "+"):
			return word
		case !known:
			return word
		}
		return value
	})
}

// values are the defaults of the arguments and the variables that hold at an instruction; nil: those in front of the first FROM.
func (f *File) values(at *Instruction) map[string]string {
	global := map[string]string{}
	for _, a := range f.Args {
		assign(a, global, nil)
	}
	if at == nil || at.Stage == nil || at == at.Stage.From {
		return global
	}
	values := map[string]string{}
	for _, s := range f.chain(at.Stage) {
		for _, i := range s.Instructions {
			if i == at {
				return values
			}
			if i.Keyword == "arg" || i.Keyword == "env" {
				assign(i, values, global)
			}
		}
	}
	return values
}

// chain are the stages that a stage stands on, and itself.
func (f *File) chain(s *Stage) (all []*Stage) {
	for ; s != nil; s = f.Below(s) {
		all = append([]*Stage{s}, all...)
	}
	return all
}

// assign takes in what ARG or ENV assigns. An argument without a value has that of the one in front of the first FROM.
func assign(i *Instruction, values, global map[string]string) {
	for _, pair := range i.Pairs() {
		value, given := expand(pair.Value, values), pair.Given
		if !given {
			if value, given = global[pair.Name]; !given {
				continue
			}
		}
		values[pair.Name] = value
	}
}

// Pair is a name with a value, of ARG, ENV or LABEL.
type Pair struct {
	Name, Value string
	Given       bool // there is a value
}

// Pairs are those of ARG, ENV and LABEL.
func (i *Instruction) Pairs() (all []Pair) {
	switch i.Keyword {
	case "arg":
		for _, word := range i.Args {
			name, value, given := strings.Cut(word, "=")
			all = append(all, Pair{name, unquoted(value), given})
		}
	case "env", "label":
		for at := 0; at+1 < len(i.Args); at += 2 {
			all = append(all, Pair{i.Args[at], unquoted(i.Args[at+1]), true})
		}
	}
	return all
}

func unquoted(text string) string {
	if n := len(text); n >= 2 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		return text[1 : n-1]
	}
	return text
}
