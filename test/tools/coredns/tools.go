//go:build tools

// Package coredns pins the DNS server of the real Kubernetes node. It is a module of its own: CoreDNS brings the Kubernetes client that it was tested with.
package coredns

import _ "github.com/coredns/coredns"
