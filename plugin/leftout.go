package plugin

import (
	"fmt"
	"io"

	"github.com/kubectl-spark/kubectl-spark/report"
)

// leftOut gathers the files that a command could not do its work on, each with its first error. A file that is left out is
// left out whole; the command does its work on the others, and then says that it could not do all of it.
type leftOut struct {
	given int // files that there are
	names map[string]bool
	errs  []error
	files []report.LeftOut
}

func (l *leftOut) add(name string, err error) {
	if l.names[name] {
		return
	}
	if l.names == nil {
		l.names = map[string]bool{}
	}
	l.names[name] = true
	l.errs = append(l.errs, err)
	l.files = append(l.files, report.LeftOut{File: name, Reason: err.Error()})
}

func (l *leftOut) has(name string) bool { return l.names[name] }

// nothing is the error of a command that none of its files is left to; nil where there is one. A single file's is its own.
func (l *leftOut) nothing(w io.Writer) error {
	switch {
	case len(l.errs) == 0 || len(l.errs) < l.given:
		return nil
	case len(l.errs) == 1:
		return l.errs[0]
	}
	l.say(w)
	return fmt.Errorf("none of %d files could be worked on", len(l.errs))
}

// end tells of the files, and gives the exit code of a command that could not do all of its work; nil where it could.
func (l *leftOut) end(w io.Writer) error {
	if len(l.errs) == 0 {
		return nil
	}
	l.say(w)
	verb := "is"
	if len(l.errs) > 1 {
		verb = "are"
	}
	fmt.Fprintf(w, "%d of %s %s left out whole: the rest is of the others\n", len(l.errs), count(l.given, "file", "files"), verb)
	return exit(ExitFailed)
}

func (l *leftOut) say(w io.Writer) {
	for _, err := range l.errs {
		fmt.Fprintln(w, "error: "+oneLine(err.Error()))
	}
}
