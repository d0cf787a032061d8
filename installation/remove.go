package installation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Remove deletes an object if it is ours.
func Remove(ctx context.Context, reader *cluster.Reader, o manifests.Object, dryRun bool) (bool, error) {
	if ours, err := Ours(ctx, reader, o); err != nil || !ours {
		return false, err
	}
	return reader.Delete(ctx, pathOf(o), o.GetName(), dryRun)
}

func pathOf(o manifests.Object) string {
	kind := o.GetObjectKind().GroupVersionKind()
	return cluster.Path(kind.GroupVersion().String(), kind.Kind, o.GetNamespace())
}

// Ours says that an object is there, is not being deleted, and is ours: somebody else may have one of the same name.
func Ours(ctx context.Context, reader *cluster.Reader, o manifests.Object) (bool, error) {
	var have metav1.PartialObjectMetadata
	if found, err := reader.Get(ctx, pathOf(o), o.GetName(), &have); err != nil || !found || have.DeletionTimestamp != nil {
		return false, err
	}
	return have.Labels[manifests.PartOfLabel] == manifests.FieldManager || o.GetName() == manifests.WebhookName, nil
}

// Keep says why a namespace has to stay when the webhook goes; "" lets it go.
func Keep(ctx context.Context, reader *cluster.Reader, name string) (string, error) {
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
				if k.Cluster {
					continue // it holds nothing in the namespace
				}
				kinds = append(kinds, [2]string{launcher.Traits().Group + "/" + version, k.Kind})
			}
		}
	}
	for _, k := range kinds {
		others := ""
		gap, err := reader.List(ctx, k[0], k[1], cluster.Scope{Namespace: name, Selector: manifests.PartOfLabel + "!=" + manifests.FieldManager}, func(raw []byte) error {
			var o metav1.PartialObjectMetadata
			if err := json.Unmarshal(raw, &o); err != nil || automatic(k[1], &o) {
				return err
			}
			others = o.Name
			return cluster.ErrEnough
		})
		if err != nil {
			return "", err
		}
		if gap != nil {
			return fmt.Sprintf("its other objects cannot be listed: %s %s %s", gap.Verb, gap.Resource, gap.Reason()), nil
		}
		if others != "" {
			return fmt.Sprintf("it holds other objects, as %s/%s", k[1], others), nil
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
		return account || slices.Contains([]string{manifests.CASecret, manifests.CertSecret, manifests.CertManagerCA}, o.Name)
	case "ConfigMap":
		return slices.Contains([]string{manifests.ConfigName, manifests.StatusName, "kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"}, o.Name)
	}
	return false
}

// Gone waits until a namespace that is being deleted is gone.
func Gone(ctx context.Context, reader *cluster.Reader, name string, timeout time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errWaited)
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
			return late(err, fmt.Sprintf("namespace %s is still being deleted", name), timeout)
		}
	}
}

// Registered gives the namespace of the server that the webhook configuration names; "" where there is none.
func Registered(ctx context.Context, reader *cluster.Reader) (string, error) {
	var c metav1.PartialObjectMetadata
	_, err := reader.Get(ctx, configurations(), manifests.WebhookName, &c)
	return c.Annotations[manifests.NamespaceAnnotation], unknownWebhook(err)
}
