package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// start measures whole processes in turns: kubectl spark version, and the real kubectl version --client as its floor.
func start(out io.Writer, plugin string) error {
	bin, err := controlplane.Binaries(context.Background(), os.Stderr, controlplane.Kubectl)
	if err != nil {
		return err
	}
	commands := [][]string{{bin.Path(controlplane.Kubectl), "version", "--client"}, {plugin, "version"}}
	times := make([][]time.Duration, len(commands))
	for range 40 {
		for i, command := range commands {
			began := time.Now()
			if text, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w: %s", command[0], err, text)
			}
			times[i] = append(times[i], time.Since(began))
		}
	}
	fmt.Fprintf(out, "\nstart of a process, in turns, 40 times\n%-28s %10s\n", "", "median")
	for i, name := range []string{"kubectl version --client", "kubectl spark version"} {
		slices.Sort(times[i])
		fmt.Fprintf(out, "%-28s %10s\n", name, times[i][len(times[i])/2].Round(100*time.Microsecond))
	}
	fmt.Fprintf(out, "ratio of medians %.2f (target: at most 0.8)\n", float64(times[1][20])/float64(times[0][20]))
	return nil
}
