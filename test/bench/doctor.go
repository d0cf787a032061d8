package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

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
	budget(out, "twice the pods, time", halves[1].took.Seconds()/halves[0].took.Seconds(), 2, 2)
	budget(out, "twice the pods, memory", float64(halves[1].peak)/float64(halves[0].peak), 1.25, 1.25)
	return f.file(ctx, out, binary)
}

// file measures doctor on the pods of the cluster as kubectl prints them, from a file and through a pipe, against their decoding.
// The file is written by another process: a process begins with the peak of the memory of the one that starts it.
func (f *fleet) file(ctx context.Context, out io.Writer, binary string) error {
	dir, err := os.MkdirTemp("", "kubectl-spark-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "pods.json")
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if output, err := exec.CommandContext(ctx, self, "-list", f.cp.Kubeconfig(), "-dump", name).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	commands := []command{{name: fmt.Sprintf("doctor -f FILE, %d MiB", info.Size()>>20), args: []string{binary, "doctor", "-f", name}},
		{name: "doctor -f -", args: []string{binary, "doctor", "-f", "-"}, stdin: name}, {name: "decoding", args: []string{self, "-decode", name}}}
	took, err := inTurns(commands...)
	if err != nil {
		return err
	}
	for i, c := range commands {
		took[i].print(out, c.name)
	}
	for i, c := range commands[:2] {
		budget(out, strings.TrimSuffix(strings.Fields(c.name)[2], ",")+", by the decoding", took[i].took.Seconds()/took[2].took.Seconds(), 2, 2)
		budget(out, strings.TrimSuffix(strings.Fields(c.name)[2], ",")+", MiB", float64(took[i].peak)/1024, 300, 300)
	}
	return nil
}

// dump writes the pods of a cluster as kubectl prints them.
func dump(kubeconfig, name string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	all, err := client.CoreV1().Pods("").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return err
	}
	all.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "List"}
	for i := range all.Items {
		all.Items[i].TypeMeta, all.Items[i].ManagedFields = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, nil
	}
	text, err := json.MarshalIndent(all, "", "    ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o600)
}

// decode decodes a file into a list of pods, and does nothing with it.
func decode(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &corev1.PodList{})
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
	budget(out, "doctor, by the bare list", both[0].took.Seconds()/both[1].took.Seconds(), 3, 3)
	budget(out, "doctor, MiB", float64(both[0].peak)/1024, 150, 150)
	return both[0], nil
}

type command struct {
	name  string
	args  []string
	stdin string                // a file
	feed  func(io.Writer) error // writes standard input while the command runs
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
func inTurns(commands ...command) ([]measured, error) { return inTurnsFor(rounds, commands...) }

// inTurnsFor is inTurns for so many times; the one before is left out where that is once.
func inTurnsFor(rounds int, commands ...command) ([]measured, error) {
	took, processor := make([][]time.Duration, len(commands)), make([][]time.Duration, len(commands))
	all := make([]measured, len(commands))
	for round := range rounds + min(rounds-1, 1) {
		for i, c := range commands {
			cmd := exec.Command(c.args[0], c.args[1:]...)
			var output strings.Builder
			cmd.Stderr = &output
			if c.stdin != "" {
				in, err := os.Open(c.stdin)
				if err != nil {
					return nil, err
				}
				defer in.Close()
				cmd.Stdin = in
			}
			if c.feed != nil {
				in, err := cmd.StdinPipe()
				if err != nil {
					return nil, err
				}
				go func() { // a command that ends early breaks the pipe, and says why itself
					_ = c.feed(in)
					in.Close()
				}()
			}
			began := time.Now()
			err := cmd.Run()
			span := time.Since(began)
			var coded *exec.ExitError
			if err != nil && (!errors.As(err, &coded) || coded.ExitCode() != plugin.ExitFound) {
				return nil, fmt.Errorf("%s: %w: %s", c.name, err, output.String())
			}
			if round == 0 && rounds > 1 {
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
