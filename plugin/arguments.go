package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// plainArguments has every command name the argument that it does not take, and say what it takes.
func plainArguments(cmd *cobra.Command) {
	for _, child := range cmd.Commands() {
		plainArguments(child)
	}
	check := cmd.Args
	if check == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil {
			return nil
		}
		for n := len(args) - 1; n >= 0; n-- {
			switch {
			case check(cmd, args[:n]) != nil:
			case n == 0 && cmd.HasAvailableSubCommands():
				return noCommand(cmd, args[0])
			default:
				return fmt.Errorf("%q is an argument too many: %s", args[n], usage(cmd))
			}
		}
		return fmt.Errorf("an argument is missing: %s", usage(cmd))
	}
}

// noCommand says that a word is none of the commands below another.
func noCommand(cmd *cobra.Command, word string) error {
	near := ""
	if names := cmd.SuggestionsFor(word); len(names) > 0 {
		near = "did you mean " + strings.Join(names, " or ") + "? "
	}
	return fmt.Errorf("there is no command %q: %ssee %s --help", word, near, cmd.CommandPath())
}

func usage(cmd *cobra.Command) string {
	return strings.TrimSuffix(cmd.UseLine(), " [flags]") + "; see " + cmd.CommandPath() + " --help"
}

// helpOnly makes a command that holds others print its help, and refuse a word that is none of them. cobra checks
// the arguments only of commands that can be run.
func helpOnly(cmd *cobra.Command) {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// helpOnCommands lets help speak of commands that there are.
func helpOnCommands(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		if cmd.Name() == "help" {
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if at, left, err := root.Find(args); err != nil || len(left) > 0 {
					return noCommand(at, left[0])
				}
				return nil
			}
		}
	}
}

// take parts the arguments of a command: files and folders join those of -f, and names of workloads are returned. What could
// be both is a file where files are asked for, and else looked for in the cluster first.
func (in *input) take(args []string, onlyFiles bool) (names []string) {
	files, either, names := scene.Paths(args)
	if in.kustomize != "" {
		in.names = append(in.names, scene.Kustomized(in.kustomize))
	}
	switch {
	case len(in.names)+len(files) > 0 || onlyFiles:
		files = append(files, either...)
	case len(names) > 0:
		names = append(names, either...)
	default:
		in.either, names = either, either
	}
	in.names = append(in.names, files...)
	return names
}

// fromCluster is the scene of the cluster; nil where files are to be read. Arguments that could be both are files where the cluster
// shows no workload of these names. What they were taken for is said.
func (in *input) fromCluster(args *[]string, w io.Writer, live func() (*scene.Scene, error)) (*scene.Scene, error) {
	if len(in.names) > 0 {
		return nil, nil
	}
	sc, err := live()
	if errors.Is(err, errNoCluster) {
		if in.either != nil {
			in.names, in.either, *args = in.either, nil, nil
			return nil, nil
		}
		if len(*args) > 0 {
			err = fmt.Errorf("there is no file %q, and %w", (*args)[0], err)
		}
	}
	for _, name := range in.either {
		switch {
		case errors.Is(err, context.Canceled):
		case err == nil:
			fmt.Fprintf(w, "note: %s: taken as a workload; for the file or folder give ./%[1]s\n", oneLine(name))
		default:
			fmt.Fprintf(w, "note: %s: taken as a file or folder; %s\n", oneLine(name), oneLine(mask.Message(err.Error())))
			in.names = append(in.names, name)
		}
	}
	if in.either = nil; len(in.names) > 0 {
		*args = nil
		return nil, nil
	}
	return sc, err
}

// flagError names the flag that was likely meant.
func flagError(cmd *cobra.Command, err error) error {
	if words := cmd.Flags().Args(); !cmd.HasParent() && len(words) > 0 { // a flag of a command that does not exist
		return noCommand(cmd, words[0])
	}
	near := ""
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && len(unknown.GetSpecifiedName()) > 1 {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if found := scene.Near(unknown.GetSpecifiedName(), names); len(found) > 0 {
			near = "; did you mean --" + strings.Join(found, " or --") + "?"
		}
	}
	return fmt.Errorf("%w%s; see %s --help", err, near, cmd.CommandPath())
}
