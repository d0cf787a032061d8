package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// SecretStore shares an authority through a Secret of the server's namespace.
type SecretStore struct {
	Client    kubernetes.Interface
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

// Trust is the CA bundle that the API server has, in a MutatingWebhookConfiguration.
type Trust struct {
	Client kubernetes.Interface
	Name   string // of the MutatingWebhookConfiguration
	Now    func() time.Time
	Write  bool // false where somebody else, as cert-manager, writes the bundles
	missed chan struct{}
}

// NewTrust follows the bundles of the MutatingWebhookConfiguration of a name.
func NewTrust(client kubernetes.Interface, name string, write bool) *Trust {
	return &Trust{Client: client, Name: name, Now: time.Now, Write: write, missed: make(chan struct{}, 1)}
}

// miss says that the bundle lacks the CA, so that it is published at once and not only at the next turn.
func (t *Trust) miss() {
	select {
	case t.missed <- struct{}{}:
	default: // said already, or nobody listens
	}
}

var errNotInstalled = errors.New("the webhook configuration is not installed")

// bundles gives the bundles of all webhooks of the configuration. errNotInstalled where there is none.
func (t *Trust) bundles(ctx context.Context) (*admissionv1.MutatingWebhookConfiguration, error) {
	c, err := t.Client.AdmissionregistrationV1().MutatingWebhookConfigurations().Get(ctx, t.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, errNotInstalled
	}
	if err != nil {
		return nil, fmt.Errorf("read webhook configuration %q: %w", t.Name, err)
	}
	return c, nil
}

// Publish sees to it that every webhook of the configuration trusts the CA, beside those it trusts already.
// It owns nothing of the configuration but the bundles, and writes only where one lacks the CA.
func (t *Trust) Publish(ctx context.Context, ca []byte) error {
	if !t.Write || len(ca) == 0 {
		return nil
	}
	c, err := t.bundles(ctx)
	if errors.Is(err, errNotInstalled) {
		return nil // it may come later; we come by again
	}
	if err != nil {
		return err
	}
	type clientConfig struct {
		CABundle []byte `json:"caBundle"`
	}
	type webhook struct {
		Name         string       `json:"name"`
		ClientConfig clientConfig `json:"clientConfig"`
	}
	type meta struct {
		Name string    `json:"name"`
		UID  types.UID `json:"uid"` // guards against bringing back what was deleted meanwhile
	}
	var change struct {
		APIVersion string    `json:"apiVersion"`
		Kind       string    `json:"kind"`
		Metadata   meta      `json:"metadata"`
		Webhooks   []webhook `json:"webhooks"`
	}
	change.APIVersion, change.Kind = "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"
	change.Metadata = meta{Name: t.Name, UID: c.UID}
	differs := false
	for i := range c.Webhooks {
		old := c.Webhooks[i].ClientConfig.CABundle
		merged := MergeBundle(old, ca, t.Now())
		differs = differs || !bytes.Equal(old, merged)
		change.Webhooks = append(change.Webhooks, webhook{Name: c.Webhooks[i].Name, ClientConfig: clientConfig{CABundle: merged}})
	}
	if !differs {
		return nil
	}
	body, err := json.Marshal(change)
	if err != nil {
		return err
	}
	force := true
	_, err = t.Client.AdmissionregistrationV1().MutatingWebhookConfigurations().Patch(ctx, t.Name, types.ApplyPatchType, body,
		metav1.PatchOptions{FieldManager: manifests.CertsManager, Force: &force})
	if err != nil {
		return fmt.Errorf("write the CA bundles of %q: %w", t.Name, err)
	}
	return nil
}
