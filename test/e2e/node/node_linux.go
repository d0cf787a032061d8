package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// Name is the node's name.
const Name = "node1"

// Address is the node's address, at which the API server answers too. All of it stays inside the network namespace.
const (
	Address  = "198.18.0.1"
	pods     = "198.18.0.0/16"
	services = "198.19.0.0/16"
	bridge   = "cni0"
)

// Packages are the Debian packages whose programs the node runs, beside those that it is given.
func Packages() []string {
	return []string{"containerd", "runc", "containernetworking-plugins", "iptables", "conntrack", "socat", "ethtool", "iproute2", "ca-certificates", "procps"}
}

// Archive writes a docker archive of images.
type Archive func(io.Writer) error

// Options are what a node needs.
type Options struct {
	Dir      string            // data, configuration and logs
	Programs map[string]string // from controlplane.NodeBinaries
	Images   []Archive         // to import
	Sandbox  string            // the image of a pod's sandbox
	Cgroup   string            // control group below which all pods stand; it is there
	Output   io.Writer         // what takes how long
}

// Node is a running node with its control plane. It has no Stop: its namespaces end it.
type Node struct {
	*controlplane.ControlPlane
	options Options
	socket  string // of containerd
}

// Start starts the node and waits until it is Ready.
func Start(ctx context.Context, o Options) (*Node, error) {
	n := &Node{options: o, socket: filepath.Join(o.Dir, "containerd.sock")}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"network", n.network},
		{"container runtime", n.containerd},
		{"images", n.importImages},
		{"control plane", n.controlPlane},
		{"kubelet, kube-proxy, CoreDNS", n.kubelet},
	} {
		start := time.Now()
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("start the node: %s: %w", step.what, err)
		}
		fmt.Fprintf(o.Output, "node: %s %s\n", step.what, time.Since(start).Round(100*time.Millisecond))
	}
	return n, nil
}

func (n *Node) path(parts ...string) string {
	return filepath.Join(append([]string{n.options.Dir}, parts...)...)
}

// write writes a file of the node and gives its path.
func (n *Node) write(name, text string) (string, error) {
	file := n.path(name)
	return file, errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600))
}

func run(ctx context.Context, name string, args ...string) error {
	if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w: %s", name, args, err, out)
	}
	return nil
}

func (n *Node) network(ctx context.Context) error {
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"link", "add", bridge, "type", "bridge"}, // some kernels have no dummy device
		{"addr", "add", Address + "/16", "dev", bridge},
		{"link", "set", bridge, "up"},
		// Without it the API server cannot call a webhook in the cluster: the network is unreachable before a firewall rule sees the packet.
		{"route", "add", services, "dev", bridge},
	} {
		if err := run(ctx, "ip", args...); err != nil {
			return err
		}
	}
	// Programs ask for the address of the machine's own name, spark-submit among them.
	return errors.Join(syscall.Sethostname([]byte(Name)),
		os.WriteFile("/etc/hosts", []byte("127.0.0.1 localhost\n"+Address+" "+Name+"\n"), 0o644),
		os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0))
}

func (n *Node) importImages(ctx context.Context) error {
	for _, archive := range n.options.Images {
		read, write := io.Pipe()
		written := make(chan error, 1)
		go func() {
			err := archive(write)
			written <- err
			write.CloseWithError(err)
		}()
		cmd := exec.CommandContext(ctx, "ctr", "-a", n.socket, "-n", "k8s.io", "images", "import", "-")
		cmd.Stdin = read
		out, err := cmd.CombinedOutput()
		read.Close()
		if err := errors.Join(<-written, err); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	return nil
}

func (n *Node) controlPlane(ctx context.Context) (err error) {
	n.ControlPlane, err = controlplane.Start(ctx, controlplane.Options{
		Controllers: true, Scheduler: true, Dir: n.path("controlplane"), Address: Address, Output: n.options.Output,
	})
	return err
}

// ready says whether the kubelet has reported the node as Ready.
func (n *Node) ready(ctx context.Context) bool {
	node, err := n.Client().CoreV1().Nodes().Get(ctx, Name, metav1.GetOptions{})
	if err != nil {
		return false
	}
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			return true
		}
	}
	return false
}
