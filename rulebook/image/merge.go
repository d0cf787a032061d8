package image

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// outlasting are commands that change what runs behind them in one shell, and would change more in a longer one.
var outlasting = []string{"cd", "export", "set", "source", ".", "unset", "exit", "pushd", "trap", "umask"}

// joinable says that a RUN is a chain of commands that another one can follow in the same shell.
func joinable(i *dockerfile.Instruction) bool {
	if i == nil || i.Keyword != "run" || i.JSON || i.Heredoc || i.Unread != "" || !i.Extendable || len(i.Commands) == 0 {
		return false
	}
	return !slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool { return !c.Chained || slices.Contains(outlasting, c.Name()) })
}

// together makes one RUN of two that install packages of apt: the packages of the second are installed with those of the first, for
// one update. nil where they do more, or have other options.
func (b *build) together(first, second *dockerfile.Instruction) []dockerfile.Change {
	one, two := install(first), install(second)
	if one == nil || two == nil || commented(b.texts(second)) || sets.MatchString(strings.Join(b.texts(second), "\n")) || next(first) != second || !slices.Equal(first.Flags, second.Flags) || !joinable(first) || !joinable(second) {
		return nil
	}
	for _, c := range second.Commands {
		if !isApt(&c, "update", "install", "clean") && !(c.Name() == "rm" && strings.HasPrefix(c.Text(2), aptLists)) {
			return nil
		}
	}
	for _, w := range packages(one, "install") { // a package that brings sources of others, which need an update of their own
		if strings.ContainsAny(w.Text, "/") || sourcePackage.MatchString(w.Text) {
			return nil
		}
	}
	for _, w := range append(slices.Clone(one.Words[1:]), two.Words[1:]...) {
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

// sourcePackage names packages that add sources of packages.
var sourcePackage = regexp.MustCompile(`repo|release|keyring|\.deb$`)

// sets is a variable in front of a command, as DEBIAN_FRONTEND=noninteractive.
var sets = regexp.MustCompile(`(?:^|\s)[A-Z_]+=\S`)

func commented(lines []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "#") })
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
	end := b.Behind(first, " "+b.Escape)
	changes := b.Spliced(end)
	for line := first.Last + 1; line < second.First; line++ { // an empty line would end the instruction in old builders
		if strings.TrimSpace(b.Lines[line-1]) == "" {
			changes = append(changes, dockerfile.Remove(line, line))
		}
	}
	start := second.Begin
	line := b.Lines[start.Line-1]
	changes = append(changes, dockerfile.Change{First: second.First, Last: start.Line, Lines: []string{"    && " + line[start.Column-1:]}})
	return changes
}
