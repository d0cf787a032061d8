package plugin

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/plugin/applying"
	"github.com/kubectl-spark/kubectl-spark/plugin/safe"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/terminal"
)

// fixFormats are the forms in which fix shows changes.
func fixFormats() []string { return []string{"diff", "yaml", "conf", "patch", "kustomize"} }

// written is how much of a difference is gathered before it is written, in bytes.
const written = 64 << 10

// show gives what would change, in the form that was asked for; of a long difference it writes what comes before. masked says that secrets
// are hidden in it.
func (o *fixOptions) show(planned *change.Set) (out []byte, masked bool, err error) {
	var b bytes.Buffer
	p := safe.To(o.Out, len(o.Names) > 0, o.showSecrets)
	if o.output == "patch" || o.output == "kustomize" {
		out, err := applying.Patches(o.Session, planned, o.output, p)
		return out, p.Masked, err
	}
	var ordered []change.Outcome // as doctor shows their findings
	if o.headed() {
		_, ordered = diagnosis.Fixed(planned, o.showSecrets)
	}
	for i, f := range planned.Files() {
		switch o.output {
		case "diff":
			differs := p.Diff(func(hide func([]byte) []byte) iter.Seq[string] { return planned.Headed(f, hide) })
			if o.headed() {
				b.WriteString(heading(f.Name, change.FixedIn(f, ordered), o.display(o.output)))
			}
			for text := range differs {
				if o.display(o.output).Color {
					text = report.PaintDiff(text)
				}
				b.WriteString(text)
				if !p.Hide && b.Len() > written { // else what is said first depends on the rest
					if _, err := b.WriteTo(o.Out); err != nil {
						return nil, false, err
					}
				}
			}
		case "yaml":
			text := []byte(p.Text(string(p.Object(f.Bytes()))))
			if i > 0 && !bytes.HasPrefix(text, []byte("---")) {
				b.WriteString("---\n")
			}
			b.Write(text)
			if out := b.Bytes(); len(out) > 0 && out[len(out)-1] != '\n' {
				b.WriteByte('\n')
			}
		}
	}
	submits := planned.Submit
	if o.output == "conf" {
		submits = planned.Settings
	}
	for _, s := range submits {
		switch {
		case planned.LeftOut(s.File), o.output == "conf" && len(s.Args()) == 0:
			continue
		case s.File == nil:
			fmt.Fprintf(&b, "# %s: for what submits it\n", clean.Text(s.Title))
		default:
			fmt.Fprintf(&b, "# %s: in %s\n", clean.Text(s.Title), clean.FileName(s.File.Name))
		}
		for _, key := range s.Unset() {
			if o.output != "conf" { // there it is a note: see removals
				fmt.Fprintf(&b, "# remove %s\n", clean.Text(key))
			}
		}
		for _, line := range s.Masked(p.Value).Args() {
			if line = p.Text(line); o.output == "yaml" {
				line = "# " + strings.ReplaceAll(line, "\n", "\n# ") // the settings are no object
			}
			b.WriteString(line + "\n")
		}
	}
	return b.Bytes(), p.Masked, nil
}

// headed says that each file's difference has what is fixed in it for a heading, as for people on a terminal.
func (o *fixOptions) headed() bool {
	return o.output == "diff" && !o.write && !o.check && terminal.Of(o.Out).Terminal
}

// heading says what is fixed in a file, in lines of the terminal's width.
func heading(name string, fixed []change.Outcome, display report.Options) string {
	var b strings.Builder
	b.WriteString(report.Heading(clean.FileName(name), display.Color) + "\n")
	said := map[string]bool{}
	for _, o := range fixed {
		head := "  " + o.Finding.Code + "  "
		text := fmt.Sprintf("%s: %s", clean.Line(about(&o)), clean.Line(o.Finding.Summary))
		if said[head+text] {
			continue
		}
		said[head+text] = true
		for _, line := range report.Wrap(text, report.Width(display.Width)-len(head)) {
			b.WriteString(head + line + "\n")
			head = strings.Repeat(" ", len(head))
		}
	}
	return b.String()
}

// fate is what becomes of a finding: a word for it, and of which finding and why.
type fate struct{ word, text string }

// fateWords are in the order in which fix shows them: what was edited, what is manual, what belongs to the command that submits.
var fateWords = []string{"fixed", "partly", "manual", "submit"}

// fates are what becomes of the findings, in the order of fateWords, and of one word in doctor's. where is the place of one that is not fixed.
func fates(outcomes []change.Outcome, headed bool, where func(*change.Outcome) string) (all []fate) {
	for i := range outcomes {
		f, shown := fateOf(outcomes[i], headed)
		if !shown {
			continue
		}
		if f.word != "fixed" {
			if at := where(&outcomes[i]); at != "" {
				f.text += "; where: " + at
			}
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b fate) int {
		return cmp.Compare(slices.Index(fateWords, a.word), slices.Index(fateWords, b.word))
	})
	return all
}

// about is the workload and the role that an outcome is about; a Dockerfile is of no role.
func about(o *change.Outcome) string {
	if role := o.About(); role != "" {
		return o.Title + ", " + string(role)
	}
	return o.Title
}

// fateOf is what becomes of a finding; shown is false for one that is fixed where headings name it.
func fateOf(o change.Outcome, headed bool) (f fate, shown bool) {
	code := o.Finding.Code
	if parts := strings.Join(o.Finding.Parts, ","); parts != "" {
		code += "/" + parts
	}
	who := fmt.Sprintf("%s: %s: ", about(&o), code)
	switch {
	case o.Fate == change.Manual:
		text := who + o.Finding.Summary
		if o.Why != "" && o.Why != o.Finding.Message {
			text += "; not changed: " + o.Why
		}
		return fate{"manual", text}, true
	case o.Fate == change.Partly && o.Submit:
		return fate{"partly", who + o.Finding.Summary + "; the settings belong to the command that submits the application"}, true
	case o.Fate == change.Partly:
		return fate{"partly", who + o.Why}, true
	case o.Fate == change.Submit:
		return fate{"submit", who + o.Finding.Summary}, true
	}
	return fate{"fixed", who + o.Finding.Summary}, !headed
}
