package webhook

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// connect gives the cluster's client and lets the handler know the namespaces; nil without a cluster.
func (c *config) connect(ctx context.Context, o *HandlerOptions) (kubernetes.Interface, error) {
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
	o.Namespaces = namespaces
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to the API server: %w", err)
	}
	return client, nil
}

func (c *config) certificates(client kubernetes.Interface, names []string) (Certificates, error) {
	switch {
	case c.certDir != "":
		return NewFiles(c.certDir), nil
	case c.caFile != "":
		cert, err := os.ReadFile(c.caFile)
		if err != nil {
			return nil, fmt.Errorf("--ca-file: %w", err)
		}
		key, err := os.ReadFile(c.caKey)
		if err != nil {
			return nil, fmt.Errorf("--ca-key: %w", err)
		}
		ca, err := ParseAuthority(cert, key)
		if err != nil {
			return nil, err
		}
		return NewIssued(Fixed(ca), names, time.Now), nil
	case client != nil:
		return NewIssued(SecretStore{Client: client, Namespace: c.namespace}, names, time.Now), nil
	}
	ca, err := NewAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	return NewIssued(Fixed(ca), names, time.Now), nil
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
	var c struct {
		Images spark.Catalogue `json:"images"`
	}
	if err := yaml.UnmarshalStrict(text, &c); err != nil {
		return nil, fmt.Errorf("--config %q: %w", file, err)
	}
	for i := range c.Images {
		if err := c.Images[i].Validate(); err != nil {
			return nil, fmt.Errorf("--config %q: images[%d]: %w", file, i, err)
		}
	}
	return c.Images, nil
}
