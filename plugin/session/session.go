// Package session is one run of the plugin, which all commands share: the streams, the cluster that the connection flags name,
// the rules, what is said beside the output, and the exit codes. Start with Session.
package session

import (
	"fmt"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/terminal"
)

// Session is one run of the plugin. Clients and rules are made when a command first asks.
type Session struct {
	genericiooptions.IOStreams
	// Version is that of the plugin.
	Version string
	// Connection are the flags that say which server to talk to, and as whom; Server is what they say.
	Connection *pflag.FlagSet
	Server     *genericclioptions.ConfigFlags
	// Progress shows what a command works on; nil where standard error is no terminal.
	Progress *terminal.Progress

	rules       func() (*rule.Set, error)
	filledIn    bool           // it was said that printed commands lack a secret of the connection flags
	completions []func() error // register those of flags
}

// New begins a run. rules is called at most once.
func New(streams genericiooptions.IOStreams, rules func() (*rule.Set, error), version string) *Session {
	s := &Session{IOStreams: streams, Version: version, Connection: pflag.NewFlagSet("connection", pflag.ContinueOnError), Server: genericclioptions.NewConfigFlags(true).WithDeprecatedPasswordFlag(),
		Progress: terminal.NewProgress(streams.ErrOut), rules: sync.OnceValues(rules)}
	s.Server.WithWrapConfigFn(func(c *rest.Config) *rest.Config {
		c.Wrap(s.Progress.Transport)
		return c
	})
	s.Server.AddFlags(s.Connection)
	s.Connection.VisitAll(func(f *pflag.Flag) { f.Hidden = f.Name != "namespace" && f.Name != "context" })
	return s
}

// Attach gives a command tree the streams and the connection flags.
func (s *Session) Attach(root *cobra.Command) {
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.ErrOut)
	root.PersistentFlags().AddFlagSet(s.Connection)
	root.PersistentPreRunE = s.complete
	s.completeConnection(root)
}

// Rules are the rules of this build.
func (s *Session) Rules() (*rule.Set, error) {
	set, err := s.rules()
	if err != nil {
		return nil, fmt.Errorf("the rules of this build are not sound: %w", err)
	}
	return set, nil
}
