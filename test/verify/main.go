// Command verify checks what a reviewer should not have to: that generated files are fresh, that the source is
// formatted, vetted, linted and right in its types on every platform, that no rule allocates more than its budget,
// that the programs are not larger than theirs, and that every dependency has a licence that may be shipped.
// It exits 1 and names each problem.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// staticcheck is run from its module, so nothing has to be installed.
const staticcheck = "honnef.co/go/tools/cmd/staticcheck@v0.7.0"

// check is one thing that is looked at.
type check struct {
	name  string
	run   func() error
	ended chan error
}

func main() {
	problems := 0
	tell := func(name string, err error) {
		if err != nil {
			problems++
			fmt.Fprintf(os.Stderr, "%-44sFAIL\n%s\n", name, err)
			return
		}
		fmt.Fprintf(os.Stderr, "%-44sok\n", name)
	}
	tell("generated files", unchanged("go", "generate", "./...")) // it writes what the others read
	shipped, err := everywhere()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	all := checks(shipped)
	for _, c := range all {
		err := <-c.ended
		tell(c.name, err)
	}
	if problems > 0 {
		fmt.Fprintf(os.Stderr, "%d checks failed\n", problems)
		os.Exit(1)
	}
}

// checks begins the checks of packages, two at a time: those that read the source of all that the packages import, which take memory, and
// those that run commands.
func checks(shipped []string) (all []*check) {
	begin := func(some ...*check) {
		all = append(all, some...)
		go func() {
			for _, c := range some {
				c.ended <- c.run()
			}
		}()
	}
	next := func(name string, run func() error) *check { return &check{name, run, make(chan error, 1)} }
	commands := []*check{next("gofmt", func() error { return silent(nil, "gofmt", "-l", ".") })}
	for _, dir := range modules() {
		commands = append(commands, next("go.mod and go.sum in "+dir, func() error { return silent(nil, "go", "-C", dir, "mod", "tidy", "-diff") }))
	}
	begin(append(commands,
		next("vet", func() error {
			return errors.Join(silent(nil, "go", "vet", "./..."), silent(nil, "go", "-C", release, "vet", "./..."))
		}),
		next("staticcheck", func() error {
			var all error
			for _, dir := range modules() {
				all = errors.Join(all, silent([]string{"CGO_ENABLED=0"}, "go", "-C", dir, "run", staticcheck, "./..."))
			}
			return all
		}),
		next("allocations of rules", func() error {
			out, err := exec.Command("go", "run", "./test/allocations").CombinedOutput()
			if err != nil {
				return fmt.Errorf("%w\n%s", err, out)
			}
			return nil
		}),
		next("sizes of the programs", fits),
		next("licences", licences))...)
	var types []*check
	for _, system := range []string{"darwin", "windows"} {
		types = append(types, next("types on "+system, func() error {
			return errors.Join(typed(system, ".", shipped...), typed(system, release, "./..."))
		}))
	}
	begin(types...)
	return all
}

// release is the module of the commands that make a release.
const release = "test/ship"

// modules are the folders of the project's modules.
func modules() []string { return []string{".", release} }

// everywhere lists what runs on every platform: all but test.
func everywhere() (all []string, err error) {
	out, err := exec.Command("go", "list", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for _, p := range strings.Fields(string(out)) {
		if !strings.Contains(p, "/test/") {
			all = append(all, p)
		}
	}
	return all, nil
}

// silent runs a command that says nothing when all is well.
func silent(env []string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	var lines []string
	for _, line := range strings.Split(string(out), "\n") {
		if line != "" && !strings.HasPrefix(line, "go: downloading") && !strings.HasPrefix(line, "go: finding") {
			lines = append(lines, line)
		}
	}
	if err != nil || len(lines) > 0 {
		return fmt.Errorf("%s: %v\n%s", name, err, strings.Join(lines, "\n"))
	}
	return nil
}

// unchanged runs a command and fails when the working tree is not what it was.
func unchanged(name string, args ...string) error {
	before, err := status()
	if err != nil {
		return err
	}
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	after, err := status()
	if err == nil && !bytes.Equal(before, after) {
		err = fmt.Errorf("the command changed files; commit them:\n%s", after)
	}
	return err
}

func status() ([]byte, error) {
	diff, err := exec.Command("git", "diff").Output()
	if err != nil {
		return nil, err
	}
	files, err := exec.Command("git", "status", "--porcelain").Output()
	return append(files, diff...), err
}

// licences looks for a licence file in every module that the binaries link.
func licences() error {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}", "./cmd/...").Output()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	var without []string
	for _, line := range strings.Fields(strings.ReplaceAll(string(out), " ", "\x00")) {
		path, dir, _ := strings.Cut(line, "\x00")
		if seen[path] {
			continue
		}
		seen[path] = true
		if !licensed(dir) {
			without = append(without, path)
		}
	}
	if without != nil {
		return fmt.Errorf("no licence that is known to allow shipping: %s", strings.Join(without, ", "))
	}
	if len(seen) < 5 {
		return fmt.Errorf("only %d modules were seen", len(seen))
	}
	return nil
}

func licensed(dir string) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*")) // the pattern is sound
	for _, file := range files {
		name := strings.ToUpper(filepath.Base(file))
		if !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, words := range []string{"Apache License", "MIT License", "Permission is hereby granted", "Redistribution and use in source and binary forms", "Permission to use, copy, modify"} {
			if bytes.Contains(text, []byte(words)) {
				return true
			}
		}
	}
	return false
}
