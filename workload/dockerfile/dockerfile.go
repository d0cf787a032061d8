// Package dockerfile is the model of a Dockerfile: stages, instructions, and the shell commands of RUN, each with its line and
// column. Package workload/document reads it from text. It is pure, and links no parser, for rules run in the webhook, too.
// Start reading at File.
package dockerfile

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Fact is the Dockerfile that a subject is.
var Fact = rule.NewFact[*File]("the Dockerfile")

// File is one Dockerfile.
type File struct {
	Lines    []string       // of the text, without their ends
	Escape   string         // what continues a line: \, or ` where a directive says so
	Args     []*Instruction // in front of the first FROM
	Stages   []*Stage
	Warnings []Warning // of BuildKit's own checks
	// Spark says by what the file is Spark's; "" where it is not.
	Spark string
	// Context is what of the folder around the file is known; nil: nothing.
	Context *Context
	// ignored are the comments that ignore findings.
	ignored []ignored
}

// Context is the folder that a build is given, as far as the files beside the Dockerfile tell.
type Context struct {
	Name   string   // of the file with the patterns, as it stands or would
	Exists bool     // there is one
	Lines  int      // that it has
	Ignore []string // its patterns
}

// Warning is what one of BuildKit's checks says.
type Warning struct {
	Name, Text string
	Line       int
}

// Stage is FROM and what follows.
type Stage struct {
	Index        int
	Name         string // in lower case; "" where it has none
	From         *Instruction
	Base         string // the image or the stage, with arguments in place
	Instructions []*Instruction
}

// Instruction is one instruction. Lines are those of the file, from 1.
type Instruction struct {
	Keyword     string // in lower case
	First, Last int    // lines, with comments and here-documents between
	Column      int
	Flags       []string // --from=build
	Args        []string // words; the whole text for the shell form of RUN, CMD and ENTRYPOINT
	JSON        bool     // the arguments are a JSON list
	Heredoc     bool
	Commands    []Command // of the shell form
	Unread      string    // why the commands were not read; "" where they were
	Begin       Place     // of the shell form: where its first command begins, with variables and wrappers
	Extendable  bool      // another command can follow the last one: no comment, ; or & stands there
	Script      bool      // the commands are a here-document
	Stage       *Stage    // nil in front of the first FROM
}

// Place is a character of the file: line and column, from 1, in bytes.
type Place struct{ Line, Column int }

// Word is a word of a command, without its quotes.
type Word struct {
	Text       string
	Start, End Place // End is behind the last character
	Listed     bool  // it is of a JSON list, whose words have no places of their own
}

// Command is a simple command of a RUN.
type Command struct {
	Words []Word
	// Last says that nothing runs behind it, and Separate that it is all that the instruction runs.
	Last, Separate bool
	// Chained says that && joins it with the commands in front of it and behind it, at the outermost level.
	Chained bool
}

// Flag is the value of a flag of an instruction: --from=build; "" where it is not there.
func (i *Instruction) Flag(name string) string {
	for _, f := range i.Flags {
		if value, has := strings.CutPrefix(f, "--"+name+"="); has {
			return value
		}
	}
	return ""
}

// Sources are what COPY or ADD copies, and Target is where to.
func (i *Instruction) Sources() []string { return i.Args[:max(len(i.Args)-1, 0)] }

// Target is the last argument.
func (i *Instruction) Target() string {
	if len(i.Args) == 0 {
		return ""
	}
	return i.Args[len(i.Args)-1]
}

// Final are the stages that the image is made of, the base first: the last stage, and those that it stands on.
func (f *File) Final() (chain []*Stage) {
	if len(f.Stages) == 0 {
		return nil
	}
	for s := f.Stages[len(f.Stages)-1]; s != nil; s = f.Below(s) {
		chain = append([]*Stage{s}, chain...)
	}
	return chain
}

// Below is the stage of the file that another one begins from; nil where that is an image.
func (f *File) Below(s *Stage) *Stage {
	for i := s.Index - 1; i >= 0; i-- {
		if f.Stages[i].Name != "" && strings.EqualFold(f.Stages[i].Name, s.Base) {
			return f.Stages[i]
		}
	}
	return nil
}

// Image is the image that a stage begins from at last.
func (f *File) Image(s *Stage) string {
	for below := f.Below(s); below != nil; below = f.Below(s) {
		s = below
	}
	return s.Base
}

// Last is the last stage; nil where there is none.
func (f *File) Last() *Stage {
	if len(f.Stages) == 0 {
		return nil
	}
	return f.Stages[len(f.Stages)-1]
}

// FinalInstructions are those of the stages that the image is made of, in their order.
func (f *File) FinalInstructions() (all []*Instruction) {
	for _, s := range f.Final() {
		all = append(all, s.Instructions...)
	}
	return all
}

// All are the instructions of all stages.
func (f *File) All() (all []*Instruction) {
	for _, s := range f.Stages {
		all = append(all, s.Instructions...)
	}
	return all
}

// Text is a word of a command by its index; "" where there is none.
func (c *Command) Text(i int) string {
	if i < 0 || i >= len(c.Words) {
		return ""
	}
	return c.Words[i].Text
}

// Name is the program, without its folder.
func (c *Command) Name() string {
	name := c.Text(0)
	return name[strings.LastIndex(name, "/")+1:]
}

// Has says whether one of the words behind the program is one of these.
func (c *Command) Has(words ...string) bool {
	return c.Index(words...) > 0
}

// Index is that of the first word behind the program which is one of these; -1 where there is none.
func (c *Command) Index(words ...string) int {
	for i := 1; i < len(c.Words); i++ {
		if slices.Contains(words, c.Words[i].Text) {
			return i
		}
	}
	return -1
}

// Operands are the words from an index on that are no options.
func (c *Command) Operands(from int) (all []Word) {
	for i := from; i < len(c.Words); i++ {
		if !strings.HasPrefix(c.Words[i].Text, "-") {
			all = append(all, c.Words[i])
		}
	}
	return all
}

// Start is where the command begins.
func (c *Command) Start() Place { return c.Words[0].Start }

// End is behind its last word.
func (c *Command) End() Place { return c.Words[len(c.Words)-1].End }

// Start is where an instruction begins.
func (i *Instruction) Start() Place { return Place{i.First, i.Column} }

// Column is where a line begins to say something, from 1.
func (f *File) Column(line int) int {
	if line < 1 || line > len(f.Lines) {
		return 1
	}
	text := f.Lines[line-1]
	return len(text) - len(strings.TrimLeft(text, " \t")) + 1
}

// Repository and tag of an image, and whether it is named by a digest. A tag that is not there is "".
func Repository(image string) (repository, tag string, digest bool) {
	name, _, digest := strings.Cut(image, "@")
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		return name[:colon], name[colon+1:], digest
	}
	return name, "", digest
}

// SparkImage says that an image is one of Spark, by its name: apache/spark, spark, bitnami/spark, registry/team/spark-py.
func SparkImage(image string) bool {
	repository, _, _ := Repository(image)
	name := repository[strings.LastIndex(repository, "/")+1:]
	return name == "spark" || name == "pyspark" || strings.HasPrefix(name, "spark-") || strings.HasPrefix(name, "pyspark-") || strings.HasSuffix(name, "-spark")
}
