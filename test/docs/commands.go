package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
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
		b.WriteString(strings.TrimSpace(text) + "\n\n```\n" + c.UseLine() + "\n```\n")
		if c.Example != "" {
			b.WriteString("\n```\n" + strings.Trim(c.Example, "\n") + "\n```\n")
		}
		flags := pflag.NewFlagSet(c.Name(), pflag.ContinueOnError)
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && f.Name != "help" {
				flags.AddFlag(f)
			}
		})
		if flags.HasFlags() {
			b.WriteString("\n```\n" + flags.FlagUsages() + "```\n")
		}
	}
	return b.String()
}

// shellOnly names cobra's own commands, one a shell.
func shellOnly(name string) bool {
	return name == "bash" || name == "zsh" || name == "fish" || name == "powershell"
}
