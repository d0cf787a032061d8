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
	"github.com/kubectl-spark/kubectl-spark/plugin/safe"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/terminal"
)

// question is what fix can fix in one workload for one code.
type question struct {
	title, code string
	findings    []report.Finding
	changes     func() []string // what a yes changes, an object each with its roles
	diff        func() string   // and the lines
	behind      bool            // it shows only once others are fixed
}

// questions gathers what can be fixed and was not asked before, in doctor's order.
func (o *fixOptions) questions(planned *change.Set, asked map[[2]string]bool) (all []*question) {
	at := map[[2]string]*question{}
	for _, f := range diagnosis.Fixable(planned, o.showSecrets) {
		key := [2]string{f.Workload, f.Code}
		if asked[key] {
			continue
		}
		if at[key] == nil {
			at[key] = &question{title: f.Workload, code: f.Code, behind: f.Of == nil,
				changes: func() []string { return planned.Changes(f.Workload, f.Code) },
				diff:    func() string { return o.preview(planned, f.Workload, f.Code) }}
			all = append(all, at[key])
		}
		at[key].findings = append(at[key].findings, f)
	}
	return all
}

// choose asks for every finding that fix can fix whether to do so, and plans anew without those that are declined: what shows only once
// others are fixed is asked then. The end of the input means quit.
func (o *fixOptions) choose(ctx context.Context, set *rule.Set, want scene.Wanted, sc *scene.Scene, planned *change.Set) (*scene.Scene, *change.Set, int, error) {
	declined, n := change.Declined{}, 0
	asked := map[[2]string]bool{}
	lines, answer := newLines(o.In), ""
	for answer != "all" {
		again := false
		for _, q := range o.questions(planned, asked) {
			if q.behind && again {
				break // what it is behind may have been declined
			}
			if answer != "all" && answer != "quit" {
				var err error
				if answer, err = o.answer(ctx, lines, set, q); err != nil {
					return nil, nil, 0, err
				}
			}
			asked[[2]string{q.title, q.code}] = true
			if answer == "no" || answer == "quit" {
				declined.Add(q.title, q.code)
				n, again = n+len(q.findings), true
			}
		}
		if !again {
			break
		}
		var err error
		if sc, planned, err = o.plan(ctx, want, declined); err != nil { // the plan before edited what it had read
			return nil, nil, 0, err
		}
	}
	return sc, planned, n, nil
}

// preview is the difference that a yes makes, as it may be shown.
func (o *fixOptions) preview(planned *change.Set, title, code string) string {
	p := safe.Shown(len(o.Names) > 0, o.showSecrets)
	var hide func([]byte) []byte
	if p.Hide {
		hide = p.Object
	}
	text := p.Text(planned.Preview(title, code, hide, p.Value))
	if screen := terminal.Of(o.ErrOut); screen.Color && o.color == "auto" || o.color == "always" {
		text = report.PaintDiff(text)
	}
	return text
}

// answerHelp says what each answer does.
const answerHelp = `  y  yes      make this change
  n  no       leave it as it is
  e  explain  show why the rule exists, and what to do
  a  all      make this change and all that follow
  q  quit     leave this one and all that follow as they are
  ?           show this help
`

// lines reads lines; what waits for one ends with the context.
type lines struct{ read chan line }

type line struct {
	text string
	err  error
}

func newLines(in io.Reader) *lines {
	l := &lines{make(chan line)}
	go func() {
		defer close(l.read)
		for from := bufio.NewReader(in); ; {
			text, err := from.ReadString('\n')
			l.read <- line{text, err}
			if err != nil {
				return
			}
		}
	}()
	return l
}

func (l *lines) next(ctx context.Context) (string, error) {
	select {
	case one, more := <-l.read:
		if !more {
			return "", io.EOF
		}
		return one.text, one.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// answer shows a question and reads its answer: yes, no, all or quit.
func (o *fixOptions) answer(ctx context.Context, in *lines, set *rule.Set, q *question) (string, error) {
	fmt.Fprintf(o.ErrOut, "\n%s  %s\n", q.code, clean.Line(q.title))
	for _, f := range q.findings {
		said := []string{f.Message}
		if f.Fix != nil {
			said = append(said, "fix: "+f.Fix.Summary)
			if f.Fix.NotFixed != "" {
				said = append(said, f.Fix.NotFixed)
			}
		}
		for _, text := range said {
			if !o.showSecrets {
				text = mask.Message(text)
			}
			fmt.Fprintln(o.ErrOut, "  "+clean.Line(text))
		}
	}
	for _, object := range q.changes() {
		fmt.Fprintln(o.ErrOut, "  changes: "+clean.Line(object))
	}
	fmt.Fprint(o.ErrOut, q.diff())
	for {
		fmt.Fprint(o.ErrOut, "Fix it? [y]es, [n]o, [e]xplain, [a]ll, [q]uit, [?]: ")
		text, err := in.next(ctx)
		if ctx.Err() != nil {
			fmt.Fprintln(o.ErrOut)
			return "", ctx.Err()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("cannot read the answer: %w; nothing was changed", err)
		}
		word := strings.ToLower(strings.TrimSpace(text))
		if word == "" && err != nil {
			fmt.Fprintln(o.ErrOut)
			return "quit", nil
		}
		for _, known := range []string{"yes", "no", "all", "quit"} {
			if word == known || word == known[:1] {
				return known, nil
			}
		}
		if word == "?" || word == "h" || word == "help" {
			fmt.Fprint(o.ErrOut, answerHelp)
			continue
		}
		if word == "e" || word == "explain" {
			if err := report.Document(o.ErrOut, o.display(""), set.Rule(q.code), ""); err != nil {
				return "", err
			}
			continue
		}
		fmt.Fprintf(o.ErrOut, "%q is not an answer. ", clean.Line(word))
	}
}
