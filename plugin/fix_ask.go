package plugin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// question is what fix can fix in one workload for one code.
type question struct {
	title, code string
	findings    []report.Finding
}

// questions gathers what can be fixed, in doctor's order.
func (o *fixOptions) questions(planned *change.Set) (all []*question) {
	at := map[[2]string]*question{}
	for _, f := range diagnosis.Fixable(planned, o.showSecrets) {
		title := planned.Found[f.Of[0]].Subject.Workload.Title
		key := [2]string{title, f.Code}
		if at[key] == nil {
			at[key] = &question{title: title, code: f.Code}
			all = append(all, at[key])
		}
		at[key].findings = append(at[key].findings, f)
	}
	return all
}

// choose asks for every finding that fix can fix whether to do so. The end of the input means quit.
func (o *fixOptions) choose(ctx context.Context, set *rule.Set, planned *change.Set) (chosen change.Chosen, declined int, err error) {
	chosen = change.Chosen{}
	in, answer := bufio.NewReader(o.In), ""
	for _, q := range o.questions(planned) {
		if answer != "all" && answer != "quit" {
			if answer, err = o.answer(ctx, in, set, q); err != nil {
				return nil, 0, err
			}
		}
		if answer == "no" || answer == "quit" {
			declined += len(q.findings)
			continue
		}
		if chosen[q.title] == nil {
			chosen[q.title] = map[string]bool{}
		}
		chosen[q.title][q.code] = true
	}
	return chosen, declined, nil
}

// answer shows a question and reads its answer: yes, no, all or quit.
func (o *fixOptions) answer(ctx context.Context, in *bufio.Reader, set *rule.Set, q *question) (string, error) {
	fmt.Fprintf(o.ErrOut, "\n%s  %s\n", q.code, oneLine(q.title))
	for _, f := range q.findings {
		fmt.Fprintf(o.ErrOut, "  %s\n", oneLine(f.Message))
		if f.Fix != nil {
			fmt.Fprintf(o.ErrOut, "  fix: %s\n", oneLine(f.Fix.Summary))
		}
	}
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		fmt.Fprint(o.ErrOut, "Fix it? [y]es, [n]o, [e]xplain, [a]ll, [q]uit: ")
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("cannot read the answer: %w; nothing was changed", err)
		}
		word := strings.ToLower(strings.TrimSpace(line))
		if word == "" && err != nil {
			fmt.Fprintln(o.ErrOut)
			return "quit", nil
		}
		for _, known := range []string{"yes", "no", "all", "quit"} {
			if word == known || word == known[:1] {
				return known, nil
			}
		}
		if word == "e" || word == "explain" {
			if err := report.Document(o.ErrOut, o.display(""), set.Rule(q.code), ""); err != nil {
				return "", err
			}
			continue
		}
		fmt.Fprintf(o.ErrOut, "%q is not an answer. ", oneLine(word))
	}
}
