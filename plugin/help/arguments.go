package help

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-spark/kubectl-spark/scene"
)

// PlainArguments has every command name the argument that it does not take, and say what it takes.
func PlainArguments(cmd *cobra.Command) {
	for _, child := range cmd.Commands() {
		PlainArguments(child)
	}
	cmd.SuggestionsMinimumDistance = 2 // slips
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
				return fmt.Errorf("%q is an argument too many: %s", args[n], takes(cmd))
			}
		}
		return fmt.Errorf("an argument is missing: %s", takes(cmd))
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

func takes(cmd *cobra.Command) string {
	return strings.TrimSuffix(cmd.UseLine(), " [flags]") + "; see " + cmd.CommandPath() + " --help"
}

// Only makes a command that holds others print its help, and refuse a word that is none of them. cobra checks
// the arguments only of commands that can be run.
func Only(cmd *cobra.Command) {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// OnCommands lets help speak of commands that there are.
func OnCommands(root *cobra.Command) {
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

// FlagError names the flag that was likely meant.
func FlagError(cmd *cobra.Command, err error) error {
	if words := cmd.Flags().Args(); !cmd.HasParent() && len(words) > 0 { // a flag of a command that does not exist
		return noCommand(cmd, words[0])
	}
	if words := cmd.Flags().Args(); cmd.HasAvailableSubCommands() && len(words) > 0 { // or of a command below this one
		if names := cmd.SuggestionsFor(words[0]); len(names) > 0 {
			return noCommand(cmd, words[0])
		}
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
