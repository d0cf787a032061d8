// Command spark-webhook is the admission server of kubectl spark.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "spark-webhook:", err)
		os.Exit(2) //nolint:gocritic // the signal handler ends with the process
	}
}

type config struct {
	listen, metricsListen, profile, certDir, kubeconfig, namespace, images string
	caFile, caKey, writeCA, names                                          string
	cluster                                                                bool
	drain                                                                  time.Duration
}

func parse(args []string, stderr io.Writer) (c config, err error) {
	f := flag.NewFlagSet("spark-webhook", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&c.listen, "listen", ":9443", "address of the webhook over TLS")
	f.StringVar(&c.metricsListen, "metrics-listen", ":8080", "address of /metrics, /healthz and /readyz; empty: none")
	f.StringVar(&c.profile, "profile", string(rule.Standard), "profile where neither pod nor namespace names one: safe, standard or restricted")
	f.StringVar(&c.images, "config", "", "YAML file with images: facts of private images")
	f.StringVar(&c.kubeconfig, "kubeconfig", "", "kubeconfig; without it the service account of the pod")
	f.BoolVar(&c.cluster, "cluster", true, "use an API server: shared CA, bundles, annotations of namespaces")
	f.StringVar(&c.namespace, "namespace", envOr("POD_NAMESPACE", manifests.DefaultNamespace), "namespace of the server: holds the CA's Secret, and names the Service")
	f.StringVar(&c.certDir, "cert-dir", "", "folder with tls.crt, tls.key and ca.crt that somebody else renews, as cert-manager")
	f.StringVar(&c.caFile, "ca-file", "", "CA certificate to sign with, for a server outside of the cluster")
	f.StringVar(&c.caKey, "ca-key", "", "key of --ca-file")
	f.StringVar(&c.writeCA, "write-ca", "", "file to write the CA certificate to")
	f.StringVar(&c.names, "names", "", "DNS names and IP addresses to be called by, comma separated; default: those of the Service, or localhost without a cluster")
	f.DurationVar(&c.drain, "drain", 5*time.Second, "how long to go on serving after a signal to stop")
	if err := f.Parse(args); err != nil {
		return c, err
	}
	switch {
	case f.NArg() > 0:
		return c, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case (c.caFile == "") != (c.caKey == ""):
		return c, errors.New("--ca-file and --ca-key go together")
	case c.caFile != "" && c.certDir != "":
		return c, errors.New("--ca-file signs certificates and --cert-dir takes them: give one")
	}
	if _, ok := rule.ParseProfile(c.profile); !ok {
		return c, fmt.Errorf("--profile %q: must be safe, standard or restricted", c.profile)
	}
	return c, nil
}

func envOr(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	set, err := rulebook.New()
	if err != nil {
		return err
	}
	images, err := readImages(c.images)
	if err != nil {
		return err
	}
	metrics := webhook.NewMetrics(set)
	o := webhook.HandlerOptions{Set: set, Options: rule.Options{Profile: rule.Profile(c.profile), Images: images}, Metrics: metrics, Log: log}
	client, err := c.connect(ctx, &o)
	if err != nil {
		return err
	}
	names := c.serverNames()
	certs, err := c.certificates(client, names)
	if err != nil {
		return err
	}
	if err := certs.Refresh(ctx); err != nil {
		return fmt.Errorf("first certificate: %w", err)
	}
	if c.writeCA != "" {
		if err := os.WriteFile(c.writeCA, certs.CA(), 0o644); err != nil {
			return fmt.Errorf("--write-ca: %w", err)
		}
	}
	var trust *webhook.Trust
	if client != nil {
		trust = &webhook.Trust{Client: client, Name: manifests.WebhookName, Now: time.Now, Write: c.certDir == ""}
	}
	server, err := webhook.NewServer(webhook.ServerOptions{
		Listen: c.listen, MetricsListen: c.metricsListen, Handler: webhook.NewHandler(o), Metrics: metrics,
		Certificates: certs, Trust: trust, ServerName: names[0], Drain: c.drain, Log: log,
	})
	if err != nil {
		return err
	}
	go webhook.KeepFresh(ctx, certs, trust, 15*time.Second, log)
	log.Info("serving", "address", server.Addr().String(), "profile", c.profile, "revision", set.Revision)
	return server.Run(ctx)
}

// connect gives the cluster's client and lets the handler know the namespaces; nil without a cluster.
func (c *config) connect(ctx context.Context, o *webhook.HandlerOptions) (kubernetes.Interface, error) {
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
	namespaces, err := webhook.WatchNamespaces(cfg, ctx.Done())
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

func (c *config) certificates(client kubernetes.Interface, names []string) (webhook.Certificates, error) {
	switch {
	case c.certDir != "":
		return webhook.NewFiles(c.certDir), nil
	case c.caFile != "":
		cert, err := os.ReadFile(c.caFile)
		if err != nil {
			return nil, fmt.Errorf("--ca-file: %w", err)
		}
		key, err := os.ReadFile(c.caKey)
		if err != nil {
			return nil, fmt.Errorf("--ca-key: %w", err)
		}
		ca, err := webhook.ParseAuthority(cert, key)
		if err != nil {
			return nil, err
		}
		return webhook.NewIssued(webhook.Fixed(ca), names, time.Now), nil
	case client != nil:
		return webhook.NewIssued(webhook.SecretStore{Client: client, Namespace: c.namespace}, names, time.Now), nil
	}
	ca, err := webhook.NewAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	return webhook.NewIssued(webhook.Fixed(ca), names, time.Now), nil
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
