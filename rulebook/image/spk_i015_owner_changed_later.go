package image

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func ownerChangedLater() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I015", Name: "owner-changed-later", Level: rule.Warning, Area: rule.Image,
		Doc: rule.Doc{
			Title: "chown -R or chmod -R stores a folder twice",
			Why: "A layer that changes the owner or the mode of a file holds the whole file once more. chown -R of Spark's folder adds its 400 MB a second time, " +
				"and each node pulls both.",
			Remedy:  "set the owner where files are brought: COPY --chown=185:0, or chown in the same RUN",
			Since:   "0.1.0",
			Sources: []string{"OCI: image-spec, layer.md, changes of attributes", "Docker: Dockerfile reference, COPY --chown and --chmod"},
		},
		Build: built(rule.Warning, func(b *build) {
			for _, i := range b.FinalInstructions() {
				if i.Keyword == "run" && !slices.ContainsFunc(i.Commands, makesFiles) {
					for n := range i.Commands {
						b.changesOwner(i, &i.Commands[n])
					}
				}
			}
		}),
	}
}

// makesFiles says that a command may bring files, whose owner can be changed in the same layer.
func makesFiles(c dockerfile.Command) bool {
	return !slices.Contains([]string{"chown", "chmod", "chgrp", "useradd", "groupadd", "adduser", "addgroup", "usermod", "mkdir", "echo", "ls", "true", "set", "id", "rm", "ln", "test", "["}, c.Name())
}

func (b *build) changesOwner(i *dockerfile.Instruction, c *dockerfile.Command) {
	if c.Name() != "chown" && c.Name() != "chmod" && c.Name() != "chgrp" || !slices.ContainsFunc(c.Words[1:], func(w dockerfile.Word) bool {
		return w.Text == "--recursive" || strings.HasPrefix(w.Text, "-") && !strings.HasPrefix(w.Text, "--") && strings.Contains(w.Text, "R")
	}) {
		return
	}
	operands := c.Operands(1)
	if len(operands) < 2 {
		return
	}
	what := operands[0].Text
	copies, known := b.copiesBelow(i, operands[1:])
	f := finding{at: c.Start(), message: c.Name() + " -R in a separate layer stores every file below %s a second time", args: []any{operands[1].Text}, summary: "set the owner with COPY --chown, or in the RUN that makes the files"}
	if c.Name() == "chmod" {
		f.summary = "set the mode with COPY --chmod, or in the RUN that makes the files"
	}
	flag := map[string]string{"chown": "chown", "chmod": "chmod"}[c.Name()]
	octal := c.Name() != "chmod" || strings.Trim(what, "01234567") == ""
	switch first := before(i); {
	case known && len(copies) > 0 && c.Separate && flag != "" && octal && len(c.Words) == len(operands)+2 && (flag == "chmod" || b.owner(&what, copies[0])):
		for _, one := range copies {
			at := dockerfile.Place{Line: one.First, Column: one.Column + len(one.Keyword)}
			f.changes = append(f.changes, b.Spliced(dockerfile.Splice{From: at, To: at, Text: " --" + flag + "=" + what})...)
		}
		f.changes = append(f.changes, dockerfile.Remove(i.First, i.Last))
	case first != nil && first.Keyword == "run" && slices.ContainsFunc(first.Commands, makesFiles):
		f.changes = b.joined(first, i)
	}
	b.report(f)
}

// chownOwner is what chown and COPY --chown understand alike: user and group.
var chownOwner = regexp.MustCompile(`^([A-Za-z0-9_-]+)(?::([A-Za-z0-9_-]+))?$`)

// owner says whether COPY --chown knows an owner at an instruction: a number, or a name that the image has by then. Without a group chown
// keeps root's, and COPY --chown would take another.
func (b *build) owner(what *string, at *dockerfile.Instruction) bool {
	m := chownOwner.FindStringSubmatch(*what)
	if m == nil {
		return false
	}
	if m[2] == "" {
		*what += ":0"
	}
	for _, name := range m[1:] {
		if strings.Trim(name, "0123456789") == "" || name == "root" || name == "spark" && baseOf(b.Image(at.Stage)).user == "185" {
			continue
		}
		made := false
		for _, i := range at.Stage.Instructions {
			if i == at {
				break
			}
			made = made || slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool {
				return (strings.HasPrefix(c.Name(), "user") || strings.HasPrefix(c.Name(), "group") || strings.HasPrefix(c.Name(), "add")) && c.Text(len(c.Words)-1) == name
			})
		}
		if !made {
			return false
		}
	}
	return true
}

// copiesBelow are the COPY and ADD in front of an instruction whose files are below some paths. known says that nothing else can have
// brought files there: no RUN names the paths, and the image does not have them.
func (b *build) copiesBelow(i *dockerfile.Instruction, paths []dockerfile.Word) (copies []*dockerfile.Instruction, known bool) {
	known = true
	dir, covered := "", map[string]bool{}
	of := baseOf(b.Image(i.Stage))
	for _, one := range i.Stage.Instructions {
		if one == i {
			break
		}
		switch one.Keyword {
		case "workdir":
			if len(one.Args) == 1 {
				dir = b.Expand(one.Args[0], one)
				// It makes the folder as root's, and nothing but chown changes that.
				known = known && !slices.ContainsFunc(paths, func(w dockerfile.Word) bool { return below(dir, b.Expand(w.Text, i)) })
			}
		case "copy", "add":
			target := b.Expand(one.Target(), one)
			if !path.IsAbs(target) {
				target = path.Join(dir, target)
			}
			for _, w := range paths {
				switch whole := b.Expand(w.Text, i); {
				case below(target, whole):
					covered[whole] = true
					known = known && one.Flag("chown") == "" && one.Flag("chmod") == "" && (one.Keyword == "copy" || !slices.ContainsFunc(one.Sources(), isArchive))
					if !slices.Contains(copies, one) {
						copies = append(copies, one)
					}
				case below(whole, target): // it may bring files there, too
					known = false
				}
			}
		case "run":
			known = known && !slices.ContainsFunc(one.Commands, func(c dockerfile.Command) bool {
				return slices.ContainsFunc(c.Words, func(w dockerfile.Word) bool {
					return slices.ContainsFunc(paths, func(p dockerfile.Word) bool { return strings.Contains(w.Text, p.Text) })
				})
			}) && one.Unread == ""
		}
	}
	for _, w := range paths {
		text := b.Expand(w.Text, i)
		if !covered[text] || !of.root && of.user == "" || inBase.MatchString(text) { // the base may have files there
			known = false
		}
		if b.Below(i.Stage) != nil || dockerfile.SparkImage(b.Image(i.Stage)) && (below(text, "/opt/spark") || below("/opt/spark", text)) || !path.IsAbs(text) {
			known = false
		}
	}
	return copies, known
}

// inBase are folders that images have.
var inBase = regexp.MustCompile(`^/(?:[^/]*|(?:usr|etc|var|lib|bin|home)(?:/[^/]*)?|opt/(?:java|conda|bitnami)(?:/.*)?)/?$`)

// below says that a path is another one, or lies in it.
func below(inner, outer string) bool {
	inner, outer = path.Clean(inner), path.Clean(outer)
	return inner == outer || strings.HasPrefix(inner, strings.TrimSuffix(outer, "/")+"/")
}
