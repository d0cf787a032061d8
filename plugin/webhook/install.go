// Package webhook is the commands about the webhook: install, uninstall and status. They parse, call and print. Start with
// Commands.
package webhook

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/image"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/status"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

type installOptions struct {
	*session.Session
	url, caFile, scope, certs, profile, image, pullSecret, priorityClass   string
	dryRun, output, manager                                                string
	apiServer, scrapeFrom                                                  []string
	shadow, pause, resume, wait, force, learn, dashboards, alerts, monitor bool
	alertLabels, monitorLabels                                             map[string]string
	timeout                                                                time.Duration
	given                                                                  func(flag string) bool // whether the user gave it
}

// Commands are install, uninstall and status.
func Commands(s *session.Session) []*cobra.Command {
	return []*cobra.Command{newInstall(s), newUninstall(s), newStatus(s)}
}

func newInstall(s *session.Session) *cobra.Command {
	o := &installOptions{Session: s}
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Install the webhook, or change how it works",
		Long: `Installs the webhook in the cluster, or changes its settings. New Spark pods get the edits that kubectl spark explain injection
lists. Running pods are not changed.

The webhook and its objects are in the namespace kubectl-spark, or in the one that -n names. --dashboards adds ConfigMaps there, --alerts a
PrometheusRule, and --pod-monitor a PodMonitor of the webhook. With =false each removes them; kubectl spark uninstall removes everything.

A second run changes only what its flags name; scope, profile, certificates, image, shadow, pause, dashboards,
alerts and PodMonitor stay as they are.
--pause and --resume work at once, even when the server is down, and change nothing else.

Exit codes: 0 done, 2 failed, 124 the webhook was not ready within --timeout.`,
		Example: `  kubectl spark install --image=registry.example.org/spark-webhook:0.1.0 --shadow    # watch first, change nothing
  kubectl spark install --shadow=false                                               # then begin
  kubectl spark install --pause                                                      # stop every edit at once
  kubectl spark install --image=registry.example.org/spark-webhook:0.1.0 --dry-run=client -o yaml > webhook.yaml
  kubectl spark install --url=https://10.0.0.5:9443                                  # the server runs elsewhere
  kubectl spark install --dashboards --alerts                                        # add dashboards and alerts of Spark`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.given = cmd.Flags().Changed
			if err := o.validate(); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.image, "image", "", "image of the server, with tag or digest")
	f.StringVar(&o.pullSecret, "image-pull-secret", "", "Secret of the server's namespace to pull the image with")
	f.StringVar(&o.priorityClass, "priority-class", manifests.DefaultPriorityClass, "priority class of the server's pods; empty: the cluster's default")
	f.StringSliceVar(&o.apiServer, "api-server-cidr", nil, "address ranges from which the API server calls, or any; without it those that the Service kubernetes leads to")
	f.StringSliceVar(&o.scrapeFrom, "scrape-from", nil, "namespaces whose pods may read the metrics; without it pods of well-known scrapers in any namespace")
	f.StringVar(&o.profile, "profile", "standard", "profile where neither pod nor namespace names one: safe, standard or restricted")
	f.StringVar(&o.scope, "scope", "all", "all, or labelled: only namespaces labelled kubectl-spark.io/inject=enabled")
	f.BoolVar(&o.shadow, "shadow", false, "report only: no pod is changed; what would be is counted, logged and audited")
	f.BoolVar(&o.pause, "pause", false, "stop every edit at once: no pod is sent to the webhook")
	f.BoolVar(&o.resume, "resume", false, "end --pause")
	f.StringVar(&o.certs, "certs", "self", "self: the server makes its certificates, or cert-manager")
	f.StringVar(&o.url, "url", "", "https://host:port of a server that runs outside of the cluster")
	f.StringVar(&o.caFile, "ca-file", "", "with --url: PEM file of the authority that signed the server's certificate; it stays until another is given, and empty lets the server write its own")
	f.StringVar(&o.dryRun, "dry-run", "none", "none, client (nothing is sent) or server (nothing is kept)")
	f.StringVarP(&o.output, "output", "o", "", "yaml: print the objects")
	f.StringVar(&o.manager, "field-manager", manifests.FieldManager, "name of the manager that owns the fields")
	f.BoolVar(&o.force, "force-conflicts", false, "take fields over that another manager owns")
	f.BoolVar(&o.wait, "wait", true, "wait until the webhook is ready and proves to work")
	f.DurationVar(&o.timeout, "timeout", 2*time.Minute, "how long to wait")
	f.BoolVar(&o.dashboards, "dashboards", false, "also install Grafana dashboards of Spark: ConfigMaps that Grafana's sidecar loads; --dashboards=false removes them")
	f.BoolVar(&o.alerts, "alerts", false, "also install alerts for Spark: a PrometheusRule, with the labels that the cluster's Prometheus selects; --alerts=false removes it")
	f.StringToStringVar(&o.alertLabels, "alert-labels", nil, "with --alerts: labels of the PrometheusRule, as release=monitoring; without it they are read from the Prometheus objects")
	f.BoolVar(&o.learn, "learn-images", false, "then read the Spark images in use from their registries, once, and write their facts into the settings (kubectl spark images --learn)")
	flags.Under(f, flags.Scope, "profile", "scope", "learn-images")
	f.BoolVar(&o.monitor, "pod-monitor", false, "also have the Prometheus Operator collect the webhook's own metrics: a PodMonitor, with the labels that the cluster's Prometheus selects; --pod-monitor=false removes it")
	f.StringToStringVar(&o.monitorLabels, "pod-monitor-labels", nil, "with --pod-monitor: labels of the PodMonitor; without it they are read from the Prometheus objects")
	flags.Under(f, flags.Monitored, "dashboards", "alerts", "alert-labels", "pod-monitor", "pod-monitor-labels")
	flags.Under(f, flags.Server, "image-pull-secret", "priority-class", "api-server-cidr", "scrape-from", "certs", "url", "ca-file")
	flags.Under(f, flags.Writing, "dry-run", "field-manager", "force-conflicts", "wait", "timeout", "output")
	return cmd
}

func (o *installOptions) validate() error {
	for _, check := range []error{
		flags.OneOf("dry-run", o.dryRun, "none", "client", "server"), flags.OneOf("output", o.output, "", "yaml"),
		flags.OneOf("certs", o.certs, "self", "cert-manager"), flags.OneOf("profile", o.profile, "safe", "standard", "restricted"),
		flags.OneOf("scope", o.scope, "all", "labelled"),
	} {
		if check != nil {
			return check
		}
	}
	switch {
	case o.given("image") && !installation.ValidImage(o.image):
		return fmt.Errorf("--image=%q: must be a reference that nodes can pull, as registry.example.org/spark-webhook:0.1.0", o.image)
	case o.pullSecret != "" && len(validation.IsDNS1123Subdomain(o.pullSecret)) > 0:
		return fmt.Errorf("--image-pull-secret=%q: must be the name of a Secret: lower-case letters, digits, dashes and dots", o.pullSecret)
	case o.priorityClass != "" && len(validation.IsDNS1123Subdomain(o.priorityClass)) > 0:
		return fmt.Errorf("--priority-class=%q: must be the name of a priority class: lower-case letters, digits, dashes and dots", o.priorityClass)
	case o.learn && o.dryRun != "none":
		return fmt.Errorf("--learn-images writes into the webhook's settings, and --dry-run=%s writes nothing: %s shows what would be learned", o.dryRun, o.Command("images -A --learn --dry-run=server"))
	case o.pause && o.resume:
		return errors.New("--pause and --resume: give one")
	case o.timeout <= 0:
		return fmt.Errorf("--timeout=%v: must be above 0", o.timeout)
	case o.manager == "":
		return errors.New("--field-manager: must not be empty")
	}
	return nil
}

// options completes what was asked for with what the cluster has.
func (o *installOptions) options(ctx context.Context, have *installation.Live) (manifests.Options, error) {
	m := have.Options()
	m.Paused = m.Paused || o.pause
	if o.resume {
		m.Paused = false
	}
	for flag, set := range map[string]func(){
		"profile": func() { m.Profile = o.profile }, "scope": func() { m.Scope = manifests.Scope(o.scope) },
		"shadow": func() { m.Shadow = o.shadow }, "image": func() { m.Image = o.image },
		"image-pull-secret": func() { m.ImagePullSecret = o.pullSecret }, "priority-class": func() { m.PriorityClass = o.priorityClass },
		"certs":           func() { m.CertManager = o.certs == "cert-manager" },
		"api-server-cidr": func() { m.APIServer, m.APIServerGiven = given(o.apiServer, "any"), len(o.apiServer) > 0 },
		"scrape-from":     func() { m.ScrapeFrom = given(o.scrapeFrom, "") },
		"dashboards":      func() { m.Dashboards = o.dashboards },
		"alerts":          func() { m.Alerts = o.alerts },
		"alert-labels":    func() { m.AlertLabels = o.alertLabels },
		"pod-monitor":     func() { m.Monitor = o.monitor }, "pod-monitor-labels": func() { m.MonitorLabels = o.monitorLabels },
	} {
		if o.given(flag) {
			set()
		}
	}
	if o.given("url") {
		m.URL = o.url
	}
	if err := o.outside(m.URL); err != nil {
		return m, err
	}
	if o.given("ca-file") {
		m.CABundle = nil
	}
	if o.caFile != "" {
		bundle, err := scene.Read(ctx, o.caFile)
		if err != nil {
			return m, err
		}
		if !x509.NewCertPool().AppendCertsFromPEM(bundle) {
			return m, fmt.Errorf("--ca-file=%q: holds no certificate in PEM form", o.caFile)
		}
		m.CABundle = bundle
	}
	if ns := o.NamespaceFlag(); ns != "" {
		if have.Installed() && ns != m.Namespace {
			return m, fmt.Errorf("--namespace=%q: the webhook is installed in namespace %q; %s removes it there", ns, m.Namespace, o.Command("uninstall"))
		}
		m.Namespace = ns
	}
	if o.given("alert-labels") && !m.Alerts {
		return m, errors.New("--alert-labels is for the PrometheusRule: give --alerts too")
	}
	if o.given("pod-monitor-labels") && !m.Monitor {
		return m, errors.New("--pod-monitor-labels is for the PodMonitor: give --pod-monitor too")
	}
	if m.URL != "" {
		m.Image, m.ImagePullSecret, m.PriorityClass, m.Reach, m.Monitor = "", "", "", manifests.Reach{}, false
	} else if m.CABundle = nil; m.Image == "" {
		return m, errors.New("--image is missing, and this build has no default: give an image with its tag (make image), or --url for an outside server")
	}
	return m, m.Validate()
}

// outside refuses flags for a server in the cluster where the webhook's is outside, and the other way round.
func (o *installOptions) outside(url string) error {
	if url == "" {
		if o.caFile != "" {
			return errors.New("--ca-file is for a server outside of the cluster: give --url too")
		}
		return nil
	}
	for _, flag := range []string{"image", "image-pull-secret", "priority-class", "api-server-cidr", "scrape-from", "pod-monitor"} {
		if !o.given(flag) {
			continue
		}
		if o.url != "" {
			return fmt.Errorf("--%s is for a server in the cluster, --url for one outside of it: give one", flag)
		}
		return fmt.Errorf("--%s is for a server in the cluster, and the webhook's is outside, at %s: add --url= to run it in the cluster; nothing was changed", flag, url)
	}
	if o.given("certs") && o.certs == "cert-manager" {
		return fmt.Errorf("--certs=cert-manager is for a server in the cluster, and the webhook's is outside, at %s; nothing was changed", url)
	}
	return nil
}

// given is a list that a flag names; nil where it is empty, or where it is only the word for no limit.
func given(list []string, unlimited string) []string {
	if len(list) == 0 || len(list) == 1 && list[0] == unlimited {
		return nil
	}
	return list
}

// onlySwitches says that nothing was asked for but to pause or to resume.
func (o *installOptions) onlySwitches() bool {
	for _, flag := range []string{"image", "image-pull-secret", "priority-class", "profile", "scope", "shadow", "certs", "url", "ca-file", "api-server-cidr", "scrape-from", "dashboards", "alerts", "alert-labels", "pod-monitor", "pod-monitor-labels"} {
		if o.given(flag) {
			return false
		}
	}
	return o.pause || o.resume
}

func (o *installOptions) run(ctx context.Context) error {
	if o.dryRun == "client" {
		return o.offline(ctx)
	}
	reader, err := o.Reader()
	if err != nil {
		return err
	}
	read := installation.Read
	if o.onlySwitches() {
		read = installation.ReadAllowed
	}
	have, err := read(ctx, reader)
	if err != nil {
		return err
	}
	if err := o.notInstalled(have); err != nil {
		return err
	}
	if o.onlySwitches() {
		return o.toggle(ctx, o.newRun(reader, have, have.Options()))
	}
	want, err := o.options(ctx, have)
	if err != nil {
		return err
	}
	if want.Alerts && o.given("alerts") && !o.given("alert-labels") {
		if want.AlertLabels, err = o.selected(ctx, reader, installation.Alerts(), want.Namespace); err != nil {
			return err
		}
	}
	if want.Monitor && o.given("pod-monitor") && !o.given("pod-monitor-labels") {
		if want.MonitorLabels, err = o.selected(ctx, reader, installation.Monitor(), want.Namespace); err != nil {
			return err
		}
	}
	in := o.newRun(reader, have, want)
	if err := in.Apply(ctx); err != nil {
		return late(o.Session, err)
	}
	if in.DryRun {
		return o.tellDryRun(in)
	}
	p, now, err := in.Settle(ctx)
	if err != nil {
		return late(o.Session, err)
	}
	if err := Writer(o.Session).Installed(in, &p, now); err != nil || !o.learn {
		return err
	}
	return image.Learn(ctx, o.Session)
}

// selected are the labels by which the cluster's Prometheus selects a kind of objects; a note says where that is not certain.
func (o *installOptions) selected(ctx context.Context, reader *cluster.Reader, kind installation.Selected, namespace string) (map[string]string, error) {
	of, problem, err := kind.Labels(ctx, reader, namespace)
	o.note(problem)
	return of, err
}

func (o *installOptions) newRun(reader *cluster.Reader, have *installation.Live, want manifests.Options) *installation.Run {
	return &installation.Run{Reader: reader, Manager: o.manager, Force: o.force, DryRun: o.dryRun == "server", Wait: o.wait, Timeout: o.timeout, Have: have, Want: want, ProfileGiven: o.given("profile"),
		Waiting: func(what string) {
			fmt.Fprintf(o.ErrOut, "note: waiting up to %v: %s; --wait=false does not wait\n", o.timeout, clean.Text(mask.Message(what)))
		}}
}

// note says on stderr what a user should know; "": nothing.
func (o *installOptions) note(text string) {
	if text != "" {
		fmt.Fprintf(o.ErrOut, "note: %s\n", clean.Text(mask.Message(text)))
	}
}

// notInstalled refuses what needs an installed webhook.
func (o *installOptions) notInstalled(have *installation.Live) error {
	switch {
	case have.Installed():
	case o.resume:
		return fmt.Errorf("--resume: %s; nothing was changed", status.NotInstalled(o.Command))
	case o.pause && o.onlySwitches():
		return fmt.Errorf("--pause: %s; no pod is sent to it, and nothing was changed", status.NotInstalled(o.Command))
	case o.image == "" && o.url == "":
		flags := []string{}
		if o.shadow {
			flags = append(flags, "--shadow")
		}
		return fmt.Errorf("--image is missing: %s, or --url for a server outside of the cluster; nothing was changed", status.NotInstalled(o.Command, flags...))
	}
	return nil
}

// offline prints what would be applied to a cluster that has nothing. No connection is opened.
func (o *installOptions) offline(ctx context.Context) error {
	want, err := o.options(ctx, &installation.Live{})
	if err != nil {
		return err
	}
	if want.Alerts && !o.given("alert-labels") {
		o.note("the PrometheusRule has no labels, because no cluster was read; give those that your Prometheus selects with --alert-labels")
	}
	if want.Monitor && !o.given("pod-monitor-labels") {
		o.note("the PodMonitor has no labels, because no cluster was read; give those that your Prometheus selects with --pod-monitor-labels")
	}
	c := manifests.WebhookConfiguration(want)
	objects := append(manifests.Server(want), c)
	const note = "dry run: nothing was sent to the API server"
	if o.output == "yaml" {
		text, err := manifests.YAML(objects)
		if err != nil {
			return err
		}
		fmt.Fprintln(o.ErrOut, note)
		_, err = o.Out.Write(text)
		return err
	}
	for _, object := range objects {
		fmt.Fprintln(o.Out, manifests.Reference(object))
	}
	_, err = fmt.Fprintln(o.Out, note)
	return err
}
