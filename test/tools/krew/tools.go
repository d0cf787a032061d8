//go:build tools

// Package krew pins Krew, which the test of the plugin's manifest builds and runs.
package krew

import (
	_ "sigs.k8s.io/krew/cmd/krew"
	_ "sigs.k8s.io/krew/cmd/validate-krew-manifest"
)
