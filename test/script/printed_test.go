package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report"
)

// followed is a command that was printed, and what became of it on a copy of the same file.
type followed struct {
	words  []string
	result said
	after  report.Report // of the file behind it
	wrote  bool          // the file is not what it was
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
				words, _, err := shellWords(part)
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

// shellWords splits one simple command as a POSIX shell does, and gives what stands behind the operator that ends it.
func shellWords(text string) (words []string, rest string, err error) {
	var word strings.Builder
	in, quote := false, rune(0)
	end := func() {
		if in {
			words = append(words, word.String())
		}
		word.Reset()
		in = false
	}
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case r == '\\' && quote != '\'':
			if i++; i == len(runes) {
				return nil, "", errors.New("a backslash at the end")
			}
			word.WriteRune(runes[i])
			in = true
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, in = r, true
		case r == ' ' || r == '\t':
			end()
		case strings.ContainsRune("|;&<>", r), r == '#' && !in:
			end()
			return words, string(runes[i:]), nil
		case strings.ContainsRune("$`()*?[~", r):
			return nil, "", fmt.Errorf("%q outside of quotes", r)
		default:
			word.WriteRune(r)
			in = true
		}
	}
	if quote != 0 {
		return nil, "", errors.New("a quote is not closed")
	}
	end()
	return words, "", nil
}

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
		case words[0] == "fix":
			args = append(slices.Clone(words), "--write")
		case slices.Contains(words, "-"):
			in = string(r.text)
		}
		one.result = command(in, args...)
		after, err := os.ReadFile(r.bench.path)
		if err != nil {
			return err
		}
		if one.wrote = string(after) != string(r.text); one.wrote {
			one.after, _, _ = r.bench.doctor(after)
		}
		r.printed = append(r.printed, one)
	}
	return nil
}

// reported reads a report of doctor.
func reported(s said) (r report.Report, err error) {
	return r, json.Unmarshal([]byte(s.out), &r)
}
