package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"

	"github.com/kubectl-spark/kubectl-spark/report"
)

// followed is a command that was printed, and what became of it on a copy of the same file.
type followed struct {
	words  []string
	result said
	wrote  bool            // the file is not what it was
	left   map[string]bool // what doctor shows of it then, by workload and code
}

// program stands before every command that is printed.
const program = "kubectl spark "

// printed lists the commands within what was printed, each as words; each once.
func printed(texts ...string) (all [][]string, err error) {
	seen := map[string]bool{}
	for _, text := range texts {
		for line := range strings.Lines(text) {
			parts := strings.Split(strings.TrimRight(line, "\n"), program)
			for _, part := range parts[1:] {
				part, _, _ = strings.Cut(part, strings.Repeat(" ", 8)+"explain: ") // the next one
				words, err := shellWords(part)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", line, err)
				}
				if key := strings.Join(words, "\x00"); !seen[key] {
					seen[key] = true
					all = append(all, words)
				}
			}
		}
	}
	return all, nil
}

// shellWords are the words of the one command that a text begins with, as a shell makes them: an operator ends it. What a shell would
// put in by itself (a variable, a file for a pattern) is an error.
func shellWords(text string) (words []string, err error) {
	for word, err := range syntax.NewParser().WordsSeq(strings.NewReader(text)) {
		var parse syntax.ParseError
		switch {
		case errors.As(err, &parse) && operator.MatchString(parse.Text):
			return words, nil
		case err != nil:
			return nil, err
		}
		for _, part := range word.Parts {
			if lit, is := part.(*syntax.Lit); is && (pattern.HasMeta(lit.Value, 0) || strings.HasPrefix(lit.Value, "~")) {
				return nil, fmt.Errorf("%q outside of quotes", lit.Value)
			}
		}
		plain, err := expand.Fields(&expand.Config{NoUnset: true}, word)
		if err != nil {
			return nil, err
		}
		words = append(words, plain...)
	}
	return words, nil
}

// operator is what the parser says of one that ends a command.
var operator = regexp.MustCompile("^`[|;&<>]+` is not a valid word$")

// commands lists what doctor's report tells to run, and what every output of an input tells.
func (r *answers) commands() ([][]string, error) {
	texts := []string{r.table.out, r.table.errs, r.doctored.errs, r.fix.errs, r.inject.errs, r.tune.errs, r.tuneTable.out, r.tuneTable.errs}
	for _, f := range r.doctor.Findings {
		for _, fix := range fixesOf(f) {
			texts = append(texts, fix.Command)
		}
	}
	return printed(texts...)
}

func fixesOf(f report.Finding) (all []*report.Fix) {
	if f.Fix != nil {
		all = append(all, f.Fix)
	}
	for _, p := range f.Places {
		if p.Fix != nil {
			all = append(all, p.Fix)
		}
	}
	return all
}

// runPrinted runs each command that an input has printed; a fix is written, so that it can be seen to have mended.
func (r *answers) runPrinted() error {
	all, err := r.commands()
	if err != nil {
		return err
	}
	for _, words := range all {
		if err := os.WriteFile(r.bench.path, r.text, 0o600); err != nil {
			return err
		}
		one := followed{words: words}
		args, in := words, ""
		switch {
		case words[0] == "fix" && !slices.Contains(words, "-o"):
			args = append(slices.Clone(words), "--write")
		case slices.Contains(words, "-"):
			in = string(r.text)
		}
		one.result = command(in, args...)
		after, err := withCreated(r.bench.path)
		if err != nil {
			return err
		}
		if one.wrote = string(after) != string(r.text); one.wrote {
			now, _, _ := r.bench.doctor(after)
			one.left = map[string]bool{}
			for key := range shown(now) { // the reports of all commands of all inputs are gigabytes
				one.left[key] = true
			}
		}
		r.printed = append(r.printed, one)
	}
	return nil
}

// reported reads a report of doctor.
func reported(s said) (r report.Report, err error) {
	return r, json.Unmarshal([]byte(s.out), &r)
}
