package plugin

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
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

// helpOnly makes a command that holds others print its help, and refuse a word that is none of them. cobra asks what
// cannot be run nothing of its arguments.
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
