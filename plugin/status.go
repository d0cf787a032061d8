package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/report/status"
)

type statusOptions struct {
	*env
	output string
}

func newStatus(e *env) *cobra.Command {
	o := &statusOptions{env: e}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Check that the webhook works, and count injected pods",
		Long: `Checks that the API server trusts and reaches the webhook, by a dry run of a driver pod. Counts the Spark pods that were
injected, had an edit refused, or were missed. It changes nothing.
Exit codes: 0 the webhook works as set (also paused or in shadow mode). 1 it does not work or is not installed. 2 the state is unknown.`,
		Example: `  kubectl spark status
  kubectl spark status -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("output", o.output, "", "json", "yaml"); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "json or yaml")
	return cmd
}

func (o *statusOptions) run(ctx context.Context) error {
	reader, err := o.reader()
	if err != nil {
		return err
	}
	set, err := o.set()
	if err != nil {
		return err
	}
	l := &installation.Inspection{Reader: reader, Rules: set, Now: time.Now(), Command: o.command, Have: &installation.Live{},
		Status: installation.Status{APIVersion: "kubectl-spark.io/v1alpha1", Kind: "WebhookStatus", Plugin: o.version}}
	if err := l.Look(ctx); err != nil {
		return err
	}
	s := &l.Status
	status.Mask(s)
	switch o.output {
	case "json":
		text, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "%s\n", text)
	case "yaml":
		text, err := yaml.Marshal(s)
		if err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "%s", text)
	default:
		if err := o.writer().Status(l); err != nil {
			return err
		}
	}
	if !s.Healthy {
		return exit(ExitFound)
	}
	return nil
}
