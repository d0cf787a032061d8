package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// Trust is the CA bundle that the API server has, in a MutatingWebhookConfiguration.
type Trust struct {
	Client API
	Name   string // of the MutatingWebhookConfiguration
	Now    func() time.Time
	Write  bool // false where somebody else, as cert-manager, writes the bundles
	Shared bool // all replicas sign by one authority, so that any other in a bundle is of nobody
	missed chan struct{}

	mu      sync.Mutex
	strange map[string]time.Time // authorities that no replica is known to use, by their PEM, and since when
}

// linger is how long an authority that no replica uses stays trusted: each looks for the shared one every 15 seconds and
// has changed over long before.
const linger = 10 * time.Minute

// NewTrust follows the bundles of the MutatingWebhookConfiguration of a name.
func NewTrust(client API, name string, write bool) *Trust {
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

// Publish sees to it that every webhook of the configuration trusts the CA, beside those it trusts already that have not ended.
// It owns nothing of the configuration but the bundles, and writes only where one has to change.
func (t *Trust) Publish(ctx context.Context, ca []byte) error {
	return t.write(ctx, ca, MergeBundle)
}

// Replace is Publish, and lets go of authorities that nobody uses: the one before, after a while, and one that was deleted
// or that somebody else put there. The caller knows that ca is the authority of all replicas. A bundle that install was
// given is left to whoever gave it.
func (t *Trust) Replace(ctx context.Context, ca []byte) error {
	if !t.Shared {
		return t.Publish(ctx, ca)
	}
	return t.write(ctx, ca, t.known)
}

// known is a merged bundle without the authorities that have been strange for long.
func (t *Trust) known(old, ca []byte, now time.Time) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out bytes.Buffer
	for block, rest := pem.Decode(MergeBundle(old, ca, now)); block != nil; block, rest = pem.Decode(rest) {
		text := pem.EncodeToMemory(block)
		name := string(text)
		since, strange := t.strange[name]
		switch {
		case bytes.Contains(ca, text):
			delete(t.strange, name)
		case !strange:
			if t.strange == nil {
				t.strange = map[string]time.Time{}
			}
			t.strange[name] = now
		case now.Sub(since) >= linger:
			continue
		}
		out.Write(text)
	}
	return out.Bytes()
}

func (t *Trust) write(ctx context.Context, ca []byte, merge func(old, added []byte, now time.Time) []byte) error {
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
	if c.Annotations[manifests.CAAnnotation] == manifests.Given {
		merge = MergeBundle
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
		merged := merge(old, ca, t.Now())
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
