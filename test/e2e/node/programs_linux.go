package node

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// start starts a program with its output in Dir/NAME.log; ended is closed when it ends.
func (n *Node) start(path string, args ...string) (ended chan struct{}, err error) {
	log, err := os.Create(n.path(filepath.Base(path) + ".log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended = make(chan struct{})
	go func() {
		_ = cmd.Wait() // the log says why
		log.Close()
		close(ended)
	}()
	return ended, nil
}

// wait waits until ready holds, while the program runs.
func (n *Node) wait(ctx context.Context, name string, ended chan struct{}, ready func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	for !ready() {
		select {
		case <-ended:
			return fmt.Errorf("%s ended:\n%s", name, n.Log(name))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w:\n%s", name, ctx.Err(), n.Log(name))
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}

// Log is the end of a program's log.
func (n *Node) Log(name string) string {
	data, err := os.ReadFile(n.path(name + ".log"))
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-3000):])
}

func (n *Node) containerd(ctx context.Context) error {
	_, err := n.write("cni/10-bridge.conflist", fmt.Sprintf(`{"cniVersion": "1.0.0", "name": "node", "plugins": [
 {"type": "bridge", "bridge": %q, "isGateway": true, "hairpinMode": true, "ipam": {"type": "host-local", "dataDir": %q,
  "ranges": [[{"subnet": %q, "rangeStart": "198.18.0.10", "gateway": %q}]], "routes": [{"dst": "0.0.0.0/0"}]}},
 {"type": "portmap", "capabilities": {"portMappings": true}}]}
`, bridge, n.path("cni/addresses"), pods, Address))
	if err != nil {
		return err
	}
	// Where the machine may not lower a process's OOM score, runc fails for every container without restrict_oom_score_adj.
	config, err := n.write("containerd.toml", fmt.Sprintf(`version = 2
root = %q
state = "/run/containerd"
[grpc]
  address = %q
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = %q
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
`, n.path("containerd"), n.socket, n.options.Sandbox, n.path("cni")))
	if err != nil {
		return err
	}
	ended, err := n.start("/usr/bin/containerd", "-c", config)
	if err != nil {
		return err
	}
	return n.wait(ctx, "containerd", ended, func() bool { return run(ctx, "ctr", "-a", n.socket, "version") == nil })
}

// hostSettings are settings of the whole machine that a kubelet sets. It gets files in their place, so the machine keeps its own.
func (n *Node) hostSettings() error {
	for name, value := range map[string]string{
		"vm/overcommit_memory": "1", "vm/panic_on_oom": "0", "kernel/panic": "10", "kernel/panic_on_oops": "1",
		"kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000",
	} {
		file, err := n.write(filepath.Join("settings", name), value+"\n")
		if err != nil {
			return err
		}
		if err := syscall.Mount(file, "/proc/sys/"+name, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("setting %s: %w", name, err)
		}
	}
	return nil
}

func (n *Node) kubelet(ctx context.Context) error {
	if err := n.hostSettings(); err != nil {
		return err
	}
	user, err := n.UserConfig("system:node:"+Name, "system:nodes")
	if err != nil {
		return err
	}
	kubeconfig, err := n.WriteKubeconfig("kubelet", "", user)
	if err != nil {
		return err
	}
	// Images come from nowhere: on a full disk the kubelet would remove what it cannot pull again, the sandbox first.
	config, err := n.write("kubelet.yaml", fmt.Sprintf(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupRoot: /%s
containerRuntimeEndpoint: unix://%s
clusterDNS: [%s]
clusterDomain: cluster.local
failSwapOn: false
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
volumePluginDir: %s
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {memory.available: 200Mi, nodefs.available: 2%%, imagefs.available: 2%%}
`, n.options.Cgroup, n.socket, Address, n.path("plugins")))
	if err != nil {
		return err
	}
	kubelet, err := n.start(n.options.Programs[controlplane.Kubelet], "--config="+config, "--kubeconfig="+kubeconfig,
		"--root-dir="+n.path("kubelet"), "--cert-dir="+n.path("kubelet-certificates"), "--hostname-override="+Name, "--node-ip="+Address)
	if err != nil {
		return err
	}
	// A limit of connections would be one of the whole machine: 0 leaves it alone.
	if _, err := n.start(n.options.Programs[controlplane.KubeProxy], "--kubeconfig="+n.Kubeconfig(), "--hostname-override="+Name,
		"--proxy-mode=iptables", "--conntrack-max-per-core=0"); err != nil {
		return err
	}
	names, err := n.write("Corefile", fmt.Sprintf(".:53 {\n  bind %s\n  kubernetes cluster.local in-addr.arpa {\n    kubeconfig %s test\n    pods insecure\n  }\n  errors\n}\n",
		Address, n.Kubeconfig()))
	if err != nil {
		return err
	}
	if _, err := n.start(n.options.Programs[controlplane.CoreDNS], "-conf", names); err != nil {
		return err
	}
	return n.wait(ctx, controlplane.Kubelet, kubelet, func() bool { return n.ready(ctx) })
}
