package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// commands writes the reference of all commands: what --help says of each, in one page.
func commands() string {
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, ErrOut: &bytes.Buffer{}}
	root := plugin.New(streams, rulebook.New, "")
	var b strings.Builder
	b.WriteString("# Commands\n\nGenerated from the commands by `go generate ./plugin`; `--help` says the same. The flags by which kubectl chooses a cluster\n" +
		"(`--context`, `--namespace`, `--as`, ...) go with every command that opens a connection: `kubectl spark options` lists them.\n\n")
	var all []*cobra.Command
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden || c.Name() == "help" || shellOnly(c.Name()) {
			return
		}
		all = append(all, c)
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(root)
	for _, c := range all[1:] {
		fmt.Fprintf(&b, "- [%s](#%s): %s\n", c.CommandPath(), strings.ReplaceAll(c.CommandPath(), " ", "-"), c.Short)
	}
	for _, c := range all[1:] {
		fmt.Fprintf(&b, "\n## %s\n\n", c.CommandPath())
		text := c.Long
		if text == "" {
			text = c.Short + "."
		}
		b.WriteString(listed(text) + "\n```\n" + c.UseLine() + "\n```\n")
		if c.Example != "" {
			b.WriteString("\n```\n" + strings.Trim(c.Example, "\n") + "\n```\n")
		}
		own := pflag.NewFlagSet(c.Name(), pflag.ContinueOnError)
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" {
				own.AddFlag(f)
			}
		})
		for _, section := range flags.Sections(own) {
			b.WriteString("\n" + section.Heading + ":\n\n```\n" + section.Flags.FlagUsages() + "```\n")
		}
	}
	return b.String()
}

// listed is the text of a command with its items as a list.
func listed(text string) string {
	text = regexp.MustCompile(`(?m)^  (\S)`).ReplaceAllString(strings.TrimSpace(text), "- $1")
	text = regexp.MustCompile(`(?m)^    (\S)`).ReplaceAllString(text, "  $1")
	return regexp.MustCompile(`(?m)^([^- ].*\n)- `).ReplaceAllString(text, "$1\n- ") + "\n"
}

// shellOnly names cobra's own commands, one a shell.
func shellOnly(name string) bool {
	return name == "bash" || name == "zsh" || name == "fish" || name == "powershell"
}
