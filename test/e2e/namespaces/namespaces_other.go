//go:build !linux

// Package namespaces runs this program again in namespaces of its own, on Linux.
package namespaces

import "errors"

// Options say what the program sees inside.
type Options struct {
	Root, Work string
	Shared     []string
	Cgroup     string
}

// Inside is false: only Linux has namespaces.
func Inside() bool { return false }

// Serve does nothing.
func Serve() {}

// Run fails.
func Run(Options) (int, error) { return 1, errors.New("needs Linux") }
