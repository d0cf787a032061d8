package image

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/image"
)

// secretsOf reads pull secrets of a namespace: those that the user named, else those of its ServiceAccounts and of its pods.
func secretsOf(ctx context.Context, reader *cluster.Reader, namespace string, named, ofPods []string, into *image.Login) error {
	asked := len(named) > 0
	if !asked {
		named = slices.Clone(ofPods)
		gap, err := reader.List(ctx, "v1", "ServiceAccount", cluster.Scope{Namespace: namespace}, func(raw []byte) error {
			var account corev1.ServiceAccount
			if err := json.Unmarshal(raw, &account); err != nil {
				return err
			}
			for _, secret := range account.ImagePullSecrets {
				if !slices.Contains(named, secret.Name) {
					named = append(named, secret.Name)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if gap != nil {
			return fmt.Errorf("the pull secrets of namespace %s are unknown: list serviceaccounts %s; grant %s, or name a Secret with --pull-secret", namespace, gap.Reason(), gap.Grant())
		}
	}
	for _, name := range named {
		var secret corev1.Secret
		found, err := reader.Get(ctx, cluster.Path("v1", "Secret", namespace), name, &secret)
		switch {
		case err != nil:
			return fmt.Errorf("cannot read pull secret %s of namespace %s: %w; grant get secrets, or log in with docker login", name, namespace, err)
		case !found && asked:
			return fmt.Errorf("--pull-secret=%s: namespace %s has no such Secret", name, namespace)
		case !found: // the kubelet goes on without it, too
			continue
		}
		text := secret.Data[corev1.DockerConfigJsonKey]
		if text == nil {
			text = secret.Data[corev1.DockerConfigKey]
		}
		if err := into.Add(text); err != nil {
			return fmt.Errorf("pull secret %s of namespace %s cannot be used: %w", name, namespace, err)
		}
	}
	return nil
}

// granted is a note about a gap with the right that fills it, where one does.
func granted(note string, gap cluster.Gap) string {
	if grant := gap.Grant(); grant != "" {
		note += " (grant: " + grant + ")"
	}
	return note
}
