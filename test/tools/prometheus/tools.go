//go:build tools

// Package prometheus pins Prometheus: Debian's is built without discovery in Kubernetes.
package prometheus

import _ "github.com/prometheus/prometheus/cmd/prometheus"
