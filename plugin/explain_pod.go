package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/plugin/webhook"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

func newExplainPod(s *session.Session) *cobra.Command {
	return &cobra.Command{
		Use:   "pod NAME | WORKLOAD",
		Short: "Explain why a pod was injected or not",
		Long: `Explains why a pod was injected or not: its Spark role, whether the API server sends it to the webhook, and which edits the
rules make or refuse. Of a workload it explains the driver's pod. It only reads.`,
		Example: `  kubectl spark explain pod etl-driver -n payments
  kubectl spark explain pod etl -n payments`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: s.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			reader, err := s.Reader()
			if err != nil {
				return err
			}
			set, err := s.Rules()
			if err != nil {
				return err
			}
			ns, err := s.Namespace()
			if err != nil {
				return err
			}
			in, name := podNamed(ns, args[0])
			story, err := installation.ExplainPod(cmd.Context(), reader, set, in, name)
			if missing := (*installation.NoPodError)(nil); errors.As(err, &missing) {
				in, name, none := scene.PodOf(cmd.Context(), reader, &scene.Names{Given: args, Namespace: ns, Server: s.Server})
				if none != nil {
					return fmt.Errorf("%w, and %w", err, none)
				}
				fmt.Fprintf(s.ErrOut, "note: %s: pod %s/%s\n", clean.Line(args[0]), clean.Line(in), clean.Line(name))
				story, err = installation.ExplainPod(cmd.Context(), reader, set, in, name)
			}
			if err != nil {
				return err
			}
			return webhook.Writer(s).Pod(story)
		},
	}
}

// podNamed takes NAME, pod/NAME or NAMESPACE/NAME apart.
func podNamed(namespace, arg string) (in, name string) {
	first, rest, parted := strings.Cut(arg, "/")
	switch {
	case !parted:
		return namespace, arg
	case slices.Contains([]string{"pod", "pods", "po"}, strings.ToLower(first)):
		return namespace, rest
	}
	return first, rest
}
