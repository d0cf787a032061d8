package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/kubectl-spark/kubectl-spark/plugin"
)

// doctor measures doctor -A on a cluster of applications and twice as many pods, against the bare list of what it reads; then on the
// same pods as a file and through a pipe, against their decoding.
func doctor(out io.Writer, binary string, applications, pods int) error {
	ctx := context.Background()
	f, err := newFleet(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = f.cp.Stop() }()
	each := max(pods/applications, 2)
	fmt.Fprintf(out, "\ndoctor -A, %d applications, in turns with the bare list, %d times%s\n%-34s %10s %10s %8s\n", applications, rounds, load(), "", "median", "processor", "MiB")
	var halves [2]measured
	for i, to := range []int{each/2 - 1, each - 1} {
		if err := f.applications(ctx, applications, []int{0, each/2 - 1}[i], to); err != nil {
			return err
		}
		halves[i], err = f.compare(out, binary, applications*(to+1))
		if err != nil {
			return err
		}
	}
	target(out, "twice the pods, time", halves[1].took.Seconds()/halves[0].took.Seconds(), 2)
	target(out, "twice the pods, memory", float64(halves[1].peak)/float64(halves[0].peak), 1.25)
	return nil
}

const rounds = 5

// compare measures doctor and the bare list in turns.
func (f *fleet) compare(out io.Writer, binary string, pods int) (measured, error) {
	self, err := os.Executable()
	if err != nil {
		return measured{}, err
	}
	doctor := command{name: fmt.Sprintf("doctor -A, %d pods", pods), args: []string{binary, "doctor", "-A", "--kubeconfig", f.cp.Kubeconfig()}}
	floor := command{name: "bare list", args: []string{self, "-list", f.cp.Kubeconfig()}}
	both, err := inTurns(doctor, floor)
	if err != nil {
		return measured{}, err
	}
	for i, c := range []command{doctor, floor} {
		both[i].print(out, c.name)
	}
	target(out, "doctor, by the bare list", both[0].took.Seconds()/both[1].took.Seconds(), 3)
	target(out, "doctor, MiB", float64(both[0].peak)/1024, 150)
	return both[0], nil
}

type command struct {
	name  string
	args  []string
	stdin string // a file
}

// measured is what runs of a command took: the medians of time and processor time, and the most memory in KiB.
type measured struct {
	took, processor time.Duration
	peak            int64
}

func (m measured) print(out io.Writer, name string) {
	fmt.Fprintf(out, "%-34s %10s %10s %8d\n", name, m.took.Round(time.Millisecond), m.processor.Round(time.Millisecond), m.peak>>10)
}

// inTurns runs commands one after the other, several times, after one time that does not count.
func inTurns(commands ...command) ([]measured, error) {
	took, processor := make([][]time.Duration, len(commands)), make([][]time.Duration, len(commands))
	all := make([]measured, len(commands))
	for round := range rounds + 1 {
		for i, c := range commands {
			cmd := exec.Command(c.args[0], c.args[1:]...)
			var told strings.Builder
			cmd.Stderr = &told
			if c.stdin != "" {
				in, err := os.Open(c.stdin)
				if err != nil {
					return nil, err
				}
				defer in.Close()
				cmd.Stdin = in
			}
			began := time.Now()
			err := cmd.Run()
			span := time.Since(began)
			var coded *exec.ExitError
			if err != nil && (!errors.As(err, &coded) || coded.ExitCode() != plugin.ExitFound) {
				return nil, fmt.Errorf("%s: %w: %s", c.name, err, told.String())
			}
			if round == 0 {
				continue
			}
			usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
			took[i] = append(took[i], span)
			processor[i] = append(processor[i], cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
			all[i].peak = max(all[i].peak, usage.Maxrss)
		}
	}
	for i := range all {
		slices.Sort(took[i])
		slices.Sort(processor[i])
		all[i].took, all[i].processor = took[i][rounds/2], processor[i][rounds/2]
	}
	return all, nil
}

// load is what else the machine does, as far as it tells.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	return ", load " + strings.Join(strings.Fields(string(text))[:3], " ")
}
