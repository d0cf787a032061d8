// Command files is the first part of the demo: a captured pod of real Spark, and two runs of a real job, without a cluster.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

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
	stage.Title("From files, without a cluster: where the memory of an executor goes")
	if err := s.Write("native/3.5.9/executor-small-overhead", "executor.yaml"); err != nil {
		return err
	}
	if err := s.Spark(ctx, "explain", "memory", "-f", "executor.yaml"); err != nil {
		return err
	}
	stage.Title("From a run to the next: garbage collection took 44 % of the tasks' time")
	for _, name := range []string{"logs", "small-pod.record.json"} {
		path, err := filepath.Abs(filepath.Join("examples", name))
		if err == nil {
			err = os.Symlink(path, filepath.Join(s.Dir, name))
		}
		if err != nil {
			return err
		}
	}
	if err := s.Spark(ctx, "tune", "--event-log=logs/small-pod.zstd", "-o", "conf"); err != nil {
		return err
	}
	return s.Spark(ctx, "tune", "--verify=small-pod.record.json", "--event-log=logs/small-pod-tuned.zstd")
}
