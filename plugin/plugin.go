// Package plugin is kubectl spark: one file or folder per command. It parses, calls and prints, and knows nothing of Spark. What all
// commands share is the session.
package plugin

//go:generate go run ../test/docs -commands -o README.md

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/klog/v2"

	"github.com/kubectl-spark/kubectl-spark/plugin/help"
	"github.com/kubectl-spark/kubectl-spark/plugin/image"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/plugin/tune"
	"github.com/kubectl-spark/kubectl-spark/plugin/webhook"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Exit codes; the contract lists them.
const (
	ExitDone        = int(session.Done)
	ExitFound       = int(session.Found)
	ExitFailed      = int(session.Failed)
	ExitCoverage    = int(session.Coverage)
	ExitWaited      = int(session.Waited)
	ExitInterrupted = int(session.Interrupted) // and 128 and the signal's number for others
)

// Signalled is why the context of a command ended.
type Signalled struct{ Signal syscall.Signal }

func (s Signalled) Error() string { return s.Signal.String() }

// Code is the exit code of a program that a signal ended.
func (s Signalled) Code() int { return 128 + int(s.Signal) }

// New makes the command tree. set is called at most once, by the commands that need rules.
func New(streams genericiooptions.IOStreams, set func() (*rule.Set, error), version string) *cobra.Command {
	s := session.New(streams, set, version)
	root := &cobra.Command{
		Use:           "kubectl-spark",
		Short:         "Diagnose and improve Apache Spark workloads",
		Long:          "Finds and fixes faults of Apache Spark on Kubernetes, from every launcher. A webhook adds limits, probes, JVM flags,\nsecurity contexts and metrics annotations to new Spark pods.",
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl spark"},
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	s.Attach(root)
	root.SetFlagErrorFunc(help.FlagError)
	root.SetVersionTemplate("kubectl spark {{.Version}}\n")
	root.AddCommand(newDoctor(s), newFix(s), tune.New(s), newInject(s), newUninject(s), newExplain(s), image.Images(s), newVersion(s), newOptions(s))
	root.AddCommand(webhook.Commands(s)...)
	root.InitDefaultHelpCmd()
	addCompletion(s, root)
	help.PlainArguments(root)
	help.OnCommands(root)
	help.Set(root, s.Out)
	return root
}

// Execute runs the command, writes its error as one line and returns the exit code.
func Execute(ctx context.Context, root *cobra.Command) int {
	klog.SetSlogLogger(slog.New(slog.DiscardHandler)) // clients log what they also return: it is said once, as the error
	err := root.ExecuteContext(ctx)
	var code session.Exit
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(ctx.Err(), context.Canceled):
		fmt.Fprintln(root.ErrOrStderr(), "error: interrupted")
		if by := (Signalled{}); errors.As(context.Cause(ctx), &by) {
			return by.Code()
		}
		return ExitInterrupted
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintln(root.ErrOrStderr(), "error: "+clean.Line(mask.Message(err.Error())))
	return ExitFailed
}

func newOptions(s *session.Session) *cobra.Command {
	return &cobra.Command{
		Use:   "options",
		Short: "List the connection flags that every command takes",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			shown := pflag.NewFlagSet("options", pflag.ContinueOnError)
			s.Connection.VisitAll(func(f *pflag.Flag) {
				one := *f
				one.Hidden = false
				shown.AddFlag(&one)
			})
			_, err := fmt.Fprintf(s.Out, "These flags can be passed to any command that opens a connection:\n\n%s", shown.FlagUsages())
			return err
		},
	}
}
