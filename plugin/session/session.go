// Package session is what a command of a sub-package knows of the run that it is part of: the streams, the cluster that the
// connection flags name, how a printed command reaches the same cluster, and the exit codes. plugin makes one for each run.
package session

import (
	"fmt"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Exit ends the command with a code other than that of an error. What there was to say has been said.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Exit codes; the contract lists them.
const (
	Done        Exit = 0
	Found       Exit = 1
	Failed      Exit = 2
	Coverage    Exit = 3
	Waited      Exit = 124
	Interrupted Exit = 130 // and 128 and the signal's number for others
)

// Session is one run of the plugin.
type Session struct {
	genericiooptions.IOStreams
	// Version is that of the plugin.
	Version string
	// Namespace is what --namespace says; "" where it was not given.
	Namespace func() string
	// Reader makes the client of the API server, and Rules the rules.
	Reader func() (*cluster.Reader, error)
	Rules  func() (*rule.Set, error)
	// Command is a command of ours that reaches the same server.
	Command func(words string) string
	// Display is how a table is written to the terminal that there is.
	Display func(format string) report.Options
	// Say writes a line beside the output, Tell writes notes, and TellReasons what was not checked.
	Say         func(head, text string)
	Tell        func(notes []string, showSecrets bool)
	TellReasons func(lines []string)
	// Progress shows the stage that a command is in, until end; Count says how far it is.
	Progress func(stage string) (end func())
	Count    func(done, total int)
}
