package plugin

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

type installOptions struct {
	*env
	url, caFile, scope, dryRun, output string
	pause                              bool
	manager                            string
}

func newInstall(e *env) *cobra.Command {
	o := &installOptions{env: e}
	cmd := &cobra.Command{
		Use:   "install --url=https://HOST:PORT --ca-file=FILE",
		Short: "Register a webhook server with the cluster",
		Long: `Registers a webhook server that runs outside of the cluster: from then on the API server sends it the Spark pods that
are made. Pods that run already are untouched. This release does not install the server inside the cluster.`,
		Example: `  kubectl spark install --url=https://10.0.0.5:8443 --ca-file=ca.crt --dry-run=server
  kubectl spark install --url=https://10.0.0.5:8443 --ca-file=ca.crt --dry-run=client -o yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.install(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.url, "url", "", "https://host:port of the server")
	f.StringVar(&o.caFile, "ca-file", "", "PEM file of the authority that signed the server's certificate")
	f.StringVar(&o.scope, "scope", "all", "all, or labelled: only namespaces labelled kubectl-spark.io/inject=enabled")
	f.BoolVar(&o.pause, "pause", false, "register it so that no pod is sent; run install again without it to resume")
	f.StringVar(&o.manager, "field-manager", manifests.FieldManager, "name of the manager that owns the fields")
	o.addFlags(cmd)
	return cmd
}

func newUninstall(e *env) *cobra.Command {
	o := &installOptions{env: e}
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Take the webhook's registration out of the cluster",
		Long:  "Takes the webhook's registration out of the cluster. Pods that were injected keep what they have until they end.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return o.uninstall(cmd.Context()) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *installOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.dryRun, "dry-run", "none", "none, client (nothing is sent) or server (nothing is kept)")
	if cmd.Name() == "install" {
		cmd.Flags().StringVarP(&o.output, "output", "o", "", "yaml: print the object")
	}
}

func (o *installOptions) install(ctx context.Context) error {
	if err := oneOf("dry-run", o.dryRun, "none", "client", "server"); err != nil {
		return err
	}
	if o.output != "" {
		if err := oneOf("output", o.output, "yaml"); err != nil {
			return err
		}
	}
	if o.url == "" {
		return errors.New("--url is missing: this release registers a server that runs outside of the cluster and cannot yet install one inside; give --url=https://host:port and --ca-file")
	}
	if o.caFile == "" {
		return errors.New("--ca-file is missing: without the authority that signed its certificate the API server would not trust the webhook")
	}
	bundle, _, err := read(ctx, o.In, o.caFile)
	if err != nil {
		return err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(bundle) {
		return fmt.Errorf("--ca-file=%q: holds no certificate in PEM form", o.caFile)
	}
	options := manifests.Options{URL: o.url, CABundle: bundle, Scope: manifests.Scope(o.scope), Paused: o.pause}
	if err := options.Validate(); err != nil {
		return err
	}
	object, err := yaml.Marshal(manifests.WebhookConfiguration(options))
	if err != nil {
		return err
	}
	if o.dryRun != "client" {
		reader, err := o.reader()
		if err != nil {
			return err
		}
		applied, err := reader.Apply(ctx, cluster.WebhookConfigurations, manifests.WebhookName, o.manager, object, o.dryRun == "server")
		if err != nil {
			return err
		}
		if object, err = yaml.JSONToYAML(applied); err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
	}
	note := map[string]string{
		"none":   "registered: the API server accepted it. Pods that run now are untouched. To stop every edit at once: kubectl spark uninstall, or install --pause",
		"client": "dry run: nothing was sent to the API server",
		"server": "dry run: the API server accepts it; nothing was kept",
	}[o.dryRun]
	if o.output == "yaml" {
		fmt.Fprintln(o.ErrOut, note)
		_, err = o.Out.Write(object)
		return err
	}
	_, err = fmt.Fprintf(o.Out, "MutatingWebhookConfiguration/%s: %s\n", manifests.WebhookName, note)
	return err
}

func (o *installOptions) uninstall(ctx context.Context) error {
	if err := oneOf("dry-run", o.dryRun, "none", "client", "server"); err != nil {
		return err
	}
	what := "MutatingWebhookConfiguration/" + manifests.WebhookName
	if o.dryRun == "client" {
		_, err := fmt.Fprintf(o.Out, "%s: dry run: would be deleted\n", what)
		return err
	}
	reader, err := o.reader()
	if err != nil {
		return err
	}
	found, err := reader.Delete(ctx, cluster.WebhookConfigurations, manifests.WebhookName, o.dryRun == "server")
	if err != nil {
		return err
	}
	said := "deleted; pods that were injected keep what they have until they end"
	switch {
	case !found:
		said = "is not there: nothing to do"
	case o.dryRun == "server":
		said = "dry run: would be deleted"
	}
	_, err = fmt.Fprintf(o.Out, "%s: %s\n", what, said)
	return err
}
