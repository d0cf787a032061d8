package webhook

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/settings"
)

type config struct {
	listen, metricsListen, profile, certDir, kubeconfig, namespace, images string
	caFile, caKey, writeCA, names, replica                                 string
	cluster, shadow, requireSettings                                       bool
	drain                                                                  time.Duration
}

func parse(args []string, stderr io.Writer) (c config, err error) {
	f := flag.NewFlagSet("spark-webhook", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&c.listen, "listen", ":9443", "address of the webhook over TLS")
	f.StringVar(&c.metricsListen, "metrics-listen", ":8080", "address of /metrics, /healthz and /readyz; empty: none")
	f.StringVar(&c.profile, "profile", string(rule.Standard), "profile where neither pod nor namespace names one: safe, standard or restricted")
	f.BoolVar(&c.shadow, "shadow", false, "change nothing: count and log what would be changed. With an API server the ConfigMap "+manifests.ConfigName+" of --namespace comes before this and --profile")
	f.BoolVar(&c.requireSettings, "require-settings", false, "change nothing while there is no ConfigMap "+manifests.ConfigName)
	f.StringVar(&c.images, "config", "", "YAML file with images: facts of private images")
	f.StringVar(&c.kubeconfig, "kubeconfig", "", "kubeconfig; without it the service account of the pod")
	f.BoolVar(&c.cluster, "cluster", true, "use an API server: shared CA, bundles, annotations of namespaces, ResourceQuotas and LimitRanges (without them no resources are set)")
	f.StringVar(&c.namespace, "namespace", envOr("POD_NAMESPACE", manifests.DefaultNamespace), "namespace of the server: holds the CA's Secret, and names the Service")
	f.StringVar(&c.replica, "replica", envOr("POD_NAME", hostname()), "name of this replica among the others")
	f.StringVar(&c.certDir, "cert-dir", "", "folder with tls.crt, tls.key and ca.crt that cert-manager, for example, renews")
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

// gcPercent lets garbage grow to 1.1 times what is in use before it is collected. At 150 the process held 40 MiB after
// 100,000 reviews, which is all that test/attack allows it at rest.
const gcPercent = 110

// memoryTarget is where the collector begins to work harder, in bytes: well below the limit of the pod that install makes.
const memoryTarget = 64 << 20

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unnamed"
	}
	return name
}

func envOr(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

// Command runs the server as its flags say, until the context ends.
func Command(ctx context.Context, set *rule.Set, version string, args []string, stderr io.Writer) error {
	c, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryTarget)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	images, err := readImages(c.images)
	if err != nil {
		return err
	}
	who := &Who{Replica: c.replica, UID: os.Getenv("POD_UID"), Version: version, Revision: set.Revision, Started: time.Now()}
	metrics := NewMetrics(set)
	// What decides about pods is watched until the last of them is answered: the drain begins when ctx ends.
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	api, err := c.connect(serving)
	if err != nil {
		return err
	}
	o := HandlerOptions{Set: set, Who: who, Metrics: metrics, Log: log, Limits: NoLimits{},
		Settings: settings.Settings{Options: rule.Options{Profile: rule.Profile(c.profile), Images: images}, Shadow: c.shadow}}
	if api != nil {
		o.Namespaces, o.Limits = api.namespaces, api.limits
	}
	names := c.serverNames()
	certs, trust, err := c.certificates(api, names)
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
	handler := NewHandler(o)
	serverOptions := ServerOptions{Listen: c.listen, MetricsListen: c.metricsListen, Handler: handler, Metrics: metrics,
		Certificates: certs, Trust: trust, ServerName: names[0], Drain: c.drain, Log: log}
	who.NotAfter = func() time.Time { return notAfter(certs) }
	var events *Events
	var tell *Tell
	if api != nil {
		events = NewEvents(api.client, c.namespace, who, log)
		watched := WatchSettings(api.client, c.namespace, c.requireSettings, handler, events, log, serving.Done())
		serverOptions.Waiting = func() error {
			if !api.namespaces.Synced() {
				return errors.New("the namespaces have not been read yet")
			}
			return errors.Join(watched.Waiting(), api.limits.Waiting())
		}
		metrics.WatchSettings(watched.Problem)
		metrics.WatchLimits(api.limits.Known)
		tell = &Tell{Client: api.client, Namespace: c.namespace, Who: who, Handler: handler, Metrics: metrics, Problem: watched.Problem, Limits: api.limits.Problem, Log: log}
	}
	server, err := NewServer(serverOptions)
	if err != nil {
		return err
	}
	if tell != nil {
		tell.Ready = server.recently
		go tell.Run(ctx)
	}
	if files, ok := certs.(*Files); ok {
		go func() {
			if err := files.Watch(ctx); err != nil {
				log.Warn("certificate files are read at intervals only", "error", err)
			}
		}()
	}
	go KeepFresh(ctx, certs, trust, 15*time.Second, events, log)
	log.Info("serving", "address", server.Addr().String(), "version", version, "revision", set.Revision)
	return server.Run(ctx)
}
