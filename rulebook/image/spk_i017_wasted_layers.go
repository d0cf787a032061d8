package image

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func wastedLayers() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I017", Name: "wasted-layers", Level: rule.Warning, Area: rule.Image,
		Doc: rule.Doc{
			Title: "A layer removes files that the layers below keep",
			Why: "A layer never changes the layers below it. A RUN that removes what an earlier RUN or COPY brought only hides these files: nodes pull them all the same. " +
				"Related commands in several RUNs also make more layers than needed.",
			Remedy:  "remove files in the RUN that makes them, and put related commands into one RUN",
			Levels:  "a suggestion where related commands stand in several RUNs",
			Since:   "0.1.0",
			Sources: []string{"OCI: image-spec, layer.md, Whiteouts", "Docker: Building best practices, RUN", "hadolint: DL3059"},
		},
		Build: built(rule.Warning, func(b *build) {
			for _, i := range b.FinalInstructions() {
				if i.Keyword != "run" || len(i.Commands) == 0 {
					continue
				}
				switch {
				case onlyRemoves(i):
					b.removesLater(i)
				case related(i, next(i)) && b.joined(i, next(i)) != nil:
					second := next(i)
					changes := b.together(i, second)
					if changes == nil {
						changes = b.joined(i, second)
					}
					b.report(finding{at: second.Start(), level: rule.Advice, message: "this RUN goes on with the work of the RUN in front of it, in a separate layer",
						summary: "put related commands into one RUN", changes: changes})
				}
			}
		}),
	}
}

// onlyRemoves says that a RUN does nothing but remove files.
func onlyRemoves(i *dockerfile.Instruction) bool {
	removed := false
	for n := range i.Commands {
		c := &i.Commands[n]
		switch {
		case c.Name() == "rm", isApt(c, "clean", "autoclean", "autoremove", "purge", "remove"), c.Has("clean") && slices.Contains([]string{"yum", "dnf", "microdnf", "conda", "mamba"}, c.Name()),
			c.Name() == "find" && c.Has("-delete"), c.Text(0) == "pip" && c.Text(1) == "cache":
			removed = true
		case c.Name() == "true", c.Name() == "echo", c.Name() == "sync":
		default:
			return false
		}
	}
	return removed
}

// removesLater tells of a RUN that only removes files. One of which an earlier RUN removes all goes away.
func (b *build) removesLater(i *dockerfile.Instruction) {
	f := finding{at: i.Start(), message: "this RUN only removes files; the layers below keep them, and the image becomes no smaller", summary: "remove the files in the RUN that makes them"}
	switch first := before(i); {
	case b.removedBefore(i):
		f.message, f.summary = "this RUN removes only what an earlier RUN already removed", "remove this RUN"
		f.changes = []dockerfile.Change{dockerfile.Remove(i.First, i.Last)}
	case first != nil:
		f.changes = b.joined(first, i)
	}
	b.report(f)
}

// removedBefore says that every file which a RUN removes was removed by the RUN in front of it, with nothing between them that brings files.
func (b *build) removedBefore(i *dockerfile.Instruction) bool {
	other := before(i)
	for other != nil && !slices.Contains([]string{"run", "copy", "add"}, other.Keyword) {
		other = before(other)
	}
	if other == nil || other.Keyword != "run" || !joinable(other) {
		return false
	}
	for n := range i.Commands {
		c := &i.Commands[n]
		if isApt(c, "clean") || c.Name() == "true" {
			continue // nothing is left of it in images of Debian and Ubuntu
		}
		if c.Name() != "rm" {
			return false
		}
		for _, w := range c.Operands(1) {
			if !removedBy(other, w.Text) {
				return false
			}
		}
	}
	return true
}

// removedBy says that the end of a RUN removes a path, in the same words.
func removedBy(i *dockerfile.Instruction, path string) bool {
	for n := len(i.Commands) - 1; n >= 0; n-- {
		c := &i.Commands[n]
		if c.Name() != "rm" && !isApt(c, "clean") && c.Name() != "chown" && c.Name() != "chmod" {
			return false
		}
		if c.Name() == "rm" && slices.ContainsFunc(c.Operands(1), func(w dockerfile.Word) bool { return strings.TrimSuffix(w.Text, "/") == strings.TrimSuffix(path, "/") }) {
			return true
		}
	}
	return false
}

// kinds are commands that do related work.
var kinds = map[string]string{"apt-get": "apt", "apt": "apt", "apk": "apk", "yum": "yum", "dnf": "yum", "pip": "pip", "pip3": "pip", "conda": "conda", "mamba": "conda",
	"curl": "fetch", "wget": "fetch", "tar": "fetch", "unzip": "fetch", "mv": "fetch", "ln": "fetch", "mkdir": "fetch", "chmod": "fetch", "rm": "fetch"}

// related says that two RUNs do work of one kind.
func related(first, second *dockerfile.Instruction) bool {
	if second == nil || second.Keyword != "run" || len(second.Commands) == 0 || onlyRemoves(second) {
		return false
	}
	kind := kindOf(first)
	return kind != "" && kind == kindOf(second)
}

// kindOf is the kind of work that all commands of a RUN do; "" where they do several.
func kindOf(i *dockerfile.Instruction) (kind string) {
	for n := range i.Commands {
		c := &i.Commands[n]
		one := kinds[c.Name()]
		if one == "" {
			return ""
		}
		if c.Name() == "rm" && kind != "" {
			continue
		}
		if kind != "" && kind != one {
			return ""
		}
		kind = one
	}
	return kind
}
