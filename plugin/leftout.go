package plugin

import (
	"fmt"
	"io"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/report"
)

// leftOut gathers the files that a command could not do its work on, each with its first error. A file that is left out is
// left out whole; the command does its work on the others, and then says that it could not do all of it. Where nothing is
// edited a workload can be left out alone.
type leftOut struct {
	given int // files that there are
	names map[string]bool
	errs  []error
	files []report.LeftOut
	alone []error // about workloads that were left out of files whose others were not
}

// workload leaves out one workload; file is the one that it begins in, "" for a live one.
func (l *leftOut) workload(name, file string, err error) {
	l.alone = append(l.alone, err)
	l.files = append(l.files, report.LeftOut{File: file, Workload: name, Reason: err.Error()})
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

// end tells of the files and workloads, and gives the exit code of a command that could not do all of its work; nil where it could.
func (l *leftOut) end(w io.Writer) error {
	if len(l.errs)+len(l.alone) == 0 {
		return nil
	}
	l.say(w)
	are := func(n int) string { return map[bool]string{true: "is", false: "are"}[n == 1] }
	if n := len(l.errs); n > 0 {
		fmt.Fprintf(w, "%d of %s %s left out whole: the rest is of the others\n", n, count(l.given, "file", "files"), are(n))
	}
	if n := len(l.alone); n > 0 {
		fmt.Fprintf(w, "%s %s left out: the rest is of the others\n", count(n, "workload", "workloads"), are(n))
	}
	return exit(ExitFailed)
}

func (l *leftOut) say(w io.Writer) {
	for _, err := range append(slices.Clone(l.errs), l.alone...) {
		fmt.Fprintln(w, "error: "+oneLine(err.Error()))
	}
}
