//go:build tools

// Package node pins the programs of a real Kubernetes node that come from Kubernetes itself. It is a module beside that of the control plane,
// so that a change here rebuilds no API server. What both require has one version in both: then Go's build cache compiles it once.
package node

import (
	_ "k8s.io/kubernetes/cmd/kube-proxy"
	_ "k8s.io/kubernetes/cmd/kubelet"
)
