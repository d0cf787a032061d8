package plugin

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/status"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// printable says of a connection flag that a printed command carries it: the namespace stands there already, and the others
// are secrets.
func printable(flag string) bool {
	return flag != "namespace" && flag != "token" && flag != "password"
}

// holdsSecret says that a URL in a text holds a secret, which no printed command carries.
func holdsSecret(text string) bool {
	return strings.Contains(text, "://") && mask.Message(text) != text
}

// reach are the connection flags as they were given, in the form of a shell, so that a printed command reaches the same server. A
// secret in one is masked, and not the flag left out: without it the command would reach another server.
func (e *env) reach() (words []string) {
	e.connection.VisitAll(func(f *pflag.Flag) {
		if !f.Changed || !printable(f.Name) {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			if holdsSecret(value) {
				value = mask.Message(value)
				e.fillIn("--" + f.Name)
			}
			words = append(words, "--"+f.Name+"="+change.Quote(value))
		}
	})
	return words
}

// fillIn says once that printed commands lack a secret of a flag.
func (e *env) fillIn(flag string) {
	if !e.filledIn {
		e.filledIn = true
		e.say("note: ", "printed commands have "+flag+" with its secret masked: fill it in before you run them")
	}
}

// command is a command of ours that reaches the same server.
func (e *env) command(words string) string {
	return strings.Join(append([]string{"kubectl spark " + words}, e.reach()...), " ")
}

// writer writes what the cluster has of the webhook.
func (e *env) writer() *status.Writer {
	return &status.Writer{Lines: report.Lines{Out: e.Out, Options: e.display("table")}, Command: e.command}
}

// install is the command that installs the webhook, with the codes of what it edits; "" where it is installed, or that cannot
// be seen.
func (e *env) install(ctx context.Context, set *rule.Set) (command string, codes map[string]bool) {
	reader, err := e.reader()
	if err != nil {
		return "", nil
	}
	if have, err := installation.ReadWebhook(ctx, reader); err != nil || have.Installed() {
		return "", nil
	}
	codes = map[string]bool{}
	for _, r := range set.Rules() {
		codes[r.Code] = r.Admit
	}
	return status.InstallCommand(e.command), codes
}

// completeConnection completes the values of the connection's flags.
func (e *env) completeConnection(root *cobra.Command) {
	for flag, values := range map[string]func(context.Context) []string{"context": e.contexts, "namespace": e.namespaces} {
		// The flag was declared before: registration cannot fail.
		_ = root.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return startingWith(typed, values(cmd.Context())), cobra.ShellCompDirectiveNoFileComp
		})
	}
}

// contexts are those of the kubeconfig.
func (e *env) contexts(context.Context) (names []string) {
	if raw, err := e.flags.ToRawKubeConfigLoader().RawConfig(); err == nil {
		for name := range raw.Contexts {
			names = append(names, name)
		}
	}
	return names
}

// namespaces are those of the cluster. What cannot be read is not completed.
func (e *env) namespaces(ctx context.Context) []string {
	reader, err := e.reader()
	if err != nil {
		return nil
	}
	return reader.Namespaces(ctx)
}

// completeNames completes the names of workloads, and files.
func (e *env) completeNames(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var reader *cluster.Reader
	namespace, err := e.namespace()
	if err == nil {
		reader, err = e.reader()
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
