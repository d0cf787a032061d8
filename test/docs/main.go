// Command docs writes the rule index (what each rule finds, why, and what is injected per profile), with -commands the reference
// of the commands, or with -formulas the table of the formulas by which tune recommends from runs.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func main() {
	out := flag.String("o", "README.md", "the file to write")
	reference := flag.Bool("commands", false, "the reference of the commands")
	explained := flag.Bool("formulas", false, "the formulas of tune")
	flag.Parse()
	write := func() (string, error) {
		set, err := rulebook.New()
		if err != nil {
			return "", err
		}
		return index(set), nil
	}
	switch {
	case *reference:
		write = func() (string, error) { return commands(), nil }
	case *explained:
		write = func() (string, error) { return formulas(), nil }
	}
	text, err := write()
	if err == nil {
		err = os.WriteFile(*out, []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func index(set *rule.Set) string {
	var b strings.Builder
	b.WriteString("# Rules\n\nGenerated from the rules by `go generate ./rulebook`. `kubectl spark explain CODE` prints the same.\n\n")
	b.WriteString("| code | level | what it finds | injected |\n|---|---|---|---|\n")
	for _, r := range set.Rules() {
		injected := "no"
		if r.Admit {
			injected = "yes"
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", r.Code, strings.ToLower(r.Code), r.Level.Word(), r.Doc.Title, injected)
	}
	b.WriteString("\n## What is injected, per profile\n\nEach profile holds what the one before it does; `want` names what is applied only when asked for.\n\n| part | roles | profile | what is set |\n|---|---|---|---|\n")
	for _, r := range set.Rules() {
		for _, p := range r.Parts {
			if r.Admit {
				fmt.Fprintf(&b, "| %s/%s | %s | %s | %s |\n", r.Code, p.Name, roles(r, p.Roles), p.Profile, p.Says)
			}
		}
	}
	b.WriteString("\n## Why an edit is refused\n\n| word | meaning |\n|---|---|\n")
	for _, word := range slices.Sorted(maps.Keys(rule.Reasons())) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", word, rule.Reasons()[word])
	}
	b.WriteString("\n## To accept a finding\n\nSet an annotation on the object, or on its pods. `until` is the last day on which it is valid, and may be left out:\n\n" +
		"```yaml\nmetadata:\n  annotations:\n    " + rule.Prefix + "ignore.SPK-P034: \"small on purpose, until=2027-01-31\"\n```\n\n" +
		"`doctor` counts the finding as suppressed, with the reason in `-o json`, and `fix` changes nothing for it. After the last day both say so, and the finding is back.\n")
	for _, r := range set.Rules() {
		fmt.Fprintf(&b, "\n## %s\n\n**%s** (%s, %s, since %s)\n\n%s\n\nWhat to do: %s.\n", r.Code, r.Doc.Title, r.Name, r.Level.Word(), r.Doc.Since, r.Doc.Why, r.Doc.Remedy)
		if r.Doc.Levels != "" {
			fmt.Fprintf(&b, "\nLevel: %s, %s.\n", r.Level.Word(), r.Doc.Levels)
		}
		if facts := report.Facts(r); facts != "" {
			fmt.Fprintf(&b, "\nFacts: %s.\n", facts)
		}
		b.WriteString("\nSources:\n")
		for _, s := range r.Doc.Sources {
			fmt.Fprintf(&b, "- %s\n", s)
		}
	}
	return b.String()
}

func roles(r *rule.Rule, of spark.Roles) string {
	if of == nil {
		of = r.Roles
	}
	if of == nil {
		return "all"
	}
	var names []string
	for _, role := range of {
		names = append(names, string(role))
	}
	return strings.Join(names, ", ")
}
