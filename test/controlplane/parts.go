package controlplane

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// startRest starts what was asked for beyond the API server.
func (c *ControlPlane) startRest(ctx context.Context, opts Options) error {
	kubeconfig := "--kubeconfig=" + c.Kubeconfig()
	var controllers *process
	if opts.Controllers {
		p, err := c.launch(ControllerManager, kubeconfig, "--leader-elect=false", "--secure-port=0", "--use-service-account-credentials",
			"--service-account-private-key-file="+filepath.Join(c.dir, "sa.key"), "--root-ca-file="+c.CAFile(),
			"--kube-api-qps=500", "--kube-api-burst=1000")
		if err != nil {
			return err
		}
		controllers = p
	}
	if opts.Scheduler {
		if _, err := c.launch(Scheduler, kubeconfig, "--leader-elect=false", "--secure-port=0", "--kube-api-qps=500", "--kube-api-burst=1000"); err != nil {
			return err
		}
	}
	if opts.Kwok {
		if _, err := c.launch(Kwok, kubeconfig, "--config="+c.bin.Path(Kwok+".yaml"), "--manage-all-nodes", "--cidr=198.18.0.0/16",
			"--node-ip=127.0.0.1", "--node-lease-duration-seconds=40"); err != nil {
			return err
		}
	}
	if controllers == nil {
		return c.EnsureNamespace(ctx, metav1.NamespaceDefault)
	}
	return waitFor(ctx, controllers, func() bool { // pods are refused until this account exists
		_, err := c.client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		return err == nil
	})
}

func (c *ControlPlane) launch(name string, args ...string) (*process, error) {
	p, err := launch(c.dir, name, c.bin.Path(name), nil, args...)
	if err == nil {
		c.servers = append(c.servers, p)
	}
	return p, err
}

// Run starts a further program, with variables beside this process's own and its output in Dir/NAME.log, and waits until it is ready. It
// ends with the control plane, or by end.
func (c *ControlPlane) Run(ctx context.Context, name, path string, env []string, ready func() bool, args ...string) (end func() error, err error) {
	p, err := launch(c.dir, name, path, env, args...)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.servers = append(c.servers, p)
	c.mu.Unlock()
	end = func() error { return stop(10*time.Second, p) }
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return end, waitFor(ctx, p, ready)
}

// AddNodes adds n simulated nodes of 32 CPUs and 256Gi each. They become Ready, and pods on them Running, when Options.Kwok is set.
func (c *ControlPlane) AddNodes(ctx context.Context, n int) error {
	have, err := c.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: "type=kwok"})
	if err != nil {
		return fmt.Errorf("list simulated nodes: %w", err)
	}
	for i := range n {
		name := fmt.Sprintf("node-%03d", len(have.Items)+i)
		size := corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("32"), corev1.ResourceMemory: resource.MustParse("256Gi"),
			corev1.ResourceEphemeralStorage: resource.MustParse("1Ti"), corev1.ResourcePods: resource.MustParse("500"),
		}
		node := &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
				"type": "kwok", corev1.LabelHostname: name, corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64"}},
			Status: corev1.NodeStatus{Capacity: size, Allocatable: size},
		}
		if _, err := c.client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("add node %s: %w", name, err)
		}
	}
	return nil
}
