//go:build tools

// Package prometheus pins Prometheus and promtool: Debian's Prometheus is built without discovery in Kubernetes.
package prometheus

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
