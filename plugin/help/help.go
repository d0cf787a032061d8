// Package help writes the help of a command: commands and flags by what they are about, in lines of the terminal's width. Start with
// Set.
package help

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/terminal"
)

// widest is how many columns help takes at most: longer lines are hard to read.
const widest = 120

// Groups of commands in help.
const (
	aboutWorkloads = "workloads"
	aboutWebhook   = "webhook"
)

// Set gives a command and those below it this help. out is what its width is taken from.
func Set(root *cobra.Command, out io.Writer) {
	root.AddGroup(&cobra.Group{ID: aboutWorkloads, Title: "Workloads"}, &cobra.Group{ID: aboutWebhook, Title: "The webhook"})
	for _, c := range root.Commands() {
		switch c.Name() {
		case "doctor", "fix", "tune", "explain":
			c.GroupID = aboutWorkloads
		case "install", "status", "uninstall", "inject", "uninject":
			c.GroupID = aboutWebhook
		}
	}
	width := func() int { return min(report.Width(terminal.Of(out).Width), widest) }
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := fmt.Fprint(cmd.OutOrStderr(), usage(cmd, width()))
		return err
	})
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		fmt.Fprint(cmd.OutOrStdout(), paragraphs(cmp.Or(cmd.Long, cmd.Short+"."), width())+"\n"+usage(cmd, width()))
	})
}

// paragraphs breaks the text of a command at a width. Lines are joined to paragraphs. A line that begins with two blanks begins an
// item, and one with more goes on with it. A line that begins with a tab stays.
func paragraphs(text string, width int) string {
	var b strings.Builder
	block, first, rest := "", "", ""
	flush := func() {
		for _, line := range report.Wrap(block, width-len(rest)) {
			if line != "" {
				b.WriteString(first + line + "\n")
				first = rest
			}
		}
		block, first, rest = "", "", ""
	}
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		switch bare := strings.TrimLeft(line, " "); {
		case bare == "" || bare[0] == '\t':
			flush()
			b.WriteString(bare + "\n")
		case len(line) == len(bare)+2:
			flush()
			block, first, rest = bare, "  ", "    "
		case len(line) == len(bare) && rest != "":
			flush()
			block = bare
		default:
			block += " " + bare
		}
	}
	flush()
	return b.String()
}

// usage is how a command is called: its line, its examples, the commands below it, and its flags by heading.
func usage(cmd *cobra.Command, width int) string {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if cmd.Runnable() && cmd.HasParent() {
		b.WriteString("  " + cmd.UseLine() + "\n")
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("  " + cmd.CommandPath() + " [command]\n")
	}
	if cmd.HasExample() {
		b.WriteString("\nExamples:\n" + strings.Trim(cmd.Example, "\n") + "\n")
	}
	groups := cmd.Groups()
	for _, group := range append(slices.Clone(groups), &cobra.Group{}) {
		var rows []string
		for _, below := range cmd.Commands() {
			if below.GroupID == group.ID && (below.IsAvailableCommand() || below.Name() == "help") {
				rows = append(rows, row(fmt.Sprintf("  %-*s ", below.NamePadding(), below.Name()), below.Short, width))
			}
		}
		if len(rows) > 0 {
			title := cmp.Or(group.Title, "Other")
			if len(groups) == 0 {
				title = "Commands"
			}
			b.WriteString("\n" + title + ":\n" + strings.Join(rows, ""))
		}
	}
	for _, section := range flags.Sections(cmd.LocalFlags()) {
		b.WriteString("\n" + section.Heading + ":\n" + list(section.Flags, width))
	}
	if inherited := cmd.InheritedFlags(); inherited.HasAvailableFlags() {
		b.WriteString("\nThe cluster (all of these: kubectl spark options):\n" + list(inherited, width))
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\n" + cmd.CommandPath() + " COMMAND --help says more about a command.\n")
	}
	return b.String()
}

// flagLine parts what pflag writes of a flag into the flag and its text.
var flagLine = regexp.MustCompile(`^( +(?:-\w, )?--.*?) {3,}(\S.*)$`)

// list lists flags, their texts broken at the width.
func list(f *pflag.FlagSet, width int) string {
	var b strings.Builder
	for line := range strings.Lines(f.FlagUsages()) {
		line = strings.TrimRight(line, "\n")
		if parts := flagLine.FindStringSubmatch(line); parts != nil {
			line = row(strings.TrimSuffix(line, parts[2]), parts[2], width)
		}
		b.WriteString(strings.TrimRight(line, "\n") + "\n")
	}
	return b.String()
}

// leastText is how many columns a text has at least: where a name leaves less, it goes on below.
const leastText = 28

// row is a name with the column that a text begins in, and the text.
func row(name, text string, width int) string {
	indent := len(name)
	if width-indent < leastText {
		name, indent = strings.TrimRight(name, " ")+"\n"+strings.Repeat(" ", 10), 10
	}
	return name + strings.Join(report.Wrap(text, width-indent), "\n"+strings.Repeat(" ", indent)) + "\n"
}
