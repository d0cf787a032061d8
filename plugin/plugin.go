// Package plugin is kubectl spark: one file per command. It parses, calls and prints, and knows nothing of Spark.
package plugin

//go:generate go run ../test/docs -commands -o README.md

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/plugin/help"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/plugin/webhook"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/terminal"
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

// unsetHost is what client-go takes where nothing names a server.
const unsetHost = "http://localhost:8080"

// answerTimeout is how long one answer of the API server may take where --request-timeout does not say.
const answerTimeout = 60 * time.Second

// errNoCluster is the error of a command that asks a cluster where none is configured.
var errNoCluster = errors.New("no cluster to talk to: there is no kubeconfig; set KUBECONFIG or --kubeconfig, or give files")

// exit ends the command with a code other than that of an error. What there was to say has been said.
type exit = session.Exit

// Signalled is why the context of a command ended.
type Signalled struct{ Signal syscall.Signal }

func (s Signalled) Error() string { return s.Signal.String() }

// Code is the exit code of a program that a signal ended.
func (s Signalled) Code() int { return 128 + int(s.Signal) }

// env is what all commands share. Clients and rules are made when a command first asks.
type env struct {
	genericiooptions.IOStreams
	flags   *genericclioptions.ConfigFlags
	newSet  func() (*rule.Set, error)
	version string
	// connection are the flags that say which server to talk to, and as whom.
	connection *pflag.FlagSet
	filledIn   bool // it was said that printed commands lack a secret of these flags
	// progress shows what a command works on; nil where standard error is no terminal.
	progress *terminal.Progress
}

// New makes the command tree. set is called at most once, by the commands that need rules.
func New(streams genericiooptions.IOStreams, set func() (*rule.Set, error), version string) *cobra.Command {
	e := &env{IOStreams: streams, flags: genericclioptions.NewConfigFlags(true).WithDeprecatedPasswordFlag(), newSet: sync.OnceValues(set), version: version, progress: terminal.NewProgress(streams.ErrOut)}
	e.flags.WithWrapConfigFn(func(c *rest.Config) *rest.Config {
		c.Wrap(e.progress.Transport)
		return c
	})
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
	root.SetIn(e.In)
	root.SetOut(e.Out)
	root.SetErr(e.ErrOut)
	connection := pflag.NewFlagSet("connection", pflag.ContinueOnError)
	e.connection = connection
	e.flags.AddFlags(connection)
	connection.VisitAll(func(f *pflag.Flag) { f.Hidden = f.Name != "namespace" && f.Name != "context" })
	root.PersistentFlags().AddFlagSet(connection)
	root.SetFlagErrorFunc(help.FlagError)
	root.SetVersionTemplate("kubectl spark {{.Version}}\n")
	e.completeConnection(root)
	root.AddCommand(newDoctor(e), newFix(e), newTune(e), newInject(e), newUninject(e), newExplain(e), newVersion(e), newOptions(e, connection))
	root.AddCommand(webhook.Commands(e.session())...)
	root.SuggestionsMinimumDistance = 2
	root.InitDefaultHelpCmd()
	addCompletion(e, root)
	help.PlainArguments(root)
	help.OnCommands(root)
	help.Set(root, e.Out)
	return root
}

// Execute runs the command, writes its error as one line and returns the exit code.
func Execute(ctx context.Context, root *cobra.Command) int {
	klog.SetSlogLogger(slog.New(slog.DiscardHandler)) // clients log what they also return: it is said once, as the error
	err := root.ExecuteContext(ctx)
	var code exit
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
	fmt.Fprintln(root.ErrOrStderr(), "error: "+oneLine(mask.Message(err.Error())))
	return ExitFailed
}

// session is this run, for the commands of sub-packages.
func (e *env) session() *session.Session {
	return &session.Session{IOStreams: e.IOStreams, Version: e.version, Namespace: func() string { return *e.flags.Namespace }, Reader: e.reader, Rules: e.set,
		Command: e.command, Display: e.display, Say: e.say, Tell: e.tell, TellReasons: e.tellReasons, Progress: e.progress.Begin, Count: e.progress.Count}
}

// display is how a table is written to the terminal that there is.
func (e *env) display(format string) report.Options {
	s := terminal.Of(e.Out)
	return report.Options{Format: format, Color: s.Color, ASCII: s.ASCII, Width: s.Width}
}

// say writes a line beside the output. On a terminal it takes as many lines as the width asks for, the text below itself.
func (e *env) say(head, text string) {
	s := terminal.Of(e.ErrOut)
	if !s.Terminal {
		fmt.Fprintln(e.ErrOut, head+text)
		return
	}
	for _, line := range report.Wrap(text, report.Width(s.Width)-len(head)) {
		fmt.Fprintln(e.ErrOut, head+line)
		head = strings.Repeat(" ", len(head))
	}
}

func (e *env) set() (*rule.Set, error) {
	set, err := e.newSet()
	if err != nil {
		return nil, fmt.Errorf("the rules of this build are not sound: %w", err)
	}
	return set, nil
}

func (e *env) config() (*rest.Config, error) {
	raw, err := e.flags.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return nil, badKubeconfig(err)
	}
	if timeout := *e.flags.Timeout; timeout != "" {
		if _, err := clientcmd.ParseTimeout(timeout); err != nil {
			return nil, fmt.Errorf("--request-timeout=%q: must be seconds or a duration, as 30s or 2m", timeout)
		}
	}
	if name := *e.flags.Context; name != "" && raw.Contexts[name] == nil {
		near := ""
		if found := scene.Near(name, slices.Collect(maps.Keys(raw.Contexts))); len(found) > 0 {
			near = "; did you mean " + strings.Join(found, " or ") + "?"
		}
		return nil, fmt.Errorf("--context=%q: the kubeconfig has no such context: kubectl config get-contexts lists them%s", name, near)
	}
	config, err := e.flags.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("no connection to a cluster: %w: correct the kubeconfig, or give another with --kubeconfig or KUBECONFIG", err)
	}
	if len(raw.Clusters) == 0 && *e.flags.APIServer == "" && config.Host == unsetHost {
		return nil, errNoCluster
	}
	if config.Timeout == 0 {
		config.Timeout = answerTimeout
	}
	return config, nil
}

// badKubeconfig is the error of a kubeconfig that is not there or cannot be read.
func badKubeconfig(err error) error {
	return fmt.Errorf("cannot read the kubeconfig: %w: check --kubeconfig and KUBECONFIG", err)
}

func (e *env) reader() (*cluster.Reader, error) {
	config, err := e.config()
	if err != nil {
		return nil, err
	}
	return cluster.New(config)
}

func newOptions(e *env, connection *pflag.FlagSet) *cobra.Command {
	return &cobra.Command{
		Use:   "options",
		Short: "List the connection flags that every command takes",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			shown := pflag.NewFlagSet("options", pflag.ContinueOnError)
			connection.VisitAll(func(f *pflag.Flag) {
				one := *f
				one.Hidden = false
				shown.AddFlag(&one)
			})
			_, err := fmt.Fprintf(e.Out, "These flags can be passed to any command that opens a connection:\n\n%s", shown.FlagUsages())
			return err
		},
	}
}
