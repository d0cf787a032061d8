package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

var (
	// printedLine is a line of -XX:+PrintFlagsFinal: type, name, =, value, {kinds} {origin}.
	printedLine = regexp.MustCompile(`^ *(\w+) +(\w+) +:?= .*?\{((?:\w|:| )*)\}`)
	removedLine = regexp.MustCompile(`Ignoring option (\w+); support was removed in (\d+)`)
	aliasLine   = regexp.MustCompile(`(?:Option (\w+) was deprecated in version|-XX:\+(\w+) is deprecated\. Will use)`)
	refusedLine = regexp.MustCompile(`VM option '(?:[+-])?(\w+)`)
	versionLine = regexp.MustCompile(`version "(\d+)`)
	declared    = regexp.MustCompile(`\b(product|product_pd|product_rw|manageable|lp64_product|diagnostic|diagnostic_pd|experimental)\(\s*(\w+)\s*,\s*(\w+)\s*,`)
	obsoleted   = regexp.MustCompile(`\{ *"(\w+)",\s*JDK_Version::jdk(?:_update)?\((\d+)(?:, ?\d+)?\), *JDK_Version::jdk\((\d+)\) *\}`)
)

// printed asks a JVM for its flags, those behind a lock included.
func printed(java string, release int) (map[string]known, error) {
	out, err := exec.Command(java, "-XX:+UnlockDiagnosticVMOptions", "-XX:+UnlockExperimentalVMOptions", "-XX:+PrintFlagsFinal", "-version").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", java, err, out)
	}
	if m := versionLine.FindSubmatch(out); m == nil || string(m[1]) != strconv.Itoa(release) {
		return nil, fmt.Errorf("%s is no Java %d", java, release)
	}
	flags := map[string]known{}
	for line := range strings.SplitSeq(string(out), "\n") {
		m := printedLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		f := known{state: 'p', kind: 'n'}
		switch m[1] {
		case "bool":
			f.kind = 'b'
		case "ccstr", "ccstrlist":
			f.kind = 's'
		case "double":
			f.kind = 'f'
		}
		switch {
		case strings.Contains(m[3], "diagnostic"):
			f.state = 'd'
		case strings.Contains(m[3], "experimental"):
			f.state = 'e'
		}
		flags[m[2]] = f
	}
	if len(flags) < 500 {
		return nil, fmt.Errorf("%s printed %d flags only", java, len(flags))
	}
	return flags, nil
}

// ignored gives a JVM every name that it did not print: of some it says that they are ignored and since when, or which
// option they stand for, the few that it refuses to read are names of other flags, and what it says nothing of it does
// not know.
func ignored(java string, names map[string]bool, flags map[string]known) error {
	for {
		args := []string{"-XX:+IgnoreUnrecognizedVMOptions"}
		for name := range names {
			if _, has := flags[name]; !has {
				args = append(args, "-XX:+"+name)
			}
		}
		out, err := exec.Command(java, append(args, "-version")...).CombinedOutput()
		for _, m := range removedLine.FindAllStringSubmatch(string(out), -1) {
			since, _ := strconv.Atoi(m[2])
			flags[m[1]] = known{state: 'o', since: since}
		}
		for _, m := range aliasLine.FindAllStringSubmatch(string(out), -1) {
			flags[m[1]+m[2]] = known{state: 'a'}
		}
		if err == nil {
			return nil
		}
		m := refusedLine.FindSubmatch(out)
		if m == nil || !names[string(m[1])] || flags[string(m[1])] != (known{}) {
			return fmt.Errorf("%s: %w\n%s", java, err, out)
		}
		flags[string(m[1])] = known{state: 'a'}
	}
}

// readSources reads the flags of hotspot 8 for Linux on x86-64 from the headers that declare them.
func readSources(root string) (map[string]known, error) {
	if root == "" {
		return nil, errors.New("no sources of hotspot 8: name the folder by -hotspot8")
	}
	flags := map[string]known{}
	for _, file := range []string{
		"share/vm/runtime/globals.hpp", "share/vm/runtime/globals_ext.hpp", "share/vm/gc_implementation/g1/g1_globals.hpp", "share/vm/c1/c1_globals.hpp",
		"share/vm/opto/c2_globals.hpp", "cpu/x86/vm/globals_x86.hpp", "cpu/x86/vm/c2_globals_x86.hpp", "os/linux/vm/globals_linux.hpp",
	} {
		text, err := os.ReadFile(filepath.Join(root, "src", file))
		if err != nil {
			return nil, err
		}
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			f := known{state: m[1][0], kind: 'v'} // p, m, l, d or e
			if f.state == 'm' || f.state == 'l' {
				f.state = 'p'
			}
			if m[2] == "bool" {
				f.kind = 'b'
			}
			flags[m[3]] = f
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "src/share/vm/runtime/arguments.cpp"))
	if err != nil {
		return nil, err
	}
	for _, m := range obsoleted.FindAllStringSubmatch(string(text), -1) {
		since, _ := strconv.Atoi(m[2])
		if until, _ := strconv.Atoi(m[3]); until > 8 { // accepted up to that release
			flags[m[1]] = known{state: 'o', since: since}
		}
	}
	if len(flags) < 500 {
		return nil, fmt.Errorf("%s declares %d flags only", root, len(flags))
	}
	return flags, nil
}
