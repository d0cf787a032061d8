//go:build !linux

package main

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func starts(t *testing.T, _ string, _ v1.Image) { t.Skip("the image's program runs on Linux only") }
