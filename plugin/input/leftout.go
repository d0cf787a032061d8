package input

import (
	"errors"
	"fmt"
	"io"

	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// NoFile is the error of a command that none of its files is left to; nil where there is one. A single file's is its own.
func NoFile(left *scene.LeftOut, w io.Writer) error {
	errs := left.Errors()
	switch n := left.Files(); {
	case n == 0 || n < left.Given:
		return nil
	case n == 1:
		return errs[0]
	default:
		printLeftOut(left, w)
		return fmt.Errorf("none of %d files could be processed: correct the errors above", n)
	}
}

// NoWorkload is the error where no workload is left; a single one's is its own.
func NoWorkload(sc *scene.Scene, w io.Writer) error {
	left := sc.Left
	switch err := NoFile(left, w); {
	case err != nil:
		return err
	case left.Workloads() == 0 || left.Workloads() < len(sc.Workloads):
		return nil
	case left.Workloads() == 1 && left.Files() == 0:
		return left.Errors()[0]
	}
	printLeftOut(left, w)
	return errors.New("none of " + report.Count(len(sc.Workloads), "workload", "workloads") + " could be processed: correct the errors above")
}

// Covered is the exit code of a command on files in which no workload was found, and something could not be read; nil in any other case.
func Covered(sc *scene.Scene, files []string) error {
	if len(files) > 0 && len(sc.Workloads) == 0 && len(sc.NotRead) > 0 {
		return session.Coverage
	}
	return nil
}

// End tells of the files and workloads that were left out, and gives the exit code of a command that could not do all of its work; nil
// where it could.
func End(left *scene.LeftOut, w io.Writer) error {
	if left.Files()+left.Workloads() == 0 {
		return nil
	}
	printLeftOut(left, w)
	are := func(n int) string { return map[bool]string{true: "is", false: "are"}[n == 1] }
	if n := left.Files(); n > 0 {
		fmt.Fprintf(w, "%d of %s %s left out; the result covers the others\n", n, report.Count(left.Given, "file", "files"), are(n))
	}
	if n := left.Workloads(); n > 0 {
		fmt.Fprintf(w, "%s %s left out; the result covers the others\n", report.Count(n, "workload", "workloads"), are(n))
	}
	return session.Failed
}

func printLeftOut(left *scene.LeftOut, w io.Writer) {
	for _, err := range left.Errors() {
		fmt.Fprintln(w, "error: "+clean.Line(mask.Message(err.Error())))
	}
}
