package flags

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

// OneOf checks a flag's value.
func OneOf(flag, value string, allowed ...string) error {
	var words []string
	for _, a := range allowed {
		if value == a {
			return nil
		}
		if a != "" { // the flag left out
			words = append(words, a)
		}
	}
	if len(words) == 1 {
		return fmt.Errorf("--%s=%q: must be %s", flag, value, words[0])
	}
	return fmt.Errorf("--%s=%q: must be one of %s", flag, value, strings.Join(words, ", "))
}

// Completion offers the values of a flag or argument.
type Completion = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// Complete has the values of a flag of a command offered.
type Complete func(cmd *cobra.Command, flag string, by Completion)

// Values offers values.
func Values(values ...string) Completion {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}

// Shapes reads the values of --node-shape.
func Shapes(texts []string) (nodes []shapes.Node, err error) {
	for _, text := range texts {
		n, err := shapes.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("--node-shape: %w", err)
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}
