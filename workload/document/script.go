package document

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Bounds of a script: Linux takes no longer argument, and what is longer or nests deeper costs the parser too much.
const (
	maxScript    = 128 << 10
	maxBrackets  = 2000
	maxComplaint = 100
)

// TooMuch says what of a script is more than is parsed; "" where nothing is.
func TooMuch(script string) string {
	switch {
	case len(script) > maxScript:
		return "more than 128 KiB"
	case strings.Count(script, "(")+strings.Count(script, "{")+strings.Count(script, "`") > maxBrackets:
		return "more than 2000 brackets"
	}
	return ""
}

// ParseScript parses a shell script. text is what the places of the nodes stand in, as long as the script. Where the script cannot
// be parsed, the file holds the statements in front of the error.
func ParseScript(script string) (file *syntax.File, text string, err error) {
	parser := syntax.NewParser(syntax.Variant(syntax.LangBash), syntax.KeepComments(true))
	file, err = parser.Parse(strings.NewReader(script), "")
	if text = withoutBackslashes(script, file); text != script {
		file, err = parser.Parse(strings.NewReader(text), "")
	}
	if err == nil {
		return file, text, nil
	}
	file = &syntax.File{}
	for stmt, broken := range parser.StmtsSeq(strings.NewReader(text)) {
		if broken != nil {
			break
		}
		file.Stmts = append(file.Stmts, stmt)
	}
	return file, text, err
}

// withoutBackslashes takes off those that end a comment: no shell goes on with the next line there, as the parser does.
func withoutBackslashes(text string, file *syntax.File) string {
	blank := []byte(text)
	syntax.Walk(file, func(n syntax.Node) bool {
		if comment, is := n.(*syntax.Comment); is {
			line, _, _ := strings.Cut(text[comment.Hash.Offset():], "\n")
			if end := int(comment.Hash.Offset()) + len(line) - 1; blank[end] == '\\' {
				blank[end] = ' '
			}
		}
		return true
	})
	return string(blank)
}

// Complaint is what the parser says of a script, in a line.
func Complaint(err error) string {
	var parse syntax.ParseError
	var lang syntax.LangError
	text := err.Error()
	if errors.As(err, &parse) {
		text = parse.Text
		if parse.Pos.IsValid() {
			text = fmt.Sprintf("line %d: %s", parse.Pos.Line(), text)
		}
	} else if errors.As(err, &lang) {
		text = fmt.Sprintf("line %d: %s is not of this shell", lang.Pos.Line(), lang.Feature)
	}
	if runes := []rune(text); len(runes) > maxComplaint {
		text = string(runes[:maxComplaint]) + "..."
	}
	return text
}
