//go:build tools

// Package metricsserver pins metrics-server, which answers metrics.k8s.io with what the kubelet measures. It is a module of its own: it brings
// the Kubernetes libraries that it was tested with.
package metricsserver

import _ "sigs.k8s.io/metrics-server/cmd/metrics-server"
