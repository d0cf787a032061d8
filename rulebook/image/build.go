package image

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// build is one rule at one Dockerfile.
type build struct {
	*dockerfile.File
	level rule.Level
	found []rule.Finding
}

// built makes of a check of Dockerfiles what a rule holds. level is that of its findings, where they do not say another.
func built(level rule.Level, check func(*build)) func(*rule.Input) []rule.Finding {
	return func(in *rule.Input) []rule.Finding {
		file, known := rule.Known(&in.Facts, dockerfile.Fact)
		if !known {
			return nil
		}
		b := &build{File: file, level: level}
		check(b)
		return b.found
	}
}

// finding is one that is about to be reported.
type finding struct {
	at       dockerfile.Place
	level    rule.Level // "": that of the rule
	message  string
	args     []any
	summary  string
	observed string
	needed   string
	changes  []dockerfile.Change // nil: only people can make them
	file     string              // that the changes are for; "": the Dockerfile
}

// report makes a finding.
func (b *build) report(f finding) {
	message := fmt.Sprintf(f.message, f.args...)
	one := rule.Finding{Level: f.level, Place: rule.Place{Line: f.at.Line, Column: f.at.Column}, Message: message, Fault: f.message + f.summary, Summary: f.summary,
		Observed: f.observed, Needed: f.needed}
	if one.Level == "" {
		one.Level = b.level
	}
	if len(f.changes) > 0 {
		one.Carried, one.Edits = true, []rule.Edit{{Lines: dockerfile.Operations(f.changes), File: f.file}}
	}
	b.found = append(b.found, one)
}

// runs visits the commands of the stages that the image is made of.
func (b *build) runs(visit func(i *dockerfile.Instruction, c *dockerfile.Command)) {
	for _, i := range b.FinalInstructions() {
		for n := range i.Commands {
			visit(i, &i.Commands[n])
		}
	}
}

// isPip says whether a command is pip, and at which word it says what to do.
func isPip(c *dockerfile.Command) (at int, is bool) {
	switch name := c.Name(); {
	case name == "pip" || name == "pip3" || strings.HasPrefix(name, "pip3."):
		at = 1
	case strings.HasPrefix(name, "python") && c.Text(1) == "-m" && c.Text(2) == "pip":
		at = 3
	case name == "uv" && c.Text(1) == "pip":
		at = 2
	default:
		return 0, false
	}
	for at < len(c.Words) && strings.HasPrefix(c.Text(at), "-") {
		at++
	}
	return at, c.Text(at) == "install"
}

// isApt says whether a command is apt that does one of these.
func isApt(c *dockerfile.Command, what ...string) bool {
	return (c.Name() == "apt-get" || c.Name() == "apt" || c.Name() == "aptitude") && c.Has(what...)
}

// packages are the operands behind the word that says what to do.
func packages(c *dockerfile.Command, verbs ...string) []dockerfile.Word {
	at := c.Index(verbs...)
	if at < 0 {
		return nil
	}
	return c.Operands(at + 1)
}

// removes says whether one of an instruction's commands removes a path, or what is below it.
func removes(i *dockerfile.Instruction, path string) bool {
	return slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool {
		return c.Name() == "rm" && slices.ContainsFunc(c.Operands(1), func(w dockerfile.Word) bool { return strings.HasPrefix(w.Text, path) })
	})
}

// mounts says whether a cache is mounted over a path.
func mounts(i *dockerfile.Instruction, path string) bool {
	return slices.ContainsFunc(i.Flags, func(f string) bool {
		return strings.HasPrefix(f, "--mount=") && strings.Contains(f, "type=cache") && strings.Contains(f, path)
	})
}

// then makes an instruction run one command more, behind its others; nil where that may change whether it fails.
func (b *build) then(i *dockerfile.Instruction, command string) []dockerfile.Change {
	switch {
	case i.JSON || i.Unread != "" || hasCommand(i, "exit") || hasCommand(i, "exec"):
		return nil
	case i.Script && stopsAtFaults(i): // else the command would hide that the last one failed
		return []dockerfile.Change{dockerfile.Insert(i.Last, command)}
	case i.Heredoc || !i.Extendable:
		return nil
	}
	return b.Spliced(b.Behind(i, " "+b.Escape+"\n    && "+command))
}

// stopsAtFaults says that a script ends at the first command that fails: set -e.
func stopsAtFaults(i *dockerfile.Instruction) bool {
	return slices.ContainsFunc(i.Commands, func(c dockerfile.Command) bool {
		return c.Name() == "set" && slices.ContainsFunc(c.Words[1:], func(w dockerfile.Word) bool {
			return w.Text == "errexit" || strings.HasPrefix(w.Text, "-") && strings.Contains(w.Text, "e")
		})
	})
}

// sudo is in front of a command that needs the rights which sudo gives another one of the RUN.
func (b *build) sudo(i *dockerfile.Instruction) string {
	if slices.ContainsFunc(b.texts(i), func(line string) bool { return strings.Contains(line, "sudo ") }) {
		return "sudo "
	}
	return ""
}

// behindWord puts a text behind a word.
func (b *build) behindWord(w dockerfile.Word, text string) []dockerfile.Change {
	if w.Listed {
		return nil
	}
	return b.Spliced(dockerfile.Splice{From: w.End, To: w.End, Text: text})
}

// replaced puts a text in the place of a word.
func (b *build) replaced(w dockerfile.Word, text string) []dockerfile.Change {
	if w.Listed {
		return nil
	}
	return b.Spliced(dockerfile.Splice{From: w.Start, To: w.End, Text: text})
}

// inLine replaces a text in the first line of an instruction that has it; nil where none has.
func (b *build) inLine(i *dockerfile.Instruction, old, text string) []dockerfile.Change {
	for line := i.First; line <= i.Last; line++ {
		if at := strings.LastIndex(b.Lines[line-1], old); at >= 0 && old != "" { // the last: a keyword may have the same letters
			return []dockerfile.Change{{First: line, Last: line, Lines: []string{b.Lines[line-1][:at] + text + b.Lines[line-1][at+len(old):]}}}
		}
	}
	return nil
}

// texts are the lines of an instruction.
func (b *build) texts(i *dockerfile.Instruction) []string {
	return slices.Clone(b.Lines[i.First-1 : i.Last])
}

// next is the instruction behind one, in its stage; nil where there is none.
func next(i *dockerfile.Instruction) *dockerfile.Instruction {
	all := i.Stage.Instructions
	if at := slices.Index(all, i); at+1 < len(all) {
		return all[at+1]
	}
	return nil
}

// before is the instruction in front of one, in its stage; nil where there is none.
func before(i *dockerfile.Instruction) *dockerfile.Instruction {
	if at := slices.Index(i.Stage.Instructions, i); at > 0 {
		return i.Stage.Instructions[at-1]
	}
	return nil
}

// hasSpark says that the image has Spark from an image or an archive, and not from pip alone.
func (b *build) hasSpark() bool {
	if dockerfile.SparkImage(b.Image(b.Last())) {
		return true
	}
	versions := b.Versions()
	return slices.ContainsFunc(b.FinalInstructions(), func(i *dockerfile.Instruction) bool {
		return i.Keyword == "copy" && i.Flag("from") != "" && slices.ContainsFunc(i.Sources(), func(source string) bool { return dockerfile.SparkFolder(b.Expand(source, i)) }) ||
			slices.ContainsFunc(versions, func(v dockerfile.Named) bool { return v.By == "archive" && v.In == i })
	})
}

// mentions says that an instruction, but for one, has text of a form.
func (b *build) mentions(but *dockerfile.Instruction, form *regexp.Regexp) bool {
	return slices.ContainsFunc(b.All(), func(i *dockerfile.Instruction) bool { return i != but && b.says(i, form) })
}

// says says that an instruction has text of a form outside of comments.
func (b *build) says(i *dockerfile.Instruction, form *regexp.Regexp) bool {
	return slices.ContainsFunc(b.texts(i), func(line string) bool {
		return !strings.HasPrefix(strings.TrimSpace(line), "#") && form.MatchString(line)
	})
}
