package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

type uninstallOptions struct {
	*env
	dryRun        string
	keepNamespace bool
	wait          bool
	timeout       time.Duration
}

func newUninstall(e *env) *cobra.Command {
	o := &uninstallOptions{env: e}
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Take the webhook out of the cluster",
		Long: `Takes everything out of the cluster that install made: first the registration, so that no pod is sent any more, then the
server, its rights, its Secret and its namespace. A namespace that was there before, or that holds workloads of somebody
else, stays. Pods that were injected keep what they have until they end.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("dry-run", o.dryRun, "none", "client", "server"); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.dryRun, "dry-run", "none", "none, client (nothing is sent) or server (nothing is kept)")
	f.BoolVar(&o.keepNamespace, "keep-namespace", false, "leave the namespace, with what else is in it")
	f.BoolVar(&o.wait, "wait", false, "wait until the namespace is gone")
	f.DurationVar(&o.timeout, "timeout", 2*time.Minute, "how long to wait")
	return cmd
}

func (o *uninstallOptions) namespace() string {
	if ns := *o.flags.Namespace; ns != "" {
		return ns
	}
	return manifests.DefaultNamespace
}

func (o *uninstallOptions) run(ctx context.Context) error {
	if o.dryRun == "client" {
		for _, object := range manifests.Everything(o.namespace()) {
			fmt.Fprintf(o.Out, "%s: dry run: would be deleted\n", reference(object))
		}
		return nil
	}
	reader, err := o.reader()
	if err != nil {
		return err
	}
	ns := o.namespace()
	var registered metav1.PartialObjectMetadata
	if found, err := reader.Get(ctx, configurations(), manifests.WebhookName, &registered); err != nil {
		return err
	} else if at := registered.Annotations[manifests.NamespaceAnnotation]; found && at != "" {
		if *o.flags.Namespace != "" && at != ns {
			return fmt.Errorf("--namespace=%q: the webhook is installed in namespace %q; nothing was changed", ns, at)
		}
		ns = at
	}
	kept, err := o.keep(ctx, reader, ns)
	if err != nil {
		return err
	}
	said, done := "deleted", 0
	if o.dryRun == "server" {
		said = "dry run: would be deleted"
	}
	for _, object := range manifests.Everything(ns) {
		if kept != "" && object.GetObjectKind().GroupVersionKind().Kind == "Namespace" {
			continue
		}
		found, err := remove(ctx, reader, object, o.dryRun == "server")
		if err != nil {
			return fmt.Errorf("%w; %d objects were deleted before it: run uninstall again to go on", err, done)
		}
		if found {
			done++
			fmt.Fprintf(o.Out, "%s: %s\n", reference(object), said)
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
		if err := o.waitGone(ctx, reader, ns); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(o.Out, "Pods that were injected keep what they have until they end.")
	return err
}

// keep says why the namespace has to stay; "" lets it go.
func (o *uninstallOptions) keep(ctx context.Context, reader *cluster.Reader, name string) (string, error) {
	if o.keepNamespace {
		return "as --keep-namespace asks", nil
	}
	var ns metav1.PartialObjectMetadata
	found, err := reader.Get(ctx, cluster.Path("v1", "Namespace", ""), name, &ns)
	if err != nil || !found {
		return "", err
	}
	if ns.Labels[manifests.PartOfLabel] != manifests.FieldManager {
		return "it was there before install", nil
	}
	// Whatever makes pods or keeps data, and is not ours.
	kinds := [][2]string{{"v1", "Pod"}, {"v1", "PersistentVolumeClaim"}, {"apps/v1", "Deployment"}, {"apps/v1", "StatefulSet"},
		{"apps/v1", "DaemonSet"}, {"batch/v1", "Job"}, {"batch/v1", "CronJob"}, {"v1", "Secret"}, {"v1", "ConfigMap"}}
	for _, launcher := range spark.Launchers(nil) {
		for _, k := range launcher.Traits().Kinds {
			for _, version := range k.Versions {
				kinds = append(kinds, [2]string{launcher.Traits().Group + "/" + version, k.Kind})
			}
		}
	}
	for _, k := range kinds {
		others := ""
		gap, err := reader.List(ctx, k[0], k[1], cluster.Scope{Namespace: name, Selector: manifests.PartOfLabel + "!=" + manifests.FieldManager}, func(raw []byte) error {
			var o metav1.PartialObjectMetadata
			err := json.Unmarshal(raw, &o)
			if !automatic(k[1], &o) {
				others = o.Name
			}
			return err
		})
		if err != nil {
			return "", err
		}
		if gap != nil {
			return fmt.Sprintf("what else it holds cannot be seen, as %s %s %s", gap.Verb, gap.Resource, gap.Reason()), nil
		}
		if others != "" {
			return fmt.Sprintf("it holds what is not ours, as %s/%s", k[1], others), nil
		}
	}
	return "", nil
}

// automatic says whether an object without our label comes by itself, or with the webhook: ours that others make,
// and what a cluster puts into every namespace.
func automatic(kind string, o *metav1.PartialObjectMetadata) bool {
	switch kind {
	case "Secret":
		_, account := o.Annotations[corev1.ServiceAccountNameKey] // tokens of service accounts, and pull Secrets of OpenShift
		return account || slices.Contains([]string{manifests.CASecret, manifests.CertSecret, "spark-webhook-ca"}, o.Name)
	case "ConfigMap":
		return slices.Contains([]string{manifests.ConfigName, manifests.StatusName, "kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"}, o.Name)
	}
	return false
}

func (o *uninstallOptions) waitGone(ctx context.Context, reader *cluster.Reader, name string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, errWaited)
	defer cancel()
	for {
		var ns metav1.PartialObjectMetadata
		found, err := reader.Get(ctx, cluster.Path("v1", "Namespace", ""), name, &ns)
		if !found && err == nil {
			return nil
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err := sleep(ctx, interval); err != nil {
			in := &installOptions{env: o.env, timeout: o.timeout}
			return in.late(err, fmt.Sprintf("namespace %s is still being deleted", name))
		}
	}
}
