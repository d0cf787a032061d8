package plugin

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/made"
	"github.com/kubectl-spark/kubectl-spark/change/naming"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/plugin/applying"
	"github.com/kubectl-spark/kubectl-spark/plugin/safe"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/terminal"
)

// fixFormats are the forms in which fix shows changes.
func fixFormats() []string {
	return []string{"diff", "yaml", "conf", "patch", "kustomize", "helm-values"}
}

// written is how much of a difference is gathered before it is written, in bytes.
const written = 64 << 10

// show gives what would change, in the form that was asked for; of a long difference it writes what comes before. masked says that secrets
// are hidden in it.
func (o *fixOptions) show(planned *change.Set) (out []byte, masked bool, err error) {
	var b bytes.Buffer
	p := safe.To(o.Out, len(o.Names) > 0, o.showSecrets)
	if slices.Contains([]string{"patch", "kustomize", "helm-values"}, o.output) {
		out, err := applying.Patches(o.Session, planned, o.output, p)
		return out, p.Masked, err
	}
	var ordered []change.Outcome // as doctor shows their findings
	if o.headed() {
		_, ordered = diagnosis.Fixed(planned, o.showSecrets)
	}
	names := naming.Of(planned.Files())
	for i, f := range planned.Files() {
		switch o.output {
		case "diff":
			differs := p.Diff(func(hide func([]byte) []byte) iter.Seq[string] { return planned.Headed(names.Name(f), f, hide) })
			if o.headed() {
				b.WriteString(o.heading(f.Name, change.FixedIn(f, ordered), func(of *change.Outcome) []string { return of.Done(f, o.showSecrets) }))
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

// heading says what was changed in a file, a line for each change, in lines of the terminal's width.
func (o *fixOptions) heading(name string, fixed []change.Outcome, lines func(*change.Outcome) []string) string {
	var b strings.Builder
	display := o.display(o.output)
	b.WriteString(report.Heading(clean.FileName(name), display.Color) + "\n")
	said := map[string]bool{}
	for i := range fixed {
		for _, text := range siblings(lines(&fixed[i])) {
			head := "  " + fixed[i].Finding.Code + "  "
			text = fmt.Sprintf("%s%s: %s", clean.Line(fixed[i].Title), role(&fixed[i]), clean.Line(text))
			if said[head+text] {
				continue
			}
			said[head+text] = true
			for _, line := range report.Wrap(text, report.Width(display.Width)-len(head)) {
				b.WriteString(head + line + "\n")
				head = strings.Repeat(" ", len(head))
			}
		}
	}
	if display.ASCII {
		return layout.ASCII(b.String())
	}
	return b.String()
}

// siblings makes one line of changes of fields that stand in the same field: PATH.a 1 (new), b 2 (new).
func siblings(lines []string) (all []string) {
	parent := ""
	for _, line := range lines {
		path, change, _ := strings.Cut(line, " ")
		at := strings.LastIndexByte(path, '.') + 1
		if last := len(all) - 1; at > 0 && path[:at] == parent && strings.HasPrefix(path, "spec.") {
			all[last] += ", " + path[at:] + " " + change
			continue
		}
		all, parent = append(all, line), path[:at]
	}
	return all
}

// fate is what becomes of a finding: a word for it, its workload, and of which finding and why.
type fate struct{ word, title, text string }

// masks hides secrets in texts of which many are the same: those that it knows. A nil one hides nothing.
type masks map[string]string

// mostMasks is how many texts are known.
const mostMasks = 1000

func (m masks) text(text string) string {
	if m == nil {
		return text
	}
	hidden, known := m[text]
	if !known {
		if len(m) == mostMasks {
			clear(m)
		}
		hidden = mask.Message(text)
		m[text] = hidden
	}
	return hidden
}

// fateWords are in the order in which fix shows them: what was edited, what is manual, what belongs to the command that submits.
var fateWords = []string{"fixed", "partly", "manual", "submit"}

// fates are what becomes of the findings, in the order of fateWords, and of one word in doctor's. where is the place of one that is not fixed.
func (o *fixOptions) fates(outcomes []change.Outcome, headed bool, where func(*change.Outcome) string) (all []fate) {
	said := map[*made.Change][]string{} // what was changed in one of many alike
	for i := range outcomes {
		did := func() []string {
			one := &outcomes[i]
			if len(one.Did) == 0 {
				return one.Done(nil, o.showSecrets)
			}
			lines, known := said[&one.Did[0]]
			if !known {
				lines = one.Done(nil, o.showSecrets)
				said[&one.Did[0]] = lines
			}
			return lines
		}
		for _, f := range fatesOf(&outcomes[i], headed, did) {
			if f.word != "fixed" {
				if at := where(&outcomes[i]); at != "" {
					f.text += "; where: " + at
				}
			}
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b fate) int {
		return cmp.Compare(slices.Index(fateWords, a.word), slices.Index(fateWords, b.word))
	})
	return all
}

// role is the role that an outcome is about, behind a comma; a Dockerfile is of none.
func role(o *change.Outcome) string {
	if role := o.About(); role != "" {
		return ", " + string(role)
	}
	return ""
}

// fatesOf is what becomes of a finding: what was changed, a line for each change, where no headings say so, and what is left of it.
func fatesOf(o *change.Outcome, headed bool, did func() []string) (all []fate) {
	code := o.Finding.Code
	if parts := strings.Join(o.Finding.Parts, ","); parts != "" {
		code += "/" + parts
	}
	who := role(o) + ": " + code + ": "
	say := func(word, text string) { all = append(all, fate{word, o.Title, who + text}) }
	if !headed && (o.Fate == change.Fixed || o.Fate == change.Partly) {
		for _, line := range did() {
			say("fixed", line)
		}
	}
	switch {
	case o.Fate == change.Manual:
		text := o.Finding.Summary
		if o.Why != "" && o.Why != o.Finding.Message {
			text += "; not changed: " + o.Why
		}
		say("manual", text)
	case o.Fate == change.Partly && o.Submit:
		say("partly", o.Finding.Summary+"; the settings belong to the command that submits the application")
	case o.Fate == change.Partly:
		say("partly", o.Why)
	case o.Fate == change.Submit:
		say("submit", o.Finding.Summary)
	}
	return all
}
