package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// sizes are the most bytes that the released programs may have.
var sizes = map[string]int64{"kubectl-spark": 60_000_000, "spark-webhook": 35_000_000}

// fits builds the programs as make build does, in a folder of its own. One that stands in bin as it would be built is not linked
// again: linking takes longer than all else once the packages are built.
func fits() error {
	dir, err := os.MkdirTemp("", "kubectl-spark-sizes-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for name := range sizes {
		if text, err := os.ReadFile(filepath.Join("bin", name)); err == nil {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o755); err != nil {
				return err
			}
		}
	}
	build := exec.Command("make", "--no-print-directory", "build", "BIN="+dir)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("make build: %w\n%s", err, out)
	}
	var all error
	for name, most := range sizes {
		info, err := os.Stat(filepath.Join(dir, name))
		switch {
		case err != nil:
			all = errors.Join(all, err)
		case info.Size() > most:
			all = errors.Join(all, fmt.Errorf("%s has %d bytes, and at most %d are allowed: go tool nm -size -sort size names what it links", name, info.Size(), most))
		}
	}
	return all
}
