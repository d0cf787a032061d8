//go:build tools

// Package loki pins Loki, the store of logs that the test of log shipping asks.
package loki

import _ "github.com/grafana/loki/v3/cmd/loki"
