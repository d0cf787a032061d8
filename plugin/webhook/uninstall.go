package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
)

type uninstallOptions struct {
	*session.Session
	dryRun        string
	keepNamespace bool
	wait          bool
	timeout       time.Duration
}

func newUninstall(s *session.Session) *cobra.Command {
	o := &uninstallOptions{Session: s}
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove the webhook from the cluster",
		Long: `Removes everything that install made: the webhook configuration first, so that no more pods are sent to it, then the server,
its rights, its Secret and its namespace. A namespace that existed before, or that has other workloads, stays. Injected pods
keep their edits until they end.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.OneOf("dry-run", o.dryRun, "none", "client", "server"); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.dryRun, "dry-run", "none", "none, client (nothing is deleted) or server (nothing is kept)")
	f.BoolVar(&o.keepNamespace, "keep-namespace", false, "leave the namespace, with what else is in it")
	f.BoolVar(&o.wait, "wait", false, "wait until the namespace is gone")
	f.DurationVar(&o.timeout, "timeout", 2*time.Minute, "how long to wait")
	return cmd
}

// remove deletes an object, or says that it would be.
func (o *uninstallOptions) remove(ctx context.Context, reader *cluster.Reader, object manifests.Object) (bool, error) {
	if o.dryRun == "client" {
		return installation.Ours(ctx, reader, object)
	}
	return installation.Remove(ctx, reader, object, o.dryRun == "server")
}

func (o *uninstallOptions) namespace() string {
	if ns := o.NamespaceFlag(); ns != "" {
		return ns
	}
	return manifests.DefaultNamespace
}

func (o *uninstallOptions) run(ctx context.Context) error {
	reader, err := o.Reader()
	if err != nil {
		return err
	}
	ns := o.namespace()
	if at, err := installation.Registered(ctx, reader); err != nil {
		return err
	} else if at != "" {
		if o.NamespaceFlag() != "" && at != ns {
			return fmt.Errorf("--namespace=%q: the webhook is installed in namespace %q; nothing was changed", ns, at)
		}
		ns = at
	}
	kept := "as --keep-namespace asks"
	if !o.keepNamespace {
		if kept, err = installation.Keep(ctx, reader, ns); err != nil {
			return err
		}
	}
	said, done := "deleted", 0
	if o.dryRun != "none" {
		said = "dry run: would be deleted"
	}
	for _, object := range manifests.Everything(ns) {
		if kept != "" && object.GetObjectKind().GroupVersionKind().Kind == "Namespace" {
			continue
		}
		found, err := o.remove(ctx, reader, object)
		if err != nil {
			if done == 0 || o.dryRun != "none" {
				return err
			}
			return cluster.After(err, report.Count(done, "object was", "objects were")+" deleted before it", "run uninstall again to go on")
		}
		if found {
			done++
			fmt.Fprintf(o.Out, "%s: %s\n", manifests.Reference(object), said)
		}
	}
	if done == 0 {
		_, err := fmt.Fprintf(o.Out, "MutatingWebhookConfiguration/%s is not there: nothing to do\n", manifests.WebhookName)
		return err
	}
	if kept != "" {
		fmt.Fprintf(o.Out, "Namespace/%s stays: %s\n", ns, kept)
	}
	if o.wait && kept == "" && o.dryRun == "none" {
		if err := installation.Gone(ctx, reader, ns, o.timeout); err != nil {
			return late(o.Session, err)
		}
	}
	_, err = fmt.Fprintln(o.Out, "Injected pods keep their edits until they end.")
	return err
}
