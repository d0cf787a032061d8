package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// unwell measures doctor on a file of drivers that were all killed, each of an application of its own, against its decoding.
// The file is written by another process: a process begins with the peak of the memory of the one that starts it.
func unwell(out io.Writer, binary string, drivers int) error {
	dir, err := os.MkdirTemp("", "kubectl-spark-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "drivers.json")
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if output, err := exec.Command(self, "-killed", strconv.Itoa(drivers), "-write-killed", name).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	commands := []command{{name: fmt.Sprintf("doctor -f FILE, %d MiB", info.Size()>>20), args: []string{binary, "doctor", "-f", name}}, {name: "decoding", args: []string{self, "-decode", name}}}
	took, err := inTurns(commands...)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\ndoctor of %d killed drivers, in turns with their decoding, %d times%s\n%-34s %10s %10s %8s\n", drivers, rounds, load(), "", "median", "processor", "MiB")
	for i, c := range commands {
		took[i].print(out, c.name)
	}
	budget(out, "killed drivers, by the decoding", took[0].took.Seconds()/took[1].took.Seconds(), 3, 5)
	return nil
}

// writeKilled writes a list of drivers whose container was killed by the kernel, as kubectl prints them.
func writeKilled(name string, drivers int) error {
	pods, err := fixtures.Killed(drivers)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "List"}, Items: pods}, "", "    ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o600)
}
