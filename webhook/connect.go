package webhook

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	registration "k8s.io/client-go/kubernetes/typed/admissionregistration/v1"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/catalogue"
)

// API are the groups of the Kubernetes API that the server uses. A client of all groups would be a tenth of the program.
type API interface {
	CoreV1() core.CoreV1Interface
	AdmissionregistrationV1() registration.AdmissionregistrationV1Interface
}

type clients struct {
	core         *core.CoreV1Client
	registration *registration.AdmissionregistrationV1Client
}

func (c *clients) CoreV1() core.CoreV1Interface { return c.core }
func (c *clients) AdmissionregistrationV1() registration.AdmissionregistrationV1Interface {
	return c.registration
}

// newClients share their connections.
func newClients(cfg *rest.Config) (*clients, error) {
	shared, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, err
	}
	var c clients
	if c.core, err = core.NewForConfigAndClient(cfg, shared); err != nil {
		return nil, err
	}
	c.registration, err = registration.NewForConfigAndClient(cfg, shared)
	return &c, err
}

// api is what a server with a cluster has of it.
type api struct {
	client     API
	namespaces *WatchedNamespaces
	limits     *WatchedLimits
}

// connect gives the cluster's client and begins to watch the namespaces and what bounds their pods; nil without a cluster.
func (c *config) connect(ctx context.Context) (*api, error) {
	if !c.cluster {
		return nil, nil
	}
	var cfg *rest.Config
	var err error
	if c.kubeconfig != "" {
		cfg, err = clientcmd.BuildConfigFromFlags("", c.kubeconfig)
	} else {
		cfg, err = rest.InClusterConfig()
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the API server (--cluster=false does without): %w", err)
	}
	namespaces, err := WatchNamespaces(cfg, ctx.Done())
	if err != nil {
		return nil, err
	}
	client, err := newClients(cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to the API server: %w", err)
	}
	limits, err := WatchLimits(client, ctx.Done())
	if err != nil {
		return nil, err
	}
	return &api{client: client, namespaces: namespaces, limits: limits}, nil
}

// certificates gives what is served, and what the API server is told to trust; that is nil without a cluster.
func (c *config) certificates(api *api, names []string) (Certificates, *Trust, error) {
	var trust *Trust
	if api != nil {
		trust = NewTrust(api.client, manifests.WebhookName, c.certDir == "")
	}
	var store Store
	switch {
	case c.certDir != "":
		return NewFiles(c.certDir), trust, nil
	case c.caFile != "":
		cert, err := os.ReadFile(c.caFile)
		if err != nil {
			return nil, nil, fmt.Errorf("--ca-file: %w", err)
		}
		key, err := os.ReadFile(c.caKey)
		if err != nil {
			return nil, nil, fmt.Errorf("--ca-key: %w", err)
		}
		ca, err := ParseAuthority(cert, key)
		if err != nil {
			return nil, nil, err
		}
		store = Fixed(ca)
	case api != nil:
		store, trust.Shared = SecretStore{Client: api.client, Namespace: c.namespace}, true
	default:
		ca, err := NewAuthority(time.Now())
		if err != nil {
			return nil, nil, err
		}
		store = Fixed(ca)
	}
	certs := NewIssued(store, names, time.Now)
	if trust != nil {
		certs.Announce = trust.Publish
	}
	return certs, trust, nil
}

// serverNames lists the names to be called by; the first is the one that readiness checks.
func (c *config) serverNames() []string {
	var names []string
	for name := range strings.SplitSeq(c.names, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	if names != nil {
		return names
	}
	if !c.cluster {
		return []string{"localhost", "127.0.0.1", "::1"}
	}
	service := manifests.ServiceName + "." + c.namespace
	return []string{service + ".svc", service + ".svc.cluster.local", service}
}

func readImages(file string) (spark.Catalogue, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	images, err := catalogue.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("--config %q: %w", file, err)
	}
	return images, nil
}
