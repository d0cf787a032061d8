package plugin

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/report/status"
)

type statusOptions struct {
	*env
	output string
	forms  *printers.Flags
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
			printer, err := o.forms.Printer()
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), printer)
		},
	}
	o.forms = printers.NewFlags(&o.output, "", "wide")
	o.forms.AddFlags(cmd)
	return cmd
}

func (o *statusOptions) run(ctx context.Context, printer printers.Printer) error {
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
	w := o.writer()
	if w.Wide = o.output == "wide"; printer == nil {
		err = w.Status(l)
	} else {
		if !o.forms.Whole() {
			o.tellReasons(status.Reasons(s))
			if !s.Installed && !s.Unknown {
				o.tell([]string{status.NotInstalled(o.command)}, false)
			}
		}
		err = printer(o.Out, status.Document(l))
	}
	if err != nil {
		return err
	}
	switch {
	case s.Unknown:
		return exit(ExitFailed)
	case !s.Healthy:
		return exit(ExitFound)
	}
	return nil
}
