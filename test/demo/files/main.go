// Command files is the first half of the demo: inject and doctor on captured pods of real Spark, without a cluster.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/kubectl-spark/kubectl-spark/test/demo/stage"
)

func main() {
	bin := flag.String("bin", "bin", "folder of the built binaries")
	flag.Parse()
	if err := run(context.Background(), *bin); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, bin string) error {
	s, err := stage.New(bin)
	if err != nil {
		return err
	}
	defer s.Close()
	stage.Title("From files: a driver pod as Spark 3.5.9 made it, before and after")
	if err := s.Write("native/3.5.9/driver-jvm", "driver.yaml"); err != nil {
		return err
	}
	if err := s.Diff(ctx, "driver.yaml"); err != nil {
		return err
	}
	stage.Title("From files: doctor on an executor whose overhead somebody set to 100m")
	if err := s.Write("native/3.5.9/executor-small-overhead", "executor.yaml"); err != nil {
		return err
	}
	return s.Spark(ctx, "doctor", "-f", "executor.yaml", "--fail-on", "never")
}
