// Package input is what a command looks at: files, or workloads of the cluster, as its arguments and flags name them, and what of it
// was left out. Start with Input.
package input

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
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// Input is what arguments and flags name.
type Input struct {
	// Names are those of files, as -f or an argument gives them; Args those of workloads.
	Names, Args []string
	Recursive   bool
	Kustomize   string
	// AllNamespaces and Selector say which workloads of the cluster are meant where none is named.
	AllNamespaces bool
	Selector      string

	either []string // arguments that exist as files, and could name workloads
}

// AddFlags adds the flags about files.
func (in *Input) AddFlags(cmd *cobra.Command) {
	cmd.Flags().StringSliceVarP(&in.Names, "filename", "f", nil, "files, directories, patterns, URLs, or - for standard input; arguments that are files need no -f")
	cmd.Flags().StringVarP(&in.Kustomize, "kustomize", "k", "", "folder of a kustomization, which is checked as kustomize builds it")
	_ = cmd.MarkFlagDirname("kustomize") // the flag was declared above
	cmd.Flags().BoolVarP(&in.Recursive, "recursive", "R", false, "descend into the directories given with -f")
	flags.Under(cmd.Flags(), flags.Workloads, "filename", "kustomize", "recursive")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		// An empty name is a variable of a script that is not set: without it the cluster would be looked at.
		if cmd.Flags().Changed("filename") && (len(in.Names) == 0 || slices.Contains(in.Names, "")) {
			return errors.New("--filename is empty, so no file is named: give a file or a folder, or - for standard input")
		}
		return nil
	}
}

// AddSelection adds the flags about workloads of the cluster.
func (in *Input) AddSelection(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&in.AllNamespaces, "all-namespaces", "A", false, "look into all namespaces")
	cmd.Flags().StringVarP(&in.Selector, "selector", "l", "", "label selector of the objects to look at")
	flags.Under(cmd.Flags(), flags.Workloads, "all-namespaces", "selector")
}

// Named says that a flag or an argument says what to look at.
func (in *Input) Named() bool {
	return len(in.Args)+len(in.Names) > 0 || in.Kustomize != "" || in.AllNamespaces || in.Selector != ""
}

// Files are the input as a scene reads it.
func (in *Input) Files(stdin io.Reader) scene.Input {
	return scene.Input{Names: in.Names, Recursive: in.Recursive, Stdin: stdin}
}

// Words are the flags about files as they were given, to be pasted.
func (in *Input) Words() (words []string) {
	for _, name := range in.Names {
		words = append(words, change.FileFlag(name))
	}
	if in.Recursive {
		words = append(words, "-R")
	}
	return words
}

// Once says that a name is standard input or a pipe, which no later command can read, or a URL with a secret, which none may show.
func (in *Input) Once() bool {
	files := in.Files(nil)
	return files.Once() || slices.ContainsFunc(in.Names, session.HoldsSecret)
}

// InPlace says that every name is a file or folder, which can be written in place.
func (in *Input) InPlace() bool {
	files := in.Files(nil)
	return files.InPlace()
}

// Validate refuses what asks for files and for the cluster, or for names and for all that labels select.
func (in *Input) Validate() error {
	if _, err := labels.Parse(in.Selector); err != nil {
		return fmt.Errorf("--selector=%q: %w: write KEY=VALUE, KEY!=VALUE or KEY in (A,B)", in.Selector, err)
	}
	all := in.AllNamespaces || in.Selector != ""
	switch {
	case len(in.Names) > 0 && (len(in.Args) > 0 || all):
		return in.NotBoth()
	case len(in.Args) > 0 && all:
		return errors.New("names cannot be given together with -A or -l: leave out one of them")
	}
	return nil
}

// NotBoth is the error of a command that is asked for files and for the cluster.
func (in *Input) NotBoth() error {
	if len(in.Args) > 0 && strings.HasPrefix(strings.ToUpper(in.Args[0]), "SPK-") {
		return fmt.Errorf("there is no file %q: for a rule give --only=%[1]s", in.Args[0])
	}
	if len(in.Args) > 0 {
		return fmt.Errorf("there is no file %q: give either files, or names of workloads, -A or -l", in.Args[0])
	}
	return errors.New("files were given together with -A or -l: give either files, or names of workloads, -A or -l")
}
