// Command spark-webhook is the admission server of kubectl spark.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

// version is set by the release build.
var version = "dev"

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	set, err := rulebook.NewAdmitted()
	if err == nil {
		err = webhook.Command(ctx, set, version, os.Args[1:], os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "spark-webhook:", err)
		return 2
	}
	return 0
}
