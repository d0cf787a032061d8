package session

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// CompleteFlag has the values of a flag of a command offered when a shell asks. cobra holds the flag, and all that its value is a part of,
// from then on as long as the process lives.
func (s *Session) CompleteFlag(cmd *cobra.Command, flag string, by func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)) {
	s.completions = append(s.completions, func() error { return cmd.RegisterFlagCompletionFunc(flag, by) })
}

// complete registers the completions of flags where the command is the one that shells ask.
func (s *Session) complete(cmd *cobra.Command, _ []string) (err error) {
	if given := s.Server.Password; given != nil && *given == "" {
		s.Server.Password = nil // else a server that no kubeconfig names is asked about: a user's name and password, on a terminal
	}
	if cmd.Name() == cobra.ShellCompRequestCmd {
		for _, register := range s.completions {
			err = errors.Join(err, register())
		}
	}
	return err
}

// completeConnection completes the values of the connection's flags.
func (s *Session) completeConnection(root *cobra.Command) {
	for flag, values := range map[string]func(context.Context) []string{"context": s.contexts, "namespace": s.namespaces} {
		s.CompleteFlag(root, flag, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return startingWith(typed, values(cmd.Context())), cobra.ShellCompDirectiveNoFileComp
		})
	}
}

// contexts are those of the kubeconfig.
func (s *Session) contexts(context.Context) (names []string) {
	if raw, err := s.Server.ToRawKubeConfigLoader().RawConfig(); err == nil {
		for name := range raw.Contexts {
			names = append(names, name)
		}
	}
	return names
}

// namespaces are those of the cluster. What cannot be read is not completed.
func (s *Session) namespaces(ctx context.Context) []string {
	reader, err := s.Reader()
	if err != nil {
		return nil
	}
	return reader.Namespaces(ctx)
}

// CompleteNames completes the names of workloads, and files.
func (s *Session) CompleteNames(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var reader *cluster.Reader
	namespace, err := s.Namespace()
	if err == nil {
		reader, err = s.Reader()
	}
	if err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return startingWith(typed, scene.WorkloadNames(cmd.Context(), reader, namespace)), cobra.ShellCompDirectiveDefault
}

func startingWith(typed string, names []string) []string {
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return !strings.HasPrefix(name, typed) })
}

// CompleteCodes completes the codes of rules.
func (s *Session) CompleteCodes(_ *cobra.Command, _ []string, typed string) (words []string, _ cobra.ShellCompDirective) {
	set, err := s.Rules()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, r := range set.Rules() {
		if strings.HasPrefix(r.Code, strings.ToUpper(typed)) {
			words = append(words, r.Code+"\t"+r.Doc.Title)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
