package plugin

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// input is what -f and -R say.
type input struct {
	names     []string
	either    []string // arguments that exist as files, and could name workloads
	recursive bool
	kustomize string
}

func (in *input) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringSliceVarP(&in.names, "filename", "f", nil, "files, directories, patterns, URLs, or - for standard input; arguments that are files need no -f")
	cmd.Flags().StringVarP(&in.kustomize, "kustomize", "k", "", "folder of a kustomization, which is checked as kustomize builds it")
	_ = cmd.MarkFlagDirname("kustomize") // the flag was declared above
	cmd.Flags().BoolVarP(&in.recursive, "recursive", "R", false, "descend into the directories given with -f")
	flags.Under(cmd.Flags(), flags.Workloads, "filename", "kustomize", "recursive")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		// An empty name is a variable of a script that is not set: without it the cluster would be looked at.
		if cmd.Flags().Changed("filename") && (len(in.names) == 0 || slices.Contains(in.names, "")) {
			return errors.New("--filename is empty, so no file is named: give a file or a folder, or - for standard input")
		}
		return nil
	}
}

// files are the input as a scene reads it.
func (in *input) files(stdin io.Reader) scene.Input {
	return scene.Input{Names: in.names, Recursive: in.recursive, Stdin: stdin}
}

// words are the flags as they were given, to be pasted.
func (in *input) words() (words []string) {
	for _, name := range in.names {
		words = append(words, change.FileFlag(name))
	}
	if in.recursive {
		words = append(words, "-R")
	}
	return words
}

// oneLine makes text safe for a terminal, on one line.
func oneLine(s string) string { return clean.Text(strings.TrimSpace(s)) }

// tell writes notes. One may tell what it found, and that be a secret.
func (e *env) tell(notes []string, showSecrets bool) {
	for _, note := range notes {
		if !showSecrets {
			note = mask.Message(note)
		}
		fmt.Fprintln(e.ErrOut, "note: "+oneLine(note))
	}
}

// nothing is the error of a command that none of its files is left to; nil where there is one. A single file's is its own.
func nothing(left *scene.LeftOut, w io.Writer) error {
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

// endLeftOut tells of the files and workloads, and gives the exit code of a command that could not do all of its work; nil
// where it could.
func endLeftOut(left *scene.LeftOut, w io.Writer) error {
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
	return exit(ExitFailed)
}

func printLeftOut(left *scene.LeftOut, w io.Writer) {
	for _, err := range left.Errors() {
		fmt.Fprintln(w, "error: "+oneLine(mask.Message(err.Error())))
	}
}

// once says that a name is standard input or a pipe, which no later command can read, or a URL with a secret, which none may show.
func (in *input) once() bool {
	files := in.files(nil)
	return files.Once() || slices.ContainsFunc(in.names, holdsSecret)
}

// inPlace says that every name is a file or folder, which can be written in place.
func (in *input) inPlace() bool {
	files := in.files(nil)
	return files.InPlace()
}

// tellMissing names what could not be read.
func (e *env) tellMissing(missing []report.Missing) {
	for _, gap := range missing {
		fmt.Fprintf(e.ErrOut, "not read: %s %s %s\n", gap.Verb, gap.Resource, oneLine(gap.Reason))
	}
}

// tellReasons names what was not checked, beside a form that does not hold it.
func (e *env) tellReasons(lines []string) {
	for _, line := range lines {
		fmt.Fprintln(e.ErrOut, "not checked: "+oneLine(line))
	}
}

// checkArguments refuses what asks for files and for the cluster, or for names and for all that labels select.
func checkArguments(in *input, names []string, allNamespaces bool, selector string) error {
	if _, err := labels.Parse(selector); err != nil {
		return fmt.Errorf("--selector=%q: %w: write KEY=VALUE, KEY!=VALUE or KEY in (A,B)", selector, err)
	}
	all := allNamespaces || selector != ""
	switch {
	case len(in.names) > 0 && (len(names) > 0 || all):
		return notBoth(names)
	case len(names) > 0 && all:
		return errors.New("names cannot be given together with -A or -l: leave out one of them")
	}
	return nil
}

// notBoth is the error of a command that is asked for files and for the cluster. names are arguments that are no files.
func notBoth(names []string) error {
	if len(names) > 0 && strings.HasPrefix(strings.ToUpper(names[0]), "SPK-") {
		return fmt.Errorf("there is no file %q: for a rule give --only=%[1]s", names[0])
	}
	if len(names) > 0 {
		return fmt.Errorf("there is no file %q: give either files, or names of workloads, -A or -l", names[0])
	}
	return errors.New("files were given together with -A or -l: give either files, or names of workloads, -A or -l")
}
