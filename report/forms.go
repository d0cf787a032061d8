package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"k8s.io/client-go/util/jsonpath"
)

// shown lists the findings that a form for people shows: all but advice, which is shown when it is asked for.
func (r *Report) shown(o Options) (findings []Finding, hidden int) {
	for _, f := range r.Findings {
		if !o.shows(f.Level) {
			hidden++
			continue
		}
		findings = append(findings, f)
	}
	return findings, hidden
}

// names writes each object with a finding once, a line each, as kubectl's -o name does.
func (r *Report) names(w io.Writer, o Options) error {
	b := bufio.NewWriter(w)
	seen := map[string]bool{}
	findings, _ := r.shown(o)
	for _, f := range findings {
		for _, p := range f.placed() {
			name := p.Subject.String()
			if !seen[p.Subject.Namespace+"/"+name] {
				seen[p.Subject.Namespace+"/"+name] = true
				b.WriteString(name + "\n")
			}
		}
	}
	return b.Flush()
}

// parsePath reads a template as kubectl does: braces and the dot in front may be left out.
func parsePath(template string) (*jsonpath.JSONPath, error) {
	text := strings.TrimSpace(template)
	if text == "" {
		return nil, fmt.Errorf("--output=%s: a template is expected behind it (jsonpath={.findings[*].code})", jsonPath)
	}
	if !strings.ContainsAny(text, "{}") {
		text = "{." + strings.TrimPrefix(text, ".") + "}"
	}
	path := jsonpath.New("report").AllowMissingKeys(true)
	if err := path.Parse(text); err != nil {
		return nil, fmt.Errorf("--output=%s%s: %w", jsonPath, template, err)
	}
	return path, nil
}

// path writes what a JSONPath template finds in the report's JSON form.
func (r *Report) path(w io.Writer, template string) error {
	path, err := parsePath(template)
	if err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	if err := path.Execute(w, value); err != nil {
		return fmt.Errorf("--output=%s%s: %w", jsonPath, template, err)
	}
	return nil
}

// markdown writes the report for a pull request or a job's summary: the verdict, then a table a workload.
func (r *Report) markdown(w io.Writer, o Options) error {
	b := bufio.NewWriter(w)
	s := r.Summary
	fmt.Fprintf(b, "## Spark: %s, %s, %s in %s\n", count(s.Error, "error", "errors"), count(s.Warning, "warning", "warnings"), count(s.Advice, "suggestion", "suggestions"), looked(s))
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
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", f.Level.Word(), f.Code, inCell(says(f)), inCell(mends(f)))
		}
	}
	if hidden > 0 {
		fmt.Fprintf(b, "\n%s not shown (--all).\n", count(hidden, "suggestion is", "suggestions are"))
	}
	for _, l := range r.Coverage.LeftOut {
		fmt.Fprintf(b, "\nLeft out: %s.\n", inCell(l.Reason))
	}
	for _, n := range r.Coverage.NotChecked {
		fmt.Fprintf(b, "\nNot checked: %s.\n", inCell(n.String()))
	}
	for _, m := range r.Coverage.Missing {
		fmt.Fprintf(b, "\nNot read: %s %s %s.\n", inCell(m.Verb), inCell(m.Resource), inCell(m.Reason))
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

func mends(f Finding) string { return strings.Join(f.summaries(), "; ") }

// inCell keeps text in its cell and from being markup: what came from a cluster was written by anybody.
func inCell(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "#", "\\#", "@", "&#64;", "\n", " ").Replace(s)
}
