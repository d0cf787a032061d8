// Package controlplane starts a real Kubernetes control plane for tests and demos: etcd and kube-apiserver, on request with controllers,
// scheduler and simulated nodes, without root or containers. The programs are built from Go modules on first use.
package controlplane

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Options say which parts a control plane has.
type Options struct {
	Controllers bool      // kube-controller-manager: owners make pods, namespaces get service accounts, deletion of namespaces ends
	Scheduler   bool      // kube-scheduler
	Kwok        bool      // simulated nodes and pod lifecycles, see AddNodes; wants Scheduler, or pods that name their node
	Dir         string    // data, certificates and logs; empty: a temporary folder that Stop removes
	Output      io.Writer // progress of first builds; nil: silent

	// Address is this machine's address at which pods of a real node reach the API server; empty: it is there for this machine alone.
	Address string

	// APIServerArgs are further flags of kube-apiserver, as "--audit-log-path=...".
	APIServerArgs []string
}

// ControlPlane is a running control plane. Its methods may be called from several goroutines.
type ControlPlane struct {
	bin       Bin
	dir       string
	temporary bool
	ca        *authority
	token     string
	url       string
	address   string // Options.Address
	client    *kubernetes.Clientset
	etcd      *process

	mu      sync.Mutex // tests that run at a time start programs
	release []func()
	servers []*process // in the order of their start

	controllers bool
	stopOnce    sync.Once
	stopErr     error
}

const startTimeout = 60 * time.Second

// Start builds what is missing, starts the parts and returns when they answer (3 to 5 s when the programs are in the cache).
// ctx bounds the start only; the control plane runs until Stop, or until this process ends.
func Start(ctx context.Context, opts Options) (_ *ControlPlane, err error) {
	names := []string{Etcd, APIServer}
	for name, wanted := range map[string]bool{ControllerManager: opts.Controllers, Scheduler: opts.Scheduler, Kwok: opts.Kwok} {
		if wanted {
			names = append(names, name)
		}
	}
	bin, err := Binaries(ctx, opts.Output, names...)
	if err != nil {
		return nil, err
	}
	c := &ControlPlane{bin: bin, dir: opts.Dir, token: rand.Text(), controllers: opts.Controllers, address: opts.Address}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("start the test control plane: %w", err), c.Stop())
		}
	}()
	if err := c.prepare(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := c.startEtcd(ctx); err != nil {
		return nil, err
	}
	if err := c.startAPIServer(ctx, opts.APIServerArgs); err != nil {
		return nil, err
	}
	return c, c.startRest(ctx, opts)
}

// prepare makes the folder, the certificates and the administrator's token.
func (c *ControlPlane) prepare() (err error) {
	if c.dir == "" {
		c.temporary = true
		if c.dir, err = os.MkdirTemp("", "kubectl-spark-controlplane-"); err != nil {
			return err
		}
	}
	if c.dir, err = filepath.Abs(c.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	if c.ca, err = newAuthority(); err != nil {
		return err
	}
	if err := c.ca.writePKI(c.dir, c.address); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.dir, "tokens.csv"), []byte(c.token+",admin,admin,system:masters\n"), 0o600)
}

// Port is a port of 127.0.0.1 that is free, and stays this control plane's.
func (c *ControlPlane) Port() (string, error) {
	port, release, err := freePort()
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.release = append(c.release, release)
	return strconv.Itoa(port), nil
}

func (c *ControlPlane) startEtcd(ctx context.Context) error {
	client, err := c.Port()
	if err != nil {
		return err
	}
	peer, err := c.Port()
	if err != nil {
		return err
	}
	clientURL, peerURL := "http://127.0.0.1:"+client, "http://127.0.0.1:"+peer
	c.etcd, err = launch(c.dir, Etcd, c.bin.Path(Etcd), nil, "--data-dir="+filepath.Join(c.dir, "etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+clientURL, "--advertise-client-urls="+clientURL,
		"--listen-peer-urls="+peerURL, "--initial-advertise-peer-urls="+peerURL, "--initial-cluster=default="+peerURL)
	if err != nil {
		return err
	}
	c.url = clientURL // until the API server has its own
	return c.waitHTTP(ctx, c.etcd, http.DefaultClient, clientURL+"/health")
}

func (c *ControlPlane) startAPIServer(ctx context.Context, extra []string) error {
	etcd := c.url
	port, err := c.Port()
	if err != nil {
		return err
	}
	c.url = "https://127.0.0.1:" + port
	file := func(name string) string { return filepath.Join(c.dir, name) }
	// Without an address nothing reaches the server through a Service.
	reach := []string{"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", "--authorization-mode=RBAC"}
	if c.address != "" {
		c.url = "https://" + c.address + ":" + port
		reach = []string{"--bind-address=0.0.0.0", "--advertise-address=" + c.address, "--kubelet-preferred-address-types=InternalIP", "--authorization-mode=Node,RBAC"}
	}
	server, err := launch(c.dir, APIServer, c.bin.Path(APIServer), nil, append(append([]string{
		"--etcd-servers=" + etcd, "--secure-port=" + port,
		"--tls-cert-file=" + file("apiserver.crt"), "--tls-private-key-file=" + file("apiserver.key"), "--cert-dir=" + c.dir,
		"--client-ca-file=" + c.CAFile(), "--token-auth-file=" + file("tokens.csv"),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=" + file("sa.pub"),
		"--service-account-signing-key-file=" + file("sa.key"), "--service-cluster-ip-range=198.19.0.0/16", "--allow-privileged=true",
		"--requestheader-client-ca-file=" + file("proxy-ca.crt"), "--requestheader-allowed-names=" + frontProxy,
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + file("proxy.crt"), "--proxy-client-key-file=" + file("proxy.key"),
	}, reach...), extra...)...)
	if err != nil {
		return err
	}
	c.servers = append(c.servers, server)
	if c.client, err = kubernetes.NewForConfig(c.Config()); err != nil {
		return err
	}
	if err := c.waitHTTP(ctx, server, c.trusting(), c.url+"/readyz"); err != nil {
		return err
	}
	return c.writeKubeconfig(c.Kubeconfig(), c.Config())
}

// trusting is a client that knows the CA and nothing else, for the wait before client-go can be used.
func (c *ControlPlane) trusting() *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(c.ca.cert)
	return &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
}

// waitHTTP waits until the URL answers 200, or the program ends, or ctx does.
func (c *ControlPlane) waitHTTP(ctx context.Context, p *process, client *http.Client, url string) error {
	return waitFor(ctx, p, func() bool {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false
		}
		req.Header.Set("Authorization", "Bearer "+c.token)
		resp, err := client.Do(req)
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

func waitFor(ctx context.Context, p *process, ready func() bool) error {
	for !ready() {
		select {
		case <-p.done:
			return p.failure()
		case <-ctx.Done():
			return errors.Join(p.failure(), ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// Stop ends the parts, those that use etcd first, and removes a temporary folder. Further calls return the first result.
func (c *ControlPlane) Stop() error {
	c.stopOnce.Do(func() {
		err := stop(15*time.Second, c.servers...)
		if c.etcd != nil { // last: an API server without its etcd hangs for a minute
			err = errors.Join(err, stop(10*time.Second, c.etcd))
		}
		for _, release := range c.release {
			release()
		}
		if c.temporary {
			err = errors.Join(err, os.RemoveAll(c.dir))
		}
		c.stopErr = err
	})
	return c.stopErr
}

// URL is the API server's address, as "https://127.0.0.1:PORT".
func (c *ControlPlane) URL() string { return c.url }

// CAFile is the PEM file of the CA that signed the API server's certificate.
func (c *ControlPlane) CAFile() string { return filepath.Join(c.dir, "ca.crt") }

// Token is the administrator's bearer token, for clients that take no kubeconfig, such as spark-submit.
func (c *ControlPlane) Token() string { return c.token }

// Dir holds the logs, one NAME.log per program.
func (c *ControlPlane) Dir() string { return c.dir }

// Config is the administrator's client configuration, without client-side throttling.
func (c *ControlPlane) Config() *rest.Config {
	return &rest.Config{Host: c.url, BearerToken: c.token, QPS: -1, TLSClientConfig: rest.TLSClientConfig{CAFile: c.CAFile()}}
}

// Client is a client of the administrator.
func (c *ControlPlane) Client() kubernetes.Interface { return c.client }
