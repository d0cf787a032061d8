// Package node starts one real Kubernetes node: an API server with its controllers, containerd, kubelet, kube-proxy and CoreDNS. It runs as
// root in namespaces of its own (package namespaces): it makes interfaces, routes, firewall rules and mounts, and removes none of them.
package node
