package main

import (
	_ "embed"
	"os"
	"path/filepath"
)

//go:embed job.py
var job []byte

//go:embed driver.yaml
var driverTemplate []byte

//go:embed executor.yaml
var executorTemplate []byte

// writeWork lays out the folder that spark-submit runs in, so that it can be given relative, neutral paths.
func writeWork(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "templates"), 0o755); err != nil {
		return err
	}
	for name, data := range map[string][]byte{"job.py": job, "templates/driver.yaml": driverTemplate, "templates/executor.yaml": executorTemplate} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
