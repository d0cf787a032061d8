package webhook

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/report/status"
)

type statusOptions struct {
	*session.Session
	output string
	forms  *printers.Flags
}

func newStatus(s *session.Session) *cobra.Command {
	o := &statusOptions{Session: s}
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
	s.CompleteFlag(cmd, "output", flags.Values(o.forms.Formats()...))
	return cmd
}

func (o *statusOptions) run(ctx context.Context, printer printers.Printer) error {
	reader, err := o.Reader()
	if err != nil {
		return err
	}
	set, err := o.Rules()
	if err != nil {
		return err
	}
	l := &installation.Inspection{Reader: reader, Rules: set, Now: time.Now(), Command: o.Command, Have: &installation.Live{},
		Status: installation.Status{APIVersion: "kubectl-spark.io/v1alpha1", Kind: "WebhookStatus", Plugin: o.Version}}
	if err := l.Look(ctx); err != nil {
		return err
	}
	s := &l.Status
	status.Mask(s)
	w := Writer(o.Session)
	if w.Wide = o.output == "wide"; printer == nil {
		err = w.Status(l)
	} else {
		if !o.forms.Whole() {
			o.TellReasons(status.Reasons(s))
			if s.Half != nil {
				o.Tell(w.Half(s), false)
			} else if !s.Installed && !s.Unknown {
				o.Tell([]string{status.NotInstalled(o.Command)}, false)
			}
		}
		err = printer(o.Out, status.Document(l))
	}
	if err != nil {
		return err
	}
	switch {
	case s.Unknown:
		return session.Failed
	case !s.Healthy:
		return session.Found
	}
	return nil
}
