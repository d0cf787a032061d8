package document

import (
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"mvdan.cc/sh/v3/syntax"

	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// runText is the shell script of a RUN, and where each stretch of it stands in the file.
type runText struct {
	text   strings.Builder
	starts []int // offsets of stretches, in their order
	places []dockerfile.Place
}

func (r *runText) add(line, column int, text string) {
	r.starts, r.places = append(r.starts, r.text.Len()), append(r.places, dockerfile.Place{Line: line, Column: column})
	r.text.WriteString(text)
}

// place is that of an offset of the script.
func (r *runText) place(offset int) dockerfile.Place {
	n := sort.SearchInts(r.starts, offset+1) - 1
	p := r.places[max(n, 0)]
	p.Column += offset - r.starts[max(n, 0)]
	return p
}

// end is the place behind the character in front of an offset.
func (r *runText) end(offset int) dockerfile.Place {
	p := r.place(max(offset-1, 0))
	p.Column++
	return p
}

// readRun reads the commands of a RUN in its shell form.
func readRun(file *dockerfile.File, i *dockerfile.Instruction, heredocs []parser.Heredoc, escape byte) {
	r := scriptOf(file, i, heredocs, escape)
	script := r.text.String()
	if head, _, _ := strings.Cut(script, "\n"); strings.HasPrefix(head, "#!") && !shellLine.MatchString(head) {
		i.Unread = "its script is for another program than a shell"
		return
	}
	if i.Unread = TooMuch(script); i.Unread != "" {
		return
	}
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), "")
	if err != nil {
		i.Unread = Complaint(err)
		return
	}
	outer := map[*syntax.Stmt]bool{} // joined by && at the outermost level
	if len(parsed.Stmts) == 1 {
		chain(parsed.Stmts[0], outer)
	}
	var calls int
	syntax.Walk(parsed, func(n syntax.Node) bool {
		stmt, is := n.(*syntax.Stmt)
		if !is {
			return true
		}
		call, is := stmt.Cmd.(*syntax.CallExpr)
		if !is || len(call.Args) == 0 {
			return true
		}
		calls++
		c := dockerfile.Command{Chained: outer[stmt]}
		for _, word := range call.Args {
			c.Words = append(c.Words, dockerfile.Word{Text: plain(word, script), Start: r.place(int(word.Pos().Offset())), End: r.end(int(word.End().Offset()))})
		}
		i.Commands = append(i.Commands, unwrapped(c))
		return true
	})
	if n := len(parsed.Stmts); n > 0 {
		last := parsed.Stmts[n-1]
		i.Begin = r.place(int(parsed.Stmts[0].Pos().Offset()))
		i.Extendable = !last.Semicolon.IsValid() && !last.Background && int(last.End().Offset()) == len(strings.TrimRight(script, " \t\n"))
	}
	if n := len(i.Commands); n > 0 {
		i.Commands[n-1].Last = true
		i.Commands[0].Separate = n == 1 && len(parsed.Stmts) == 1
	}
}

// shellLine is the first line of a script that a shell reads.
var shellLine = regexp.MustCompile(`^#!.*\b(?:ba|da|a|z|k)?sh\b`)

// otherShells takes the commands away from each RUN that is read by something else than a shell of Unix.
func otherShells(file *dockerfile.File) {
	other := make([]bool, len(file.Stages)) // at the end of each stage
	for n, s := range file.Stages {
		is := file.Escape == "`" && strings.Contains(strings.ToLower(s.Base), "windows")
		if below := file.Below(s); below != nil {
			is = other[below.Index]
		}
		for _, i := range s.Instructions {
			switch {
			case i.Keyword == "shell":
				is = !slices.ContainsFunc(i.Args, func(word string) bool {
					return slices.Contains([]string{"sh", "bash", "dash", "ash", "zsh", "ksh"}, path.Base(word))
				})
			case i.Keyword == "run" && !i.JSON && is:
				i.Commands, i.Unread = nil, "SHELL is no shell of Unix"
			}
		}
		other[n] = is
	}
}

// chain gathers the statements that && joins.
func chain(s *syntax.Stmt, into map[*syntax.Stmt]bool) {
	if b, is := s.Cmd.(*syntax.BinaryCmd); is && b.Op == syntax.AndStmt && !s.Negated && !s.Background && len(s.Redirs) == 0 {
		chain(b.X, into)
		chain(b.Y, into)
		return
	}
	into[s] = true
}

// wrappers are programs that run the command behind them.
var wrappers = map[string]bool{"sudo": true, "exec": true, "nohup": true, "command": true, "time": true, "env": true}

// unwrapped is a command without what stands in front of its program.
func unwrapped(c dockerfile.Command) dockerfile.Command {
	for len(c.Words) > 1 && wrappers[c.Name()] {
		at := 1
		for at < len(c.Words)-1 && (strings.HasPrefix(c.Words[at].Text, "-") || strings.Contains(c.Words[at].Text, "=")) {
			at++
		}
		c.Words = c.Words[at:]
	}
	return c
}

// plain is a word without its quotes; what a shell puts in stays as it is written.
func plain(word *syntax.Word, script string) string {
	var b strings.Builder
	var parts func(list []syntax.WordPart)
	parts = func(list []syntax.WordPart) {
		for _, part := range list {
			switch p := part.(type) {
			case *syntax.Lit:
				b.WriteString(strings.ReplaceAll(p.Value, "\\", ""))
			case *syntax.SglQuoted:
				b.WriteString(p.Value)
			case *syntax.DblQuoted:
				parts(p.Parts)
			default:
				b.WriteString(script[p.Pos().Offset():p.End().Offset()])
			}
		}
	}
	parts(word.Parts)
	return b.String()
}

// scriptOf is the script of a RUN: comments and empty lines between its lines are none of it, as Docker reads it.
func scriptOf(file *dockerfile.File, i *dockerfile.Instruction, heredocs []parser.Heredoc, escape byte) *runText {
	r := &runText{}
	at := i.First
	line := file.Lines[at-1]
	column := i.Column - 1 + len("run")
	if len(heredocs) > 0 && len(strings.Fields(strings.Join(i.Args, " "))) == 1 { // the document is the script
		i.Script = true
		for at++; at < i.Last; at++ {
			r.add(at, 1, file.Lines[at-1]+"\n")
		}
		return r
	}
	left := len(i.Flags)
	for {
		rest := line[column:]
		trimmed := strings.TrimLeft(rest, " \t")
		column += len(rest) - len(trimmed)
		if left > 0 && strings.HasPrefix(trimmed, "--") {
			word, _, _ := strings.Cut(strings.ReplaceAll(trimmed, "\t", " "), " ")
			column, left = column+len(word), left-1
			continue
		}
		if at < i.Last && (trimmed == string(escape) || trimmed == "") {
			at, column = at+1, 0
			line = file.Lines[at-1]
			if strings.HasPrefix(strings.TrimSpace(line), "#") {
				column = len(line)
			}
			continue
		}
		break
	}
	last := i.Last
	if len(heredocs) > 0 { // a here-document of a command
		for ; at <= last; at, column = at+1, 0 {
			r.add(at, column+1, file.Lines[at-1][column:]+"\n")
		}
		return r
	}
	for ; at <= last; at, column = at+1, 0 {
		line = file.Lines[at-1]
		if trimmed := strings.TrimSpace(line); column == 0 && (trimmed == "" || strings.HasPrefix(trimmed, "#")) {
			continue
		}
		text := strings.TrimRight(line[column:], " \t")
		if at < last && strings.HasSuffix(text, string(escape)) {
			text = text[:len(text)-1]
		}
		r.add(at, column+1, text)
	}
	return r
}
