// Command fuzz finds every fuzz target of the module and runs each for a time.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	duration := flag.String("time", "30s", "how long each target runs")
	flag.Parse()
	packages, err := exec.Command("go", "list", "./...").Output()
	if err != nil {
		fatal(err)
	}
	targets, failed := 0, 0
	for _, pkg := range strings.Fields(string(packages)) {
		if strings.Contains(pkg, "/test/") && !strings.HasSuffix(pkg, "/test/script") { // the laws are fuzzed there
			continue
		}
		listed, err := exec.Command("go", "test", "-run", "^$", "-list", "^Fuzz", pkg).Output()
		if err != nil {
			fatal(fmt.Errorf("%s: %w", pkg, err))
		}
		for _, name := range strings.Fields(string(listed)) {
			if !strings.HasPrefix(name, "Fuzz") {
				continue
			}
			targets++
			fmt.Printf("== %s %s\n", pkg, name)
			cmd := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+name+"$", "-fuzztime", *duration, "-fuzzminimizetime", "20x", pkg)
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			if cmd.Run() != nil {
				failed++
			}
		}
	}
	fmt.Printf("%d targets, %d failed\n", targets, failed)
	if targets == 0 || failed > 0 {
		os.Exit(1)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "fuzz:", err)
	os.Exit(1)
}
