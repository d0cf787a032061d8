package image

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// outlasting are commands that change what runs behind them in one shell, and would change more in a longer one.
var outlasting = []string{"cd", "export", "set", "source", ".", "unset", "exit", "pushd", "trap", "umask"}

// joinable says that a RUN is a chain of commands that another one can follow in the same shell.
func joinable(i *dockerfile.Instruction) bool {
	if i == nil || i.Keyword != "run" || i.JSON || i.Heredoc || i.Unread != "" || len(i.Commands) == 0 {
		return false
	}
	return !slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool { return !c.Chained || slices.Contains(outlasting, c.Name()) })
}

// together makes one RUN of two that install packages of apt: the packages of the second are installed with those of the first, for
// one update. nil where they do more, or have other options.
func (b *build) together(first, second *dockerfile.Instruction) []dockerfile.Change {
	one, two := install(first), install(second)
	if one == nil || two == nil || next(first) != second || !slices.Equal(first.Flags, second.Flags) || !joinable(first) || !joinable(second) {
		return nil
	}
	for _, c := range second.Commands {
		if !isApt(&c, "update", "install", "clean") && !(c.Name() == "rm" && strings.HasPrefix(c.Text(2), aptLists)) {
			return nil
		}
	}
	for _, w := range two.Words[1:] {
		if strings.HasPrefix(w.Text, "-") && !slices.Contains([]string{"-y", "--yes", "-qq", "-q", "--no-install-recommends"}, w.Text) {
			return nil
		}
	}
	names := ""
	for _, w := range packages(two, "install") {
		names += " " + w.Text
	}
	end := one.End()
	return append(b.Spliced(dockerfile.Splice{From: end, To: end, Text: names}), dockerfile.Remove(second.First, second.Last))
}

// install is the command of a RUN that installs packages of apt; nil where there is none, or several.
func install(i *dockerfile.Instruction) (c *dockerfile.Command) {
	for n := range i.Commands {
		if isApt(&i.Commands[n], "install") {
			if c != nil {
				return nil
			}
			c = &i.Commands[n]
		}
	}
	return c
}

// joined makes one RUN of two, one behind the other; the comments between them stay. nil where that may change what they do.
func (b *build) joined(first, second *dockerfile.Instruction) []dockerfile.Change {
	if !joinable(first) || !joinable(second) || !slices.Equal(first.Flags, second.Flags) || next(first) != second {
		return nil
	}
	end := b.Behind(first, " \\")
	changes := b.Spliced(end)
	for line := first.Last + 1; line < second.First; line++ { // an empty line would end the instruction in old builders
		if strings.TrimSpace(b.Lines[line-1]) == "" {
			changes = append(changes, dockerfile.Remove(line, line))
		}
	}
	start := second.Commands[0].Start()
	line := b.Lines[start.Line-1]
	changes = append(changes, dockerfile.Change{First: second.First, Last: start.Line, Lines: []string{"    && " + line[start.Column-1:]}})
	return changes
}
