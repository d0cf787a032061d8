package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// denseDocuments make a file of 7 MB.
const denseDocuments = 18_000

// Budgets of fix: what later work may not exceed.
const (
	fixByParsing = 4   // 2.1 to 2.9, on two processors that others used as well
	fixProcessor = 5   // 2.6 to 3.4
	fixMiB       = 300 // 286 to 289
	fixTwice     = 2.2 // 1.9 to 2.0
)

// fix measures fix on a dense file of YAML documents against their parsing, and on JSON lists of which one is twice the other.
func fix(out io.Writer, binary string) error {
	dir, err := os.MkdirTemp("", "kubectl-spark-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	documents := make([]string, denseDocuments)
	for i := range documents {
		documents[i] = fmt.Sprintf(fixtures.Application, i)
	}
	name := filepath.Join(dir, "dense.yaml")
	if err := os.WriteFile(name, []byte(strings.Join(documents, "---\n")), 0o600); err != nil {
		return err
	}
	var lists [2]string
	for i, n := range []int{400, 800} {
		lists[i] = filepath.Join(dir, fmt.Sprintf("%d.json", n))
		text, err := fixtures.JSONList(documents[:n])
		if err != nil {
			return err
		}
		if err := os.WriteFile(lists[i], text, 0o600); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nfix of %d documents, once, and of JSON lists%s\n%-34s %10s %10s %8s\n", denseDocuments, load(), "", "median", "processor", "MiB")
	of := func(name, what string) command { return command{name: what, args: []string{binary, "fix", "-f", name}} }
	commands := []command{of(lists[0], "fix, JSON list of 400"), of(lists[1], "fix, JSON list of 800"),
		{name: "parsing by yaml.v3", args: []string{self, "-parse", name}}, of(name, "fix, dense YAML")}
	took, err := inTurnsFor(1, commands...)
	if err != nil {
		return err
	}
	for i, c := range commands {
		took[i].print(out, c.name)
	}
	budget(out, "fix of a dense file, by its parsing", took[3].took.Seconds()/took[2].took.Seconds(), 5, fixByParsing)
	budget(out, "fix of a dense file, by its parsing, processor", took[3].processor.Seconds()/took[2].processor.Seconds(), 5, fixProcessor)
	budget(out, "fix of a dense file, MiB", float64(took[3].peak)/1024, 300, fixMiB)
	budget(out, "fix of twice the JSON list, processor", took[1].processor.Seconds()/took[0].processor.Seconds(), 2, fixTwice)
	return nil
}

// parse parses every document of a file, and does nothing with it.
func parse(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document yaml.Node
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
