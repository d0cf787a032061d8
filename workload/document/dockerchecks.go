package document

import (
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// checks are those of BuildKit's checks that its package dockerfile2llb makes and that need no build, with its own names and words.
func checks(file *dockerfile.File, result *parser.Result) (all []dockerfile.Warning) {
	say := func(name, text string, line int) {
		all = append(all, dockerfile.Warning{Name: name, Text: text, Line: line})
	}
	for _, w := range result.Warnings {
		if w.URL == linter.RuleNoEmptyContinuation.URL && w.Location != nil {
			say(linter.RuleNoEmptyContinuation.Name, linter.RuleNoEmptyContinuation.Format(), w.Location.Start.Line)
		}
	}
	upper, lower := 0, 0
	for _, n := range result.AST.Children {
		switch n.Value {
		case strings.ToUpper(n.Value):
			upper++
		case strings.ToLower(n.Value):
			lower++
		}
	}
	for _, n := range result.AST.Children {
		want, casing := strings.ToUpper(n.Value), "uppercase"
		if lower > upper {
			want, casing = strings.ToLower(n.Value), "lowercase"
		}
		if n.Value != want {
			say(linter.RuleConsistentInstructionCasing.Name, linter.RuleConsistentInstructionCasing.Format(n.Value, casing), n.StartLine)
		}
		switch name := strings.ToLower(n.Value); name {
		case "env", "label":
			if n.Next != nil && n.Next.Next != nil && n.Next.Next.Next != nil && n.Next.Next.Next.Value == "" {
				say(linter.RuleLegacyKeyValueFormat.Name, linter.RuleLegacyKeyValueFormat.Format(strings.ToUpper(name)), n.StartLine)
			}
		}
	}
	names := map[string]bool{}
	for _, s := range file.Stages {
		switch {
		case s.Name == "scratch" || s.Name == "context":
			say(linter.RuleReservedStageName.Name, linter.RuleReservedStageName.Format(s.Name), s.From.First)
		case s.Name != "" && names[s.Name]:
			say(linter.RuleDuplicateStageName.Name, linter.RuleDuplicateStageName.Format(s.Name), s.From.First)
		}
		names[s.Name] = true
		var last map[string]*dockerfile.Instruction
		shell := false
		for _, i := range s.Instructions {
			switch shell = shell || i.Keyword == "shell"; i.Keyword {
			case "cmd", "entrypoint":
				if !i.JSON && !shell {
					say(linter.RuleJSONArgsRecommended.Name, linter.RuleJSONArgsRecommended.Format(strings.ToUpper(i.Keyword)), i.First)
				}
				if before := last[i.Keyword]; before != nil {
					say(linter.RuleMultipleInstructionsDisallowed.Name, linter.RuleMultipleInstructionsDisallowed.Format(strings.ToUpper(i.Keyword)), before.First)
				}
				if last == nil {
					last = map[string]*dockerfile.Instruction{}
				}
				last[i.Keyword] = i
			}
		}
	}
	return all
}

var (
	sparkArchive = regexp.MustCompile(`(?i)\bspark-(?:[0-9]|\$\{?[A-Za-z_]*VERSION)|/dist/spark/|\bapache/spark\b`)
	pysparkWord  = regexp.MustCompile(`^pyspark(?:\[[a-z_,]*\])?(?:[=<>~!].*)?$`)
	sparkPath    = regexp.MustCompile(`(?:^|[\s:="])(?:\$\{?SPARK_HOME\}?|/opt/spark|/usr/local/spark)(?:[/\s:"]|$)`)
	checkMe      = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*kubectl-spark\.io/check[ \t]*$`)
)

// sparkIn says by what a Dockerfile is Spark's: its image, what it installs, where it puts files, or a comment that asks for the check.
func sparkIn(file *dockerfile.File) string {
	for _, s := range file.Stages {
		if file.Below(s) == nil && dockerfile.SparkImage(s.Base) {
			return "FROM " + s.Base
		}
	}
	for _, i := range append(file.All(), file.Args...) {
		for _, pair := range i.Pairs() {
			if strings.HasPrefix(pair.Name, "SPARK_") {
				return strings.ToUpper(i.Keyword) + " " + pair.Name
			}
		}
		for _, c := range i.Commands {
			for _, w := range c.Words {
				switch {
				case pysparkWord.MatchString(w.Text):
					return "it installs pyspark"
				case sparkArchive.MatchString(w.Text):
					return "it installs Spark"
				}
			}
		}
		if i.Keyword == "copy" || i.Keyword == "add" {
			for _, arg := range i.Args {
				if sparkArchive.MatchString(arg) || sparkPath.MatchString(arg) {
					return strings.ToUpper(i.Keyword) + " " + arg
				}
			}
		}
	}
	if checkMe.MatchString(strings.Join(file.Lines, "\n")) {
		return "a comment asks for it"
	}
	return ""
}
