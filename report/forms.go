package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report/printers"
)

// shown lists the findings that a form for people shows, and counts the others: those of lower levels than are asked for.
func (r *Report) shown(o Options) (findings []Finding, hidden Counts) {
	for _, f := range r.Findings {
		if !o.shows(f.Level) {
			hidden.Add(f.Level)
			continue
		}
		findings = append(findings, f)
	}
	return findings, hidden
}

// names are the objects with a finding that is shown. A file that holds no object is named as it was given.
func (r *Report) names(o Options) (all []printers.Name) {
	findings, _ := r.shown(o)
	for _, f := range findings {
		for _, p := range f.placed() {
			name := printers.Name{APIVersion: p.Subject.APIVersion, Kind: p.Subject.Kind, Name: p.Subject.Name}
			if p.Subject.Kind == "File" {
				name.Kind = ""
			}
			all = append(all, name)
		}
	}
	return all
}

// markdown writes the report for a pull request or a job's summary: the verdict, then a table a workload.
func (r *Report) markdown(w io.Writer, o Options) error {
	b := bufio.NewWriter(w)
	s := r.Summary
	fmt.Fprintf(b, "## Spark: %s, %s, %s in %s\n", Count(s.Error, "error", "errors"), Count(s.Warning, "warning", "warnings"), Count(s.Advice, "suggestion", "suggestions"), scopeText(s))
	findings, hidden := r.shown(o)
	all := Report{Findings: findings}
	groups, names := all.groups()
	for _, name := range names {
		about := r.find(name)
		fmt.Fprintf(b, "\n### %s\n\n", inCell(name))
		if about.Launcher != "" {
			version := ""
			if about.Spark != "" {
				version = ", Spark " + about.Spark
			}
			fmt.Fprintf(b, "%s %s%s%s\n\n", inCell(about.Launcher), inCell(about.Kind), inCell(version), inCell(prefixed(", ", about.Guess)))
		}
		b.WriteString("| | code | finding | fix |\n|---|---|---|---|\n")
		for _, f := range groups[name] {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", f.Level.Word(), f.Code, inCell(says(f)), fixCell(f))
		}
	}
	if hidden.all() > 0 {
		fmt.Fprintf(b, "\nNot shown: %s (--all).\n", hidden)
	}
	for _, l := range r.Coverage.LeftOut {
		fmt.Fprintf(b, "\nLeft out: %s.\n", inCell(l.Reason))
	}
	for _, n := range r.Coverage.NotChecked {
		fmt.Fprintf(b, "\nNot checked: %s.\n", inCell(n.String()))
	}
	for _, line := range r.Reasons() {
		fmt.Fprintf(b, "\nNot checked: %s.\n", inCell(line))
	}
	if r.Limits != "" {
		fmt.Fprintf(b, "\nSelected by %s.\n", inCell(r.Limits))
	}
	return b.Flush()
}

func says(f Finding) string {
	text := strings.Join(f.messages(), "; ")
	if where := f.files(); where != "" {
		text += " (" + where + ")"
	}
	return text
}

// fixCell is what fixes a finding, and below it why that is not made.
func fixCell(f Finding) string {
	lines := f.notMade()
	if fix := strings.Join(f.summaries(), "; "); fix != "" {
		lines = append([]string{fix}, lines...)
	}
	for i := range lines {
		lines[i] = inCell(lines[i])
	}
	return strings.Join(lines, "<br>")
}

// inCell keeps text in its cell and from being markup: what came from a cluster was written by anybody.
func inCell(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "#", "\\#", "@", "&#64;", "\n", " ").Replace(s)
}
