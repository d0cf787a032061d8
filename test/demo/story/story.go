// Package story holds what the demo is about: one workload of each launcher, each with a fault or two.
package story

import (
	"embed"
	"os"
	"path/filepath"
	"strings"
)

// Namespace is where the workloads stand.
const Namespace = "payments"

//go:embed *.yaml
var files embed.FS

// Write puts the manifests into a folder.
func Write(dir string) error {
	entries, err := files.ReadDir(".")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, entry := range entries {
		text, err := files.ReadFile(entry.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, entry.Name()), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Decision is what no tool can decide: a change of a file that its owner makes by hand, here as sed would.
type Decision struct{ File, From, To, Why string }

// Decisions are the owners' answers to what fix leaves to them.
func Decisions() []Decision {
	return []Decision{
		{"bitnami.yaml", "docker.io/bitnami/spark:latest", "registry.example/bitnami/spark:3.5.6", "a version that stays, from a registry of our own (SPK-I002)"},
		{"connect.yaml", "type: LoadBalancer", "type: ClusterIP", "no way in from outside (SPK-S025)"},
	}
}

// Decide makes a decision in a folder's file.
func (d Decision) Decide(dir string) error {
	name := filepath.Join(dir, d.File)
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(strings.Replace(string(text), d.From, d.To, 1)), 0o644)
}
