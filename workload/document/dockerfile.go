package document

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// maxDockerfile is the size of the largest Dockerfile that is read, in bytes, and maxInstructions how many instructions one may have.
const (
	maxDockerfile   = 256 << 10
	maxInstructions = 2000
)

// Dockerfile is the recipe of an image, for Docker, BuildKit, Buildah or Podman. BuildKit's own parser reads it, and RUN is read as a shell
// reads it. Of BuildKit's checks those are run that its packages parser and instructions make, and those that need no more than one
// instruction: the others are made by its package dockerfile2llb, which links a build engine into the program.
func Dockerfile() Format {
	return Format{Name: "Dockerfile", Match: isDockerfile, Read: readDockerfile, Edit: dockerfile.Edit}
}

// DockerfileName says whether a file is called as Dockerfiles are.
func DockerfileName(name string) bool {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	switch {
	case strings.HasSuffix(base, ".dockerignore"), strings.HasSuffix(base, ".md"):
		return false
	case base == "Containerfile", strings.HasPrefix(base, "Containerfile."), strings.HasSuffix(base, ".Containerfile"):
		return true
	}
	return strings.EqualFold(base, "Dockerfile") || strings.HasPrefix(base, "Dockerfile.") || strings.EqualFold(path.Ext(base), ".dockerfile")
}

var (
	firstInstruction = regexp.MustCompile(`^(?i:FROM[ \t]+(?:--platform=\S+[ \t]+)?[A-Za-z0-9_.$][^\s:]*\S*|ARG[ \t]+[A-Za-z_][A-Za-z0-9_]*(?:=\S*)?)(?:[ \t]|$)`)
	fromLine         = regexp.MustCompile(`(?mi)^[ \t]*FROM[ \t]+(?:--platform=\S+[ \t]+)?[A-Za-z0-9_.$]\S*[ \t]*(?:AS[ \t]+\S+[ \t]*)?\r?$`)
)

// isDockerfile goes by the name, and by FROM or ARG as the first line where the name says nothing.
func isDockerfile(t Text) bool {
	if DockerfileName(t.Name) {
		return true
	}
	if path.Ext(t.Name) != "" || bytes.HasPrefix(t.Raw, []byte("#!")) {
		return false
	}
	is := false
	eachLine(t.Raw, func(line []byte) bool {
		is = firstInstruction.Match(line)
		return false
	})
	return is && fromLine.Match(t.Raw)
}

func readDockerfile(t Text) ([]Content, error) {
	file, err := ParseDockerfile(t.Name, t.Raw)
	if err != nil {
		return nil, err
	}
	position := func(at patch.Path) (line, column int) {
		if len(at) == 0 {
			return 1, 1
		}
		first, _, err := dockerfile.Lines(at[0])
		if err != nil {
			return 1, 1
		}
		return first, file.Column(first)
	}
	if file.Spark == "" {
		return []Content{{Other: "Dockerfile without Spark", Position: start(t)}}, nil
	}
	return []Content{{Dockerfile: file, Position: position}}, nil
}

// ParseDockerfile reads a Dockerfile. Its error knows the line.
func ParseDockerfile(name string, raw []byte) (*dockerfile.File, error) {
	if len(raw) > maxDockerfile {
		return nil, &Error{1, fmt.Errorf("a Dockerfile of more than %d KiB is not read", maxDockerfile>>10)}
	}
	raw = bytes.TrimPrefix(raw, []byte(byteOrderMark))
	result, err := parser.Parse(bytes.NewReader(raw))
	if err != nil {
		return nil, dockerfileError(err)
	}
	if len(result.AST.Children) > maxInstructions {
		return nil, &Error{1, fmt.Errorf("a Dockerfile of more than %d instructions is not read", maxInstructions)}
	}
	file := &dockerfile.File{Lines: dockerfile.Split(string(raw)), Escape: string(result.EscapeToken)}
	var warnings []dockerfile.Warning
	lint := linter.New(&linter.Config{Warn: func(name, _, _, text string, at []parser.Range) {
		one := dockerfile.Warning{Name: name, Text: text}
		if len(at) > 0 {
			one.Line = at[0].Start.Line
		}
		warnings = append(warnings, one)
	}})
	if _, _, err := instructions.Parse(result.AST, lint); err != nil {
		return nil, dockerfileError(err)
	}
	var heads []*dockerfile.Instruction
	for _, node := range result.AST.Children {
		heads = append(heads, instruction(file, node, result.EscapeToken))
	}
	stages(file, heads)
	otherShells(file)
	if len(file.Stages) == 0 {
		return nil, &Error{1, errors.New("no FROM: a Dockerfile begins from an image")}
	}
	file.Comments(heads)
	for _, w := range append(warnings, checks(file, result)...) {
		if !file.Skips(w.Name, w.Line) {
			file.Warnings = append(file.Warnings, w)
		}
	}
	file.Spark = sparkIn(file)
	return file, nil
}

var keywordForm = regexp.MustCompile(`^[A-Za-z]{1,12}$`)

// dockerfileError is what the parser says, with its line.
func dockerfileError(err error) error {
	line := 1
	var at *parser.LocationError
	if errors.As(err, &at) && len(at.Locations) > 0 && len(at.Locations[0]) > 0 {
		line = max(at.Locations[0][0].Start.Line, 1)
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	if before, word, found := strings.Cut(text, `can't find = in "`); found { // a value without quotes may be a secret
		_, behind, _ := strings.Cut(word, `"`)
		text = before + "can't find = in a word" + behind
	}
	if before, word, found := strings.Cut(text, "unknown instruction: "); found && !keywordForm.MatchString(word) { // what goes on from the line before
		text = before + "unknown instruction; the line in front of it may lack its " + string('\\')
	}
	if runes := []rune(text); len(runes) > maxComplaint*2 {
		text = string(runes[:maxComplaint*2]) + "..."
	}
	return &Error{line, fmt.Errorf("this is no Dockerfile that builds: %s", text)}
}

// instruction makes one of a node.
func instruction(file *dockerfile.File, node *parser.Node, escape rune) *dockerfile.Instruction {
	i := &dockerfile.Instruction{Keyword: strings.ToLower(node.Value), First: node.StartLine, Last: node.EndLine, Flags: node.Flags, JSON: node.Attributes["json"],
		Heredoc: len(node.Heredocs) > 0}
	i.Column = file.Column(i.First)
	for n := node.Next; n != nil; n = n.Next {
		i.Args = append(i.Args, n.Value)
	}
	switch {
	case i.Keyword == "env" || i.Keyword == "label": // name, value, delimiter
		var pairs []string
		for n := 0; n+1 < len(i.Args); n += 3 {
			pairs = append(pairs, i.Args[n], i.Args[n+1])
		}
		i.Args = pairs
	case i.Keyword == "run" && !i.JSON:
		readRun(file, i, node.Heredocs, byte(escape))
	case i.Keyword == "run":
		var words []dockerfile.Word
		for _, arg := range i.Args {
			words = append(words, dockerfile.Word{Text: arg, Start: i.Start(), End: i.Start(), Listed: true})
		}
		if len(words) > 0 {
			i.Commands = []dockerfile.Command{{Words: words, Last: true, Separate: true}}
		}
	}
	return i
}

// stages parts instructions into stages.
func stages(file *dockerfile.File, heads []*dockerfile.Instruction) {
	for _, i := range heads {
		switch s := file.Last(); {
		case i.Keyword == "from":
			s = &dockerfile.Stage{Index: len(file.Stages), From: i}
			i.Stage = s
			if len(i.Args) > 0 {
				s.Base = file.Expand(i.Args[0], nil)
			}
			if len(i.Args) == 3 && strings.EqualFold(i.Args[1], "as") {
				s.Name = strings.ToLower(i.Args[2])
			}
			file.Stages = append(file.Stages, s)
		case s == nil:
			file.Args = append(file.Args, i)
		default:
			i.Stage = s
			s.Instructions = append(s.Instructions, i)
		}
	}
}
