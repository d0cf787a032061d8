package webhook

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// SecretStore shares an authority through a Secret of the server's namespace.
type SecretStore struct {
	Client    API
	Namespace string
}

// Authority reads the Secret. Where it is missing, unreadable or close to its end a new authority is written,
// guarded by the Secret's version: of two replicas that do so at once one wins, and both use its authority.
func (s SecretStore) Authority(ctx context.Context, now time.Time) (*Authority, error) {
	secrets := s.Client.CoreV1().Secrets(s.Namespace)
	var last error
	for range 5 {
		secret, err := secrets.Get(ctx, manifests.CASecret, metav1.GetOptions{})
		missing := apierrors.IsNotFound(err)
		if err != nil && !missing {
			return nil, fmt.Errorf("read Secret %s/%s: %w", s.Namespace, manifests.CASecret, err)
		}
		if !missing {
			if ca, err := ParseAuthority(secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey]); err == nil && ca.fresh(now) {
				return ca, nil
			}
		}
		ca, err := NewAuthority(now)
		if err != nil {
			return nil, err
		}
		ours := map[string]string{manifests.NameLabel: manifests.ServiceName, manifests.PartOfLabel: manifests.FieldManager}
		data := map[string][]byte{corev1.TLSCertKey: ca.CertPEM, corev1.TLSPrivateKeyKey: ca.KeyPEM}
		if missing {
			_, err = secrets.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: manifests.CASecret, Labels: ours}, Type: corev1.SecretTypeTLS, Data: data}, metav1.CreateOptions{FieldManager: manifests.CertsManager})
		} else {
			secret.Data = data
			_, err = secrets.Update(ctx, secret, metav1.UpdateOptions{FieldManager: manifests.CertsManager})
		}
		switch {
		case err == nil:
			return ca, nil
		case apierrors.IsAlreadyExists(err) || apierrors.IsConflict(err) || apierrors.IsNotFound(err):
			last = err // another replica was first; look again
		default:
			return nil, fmt.Errorf("write Secret %s/%s: %w", s.Namespace, manifests.CASecret, err)
		}
	}
	return nil, fmt.Errorf("write Secret %s/%s: %w", s.Namespace, manifests.CASecret, last)
}
