// Command kubectl-spark is the kubectl plugin.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // cloud logins

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// version is set by the release build.
var version = "dev"

// grace is how long a command has to clean up after a signal; then the program ends whatever it does.
const grace = 3 * time.Second

func main() {
	ctx, end := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		by := plugin.Signalled{Signal: (<-signals).(syscall.Signal)}
		end(by)
		time.Sleep(grace)
		os.Exit(by.Code())
	}()
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	os.Exit(plugin.Execute(ctx, plugin.New(streams, rulebook.New, version)))
}
