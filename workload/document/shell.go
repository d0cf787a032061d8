package document

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Command is one command of a shell script that submits an application.
type Command struct {
	Text string // as it stands in the script, over one line or several
	// Assigned are those of its variables that have one plain value, which the script gives before it.
	Assigned map[string]string
}

// Shell is a shell script. It is read for the commands that submit an application; it is not edited.
func Shell() Format {
	return Format{Name: "shell script", Match: isShell, Read: readShell}
}

var interpreter = regexp.MustCompile(`^#! *(?:/usr)?/(?:local/)?bin/(?:env +(?:-S +)?)?(?:ba|da|k|z|a)?sh\b`)

func isShell(t Text) bool {
	if bytes.HasPrefix(t.Raw, []byte("#!")) {
		return interpreter.Match(t.Raw)
	}
	switch path.Ext(t.Name) {
	case ".sh", ".bash":
		return true
	}
	return false
}

var submits = regexp.MustCompile(`(?:^|[\s/"'])(?:spark-submit|spark-sql|spark-shell|pyspark)(?:$|[\s"'])`)

// maxCommands bounds the texts of a script's commands together: a command in another stands in the texts of both.
const maxCommands = 4 * maxScript

// before are words in front of a command that change nothing of it.
var before = map[string]bool{"exec": true, "nohup": true, "sudo": true}

// readShell finds the commands that submit an application. What the parser cannot read is not checked, and a note says so.
func readShell(t Text) ([]Content, error) {
	script := strings.ReplaceAll(string(t.Raw), "\r\n", "\n")
	r := shellReader{text: script, first: max(t.Line, 1)}
	unread, why := script, TooMuch(script)
	if why == "" {
		file, text, err := ParseScript(script)
		r.text = text
		r.read(file)
		if unread = ""; err != nil {
			why, unread = Complaint(err), text
			if n := len(file.Stmts); n > 0 {
				unread = text[file.Stmts[n-1].End().Offset():]
			}
		}
		if r.size > maxCommands {
			why, unread = "commands in commands, together of more than 512 KiB", text[r.stopped:]
		}
	}
	if r.size > maxCommands || submits.MatchString(unread) {
		r.found = append(r.found, Content{Other: "shell script", Note: why + "; the rest of the script was not checked", Position: start(t)})
	}
	if r.found == nil {
		return []Content{{Other: "shell script without spark-submit", Position: start(t)}}, nil
	}
	return r.found, nil
}

// shellReader reads the commands of a script in their order, and which variables have a plain value at each.
type shellReader struct {
	text  string
	first int // line of the script in its file
	found []Content

	size    int // of the commands' texts, in bytes
	stopped int // the first byte of the command that was too much

	line, counted int               // the lines of text up to the byte counted, from 0
	times         map[string]int    // how often the script assigns a variable
	once, again   map[string]string // plain values of variables that the script assigns once, and several times
	inFunction    map[string]bool   // variables that a function assigns: it may run anywhere
	programs      map[string]bool   // variables to which a program is assigned that submits an application
	names         []string          // that were assigned, in order
	scopes        []scope           // around what is read
}

// scope is a part of a script that may not run, or not once: what it assigns is not known behind it.
type scope struct {
	node  syntax.Node
	names int // assigned in front of it
}

func (r *shellReader) read(file *syntax.File) {
	r.times, r.once, r.again = map[string]int{}, map[string]string{}, map[string]string{}
	r.programs, r.inFunction = map[string]bool{}, map[string]bool{}
	var enclosing []syntax.Node
	functions := 0 // of those
	syntax.Walk(file, func(n syntax.Node) bool {
		if n == nil {
			if _, is := enclosing[len(enclosing)-1].(*syntax.FuncDecl); is {
				functions--
			}
			enclosing = enclosing[:len(enclosing)-1]
			return true
		}
		enclosing = append(enclosing, n)
		if _, is := n.(*syntax.FuncDecl); is {
			functions++
		}
		assignments(n, func(name string, _ *syntax.Word) {
			r.times[name]++
			if functions > 0 {
				r.inFunction[name] = true
			}
		})
		if a, is := n.(*syntax.Assign); is && a.Name != nil && (a.Value != nil || a.Array != nil) {
			var b strings.Builder
			if a.Value != nil {
				writePlain(&b, a.Value)
			} else {
				for _, element := range a.Array.Elems {
					writePlain(&b, element)
					b.WriteByte(' ')
				}
			}
			if submits.MatchString(b.String()) {
				r.programs[a.Name.Value] = true
			}
		}
		return true
	})
	syntax.Walk(file, func(n syntax.Node) bool {
		if n == nil {
			last := r.scopes[len(r.scopes)-1]
			if r.scopes = r.scopes[:len(r.scopes)-1]; apart(last.node) {
				r.forgetFrom(last.names)
			}
			return true
		}
		if clause, is := n.(*syntax.IfClause); is && len(r.scopes) > 0 {
			if enclosing := r.scopes[len(r.scopes)-1]; elseOf(enclosing.node) == clause {
				r.forgetFrom(enclosing.names)
			}
		}
		r.scopes = append(r.scopes, scope{n, len(r.names)})
		switch n := n.(type) {
		case *syntax.ForClause, *syntax.WhileClause, *syntax.FuncDecl: // what stands behind it may have run before it
			if len(r.again) > 0 {
				r.again = map[string]string{}
			}
		case *syntax.Stmt:
			r.command(n)
		}
		assignments(n, r.assign)
		return true
	})
}

// apart says that what a node assigns is not known behind it.
func apart(n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.Stmt:
		return n.Background
	case *syntax.IfClause, *syntax.CaseItem, *syntax.ForClause, *syntax.WhileClause, *syntax.FuncDecl, *syntax.BinaryCmd, *syntax.Subshell, *syntax.CmdSubst, *syntax.ProcSubst, *syntax.CoprocClause:
		return true
	}
	return false
}

func elseOf(n syntax.Node) *syntax.IfClause {
	if clause, is := n.(*syntax.IfClause); is {
		return clause.Else
	}
	return nil
}

// forgetFrom forgets what was assigned from a place in the names. They are taken off: no scope around it forgets them again.
func (r *shellReader) forgetFrom(place int) {
	for _, name := range r.names[place:] {
		r.forget(name)
	}
	r.names = r.names[:place]
}

func (r *shellReader) forget(name string) {
	delete(r.once, name)
	delete(r.again, name)
}

func (r *shellReader) assign(name string, value *syntax.Word) {
	if name == "" { // of any variable
		r.once, r.again = map[string]string{}, map[string]string{}
		return
	}
	r.names = append(r.names, name)
	r.forget(name)
	if text, plain := plainText(value); plain && value != nil {
		if r.times[name] == 1 {
			r.once[name] = text
		} else if !r.inFunction[name] {
			r.again[name] = text
		}
	}
}

// command notes a command that submits an application.
func (r *shellReader) command(s *syntax.Stmt) {
	call, is := s.Cmd.(*syntax.CallExpr)
	if !is || len(call.Args) == 0 || r.size > maxCommands {
		return
	}
	from, args := call.Pos(), call.Args
	for len(call.Assigns) == 0 && len(args) > 1 && before[args[0].Lit()] {
		args = args[1:]
		from = args[0].Pos()
	}
	if !mentions(call) {
		if len(r.programs) > 0 && r.fits(args[0].Pos(), args[min(1, len(args)-1)].End()) {
			r.variable(args)
		}
		return
	}
	begin, end := int(from.Offset()), int(call.End().Offset())
	for _, redirect := range s.Redirs {
		end = max(end, int(redirect.Word.End().Offset()))
	}
	if !r.fits(from, call.End()) {
		return
	}
	text := []byte(r.text[begin:end])
	for _, redirect := range s.Redirs {
		if first := int(redirect.Pos().Offset()); redirect.Hdoc != nil && first >= begin { // what a command reads changes no argument
			for i := first; i < int(redirect.Word.End().Offset()); i++ {
				text[i-begin] = ' '
			}
		}
	}
	r.found = append(r.found, Content{Command: &Command{string(text), r.used(call)}, Position: commandPositions(r.lineOf(begin), string(text))})
}

// fits counts a text that is to be looked at, and says whether all of them are within the bound.
func (r *shellReader) fits(from, end syntax.Pos) bool {
	if r.size += int(end.Offset()) - int(from.Offset()); r.size > maxCommands {
		r.stopped = int(from.Offset())
		return false
	}
	return true
}

// variable notes a command that a variable holds, where that submits an application.
func (r *shellReader) variable(args []*syntax.Word) {
	if len(args) > 1 && args[0].Lit() == "eval" {
		args = args[1:]
	}
	name := ""
	syntax.Walk(args[0], func(n syntax.Node) bool {
		if expansion, is := n.(*syntax.ParamExp); is && expansion.Param != nil && r.programs[expansion.Param.Value] {
			name = expansion.Param.Value
		}
		return true
	})
	if name != "" {
		line := r.lineOf(int(args[0].Pos().Offset()))
		r.found = append(r.found, Content{Other: "shell script", Note: "a spark-submit was not checked: the variable " + name + " holds its program; write spark-submit in its place",
			Position: func(patch.Path) (int, int) { return line, 1 }})
	}
}

// lineOf is the line of a byte of the script in its file. Commands come mostly in their order.
func (r *shellReader) lineOf(at int) int {
	if at < r.counted { // one in front of a here-document whose text holds another
		r.line, r.counted = 0, 0
	}
	r.line += strings.Count(r.text[r.counted:at], "\n")
	r.counted = at
	return r.first + r.line
}

// mentions says that a command names a program that submits an application, commands in it left out.
func mentions(call *syntax.CallExpr) bool {
	var b strings.Builder
	for _, word := range call.Args {
		writePlain(&b, word)
		b.WriteByte(' ')
	}
	return submits.MatchString(b.String())
}

// writePlain writes what of a node stands in the script for itself, commands in it left out.
func writePlain(b *strings.Builder, n syntax.Node) {
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst:
			return false
		case *syntax.Lit:
			b.WriteString(n.Value)
		case *syntax.SglQuoted:
			b.WriteString(n.Value)
		}
		return true
	})
}

// used are the variables that a command names: all of a script's for each of its commands would be too much of a large script.
func (r *shellReader) used(call *syntax.CallExpr) map[string]string {
	known := map[string]string{}
	syntax.Walk(call, func(n syntax.Node) bool {
		if expansion, is := n.(*syntax.ParamExp); is && expansion.Param != nil {
			name := expansion.Param.Value
			for _, values := range []map[string]string{r.once, r.again} {
				if value, is := values[name]; is {
					known[name] = value
				}
			}
		}
		return true
	})
	return known
}

// commandPositions tells the line of an argument of a command by its text: the last segment of a path is that of a setting.
func commandPositions(first int, text string) func(at patch.Path) (line, column int) {
	lines := strings.Split(text, "\n")
	return func(at patch.Path) (int, int) {
		if len(at) == 0 || at[len(at)-1] == "" {
			return first, 1
		}
		for i, line := range lines {
			if column := strings.Index(line, at[len(at)-1]); column >= 0 {
				return first + i, len([]rune(line[:column])) + 1
			}
		}
		return first, 1
	}
}
