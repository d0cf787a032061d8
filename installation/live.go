package installation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/settings"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Live is what a cluster has of the webhook; what is not there is nil.
type Live struct {
	Webhook       *admissionv1.MutatingWebhookConfiguration
	Config        *corev1.ConfigMap
	Deployment    *appsv1.Deployment
	NetworkPolicy *networkingv1.NetworkPolicy
}

func configurations() string {
	return cluster.Path("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "")
}

// ReadWebhook reads the webhook configuration alone, which is all that a pause needs.
func ReadWebhook(ctx context.Context, reader *cluster.Reader) (*Live, error) {
	l, c := &Live{}, &admissionv1.MutatingWebhookConfiguration{}
	found, err := reader.Get(ctx, configurations(), manifests.WebhookName, c)
	if found {
		l.Webhook = c
	}
	return l, unknownWebhook(err)
}

// unknownWebhook is the error of a webhook configuration that could not be read, with the right that is missing.
func unknownWebhook(err error) error {
	if err == nil || !errors.As(err, new(apierrors.APIStatus)) {
		return err // of a server that does not answer nothing is known
	}
	return fmt.Errorf("it is unknown whether the webhook is installed: %w", withGrant(unseenConfiguration(err)))
}

// withGrant is the error of a gap with the right that is missing, where one is.
func withGrant(gap cluster.Gap) error {
	if grant := gap.Grant(); grant != "" {
		return fmt.Errorf("%w (grant: %s)", gap.Err, grant)
	}
	return gap.Err
}

// ReadAllowed reads it without what this account cannot read; the webhook configuration must be readable.
func ReadAllowed(ctx context.Context, reader *cluster.Reader) (*Live, error) {
	l, err := Read(ctx, reader)
	if l.Installed() && apierrors.IsForbidden(err) {
		return l, nil
	}
	return l, err
}

// Read reads it. An object that may not be read is an error: what was chosen before must not get lost.
func Read(ctx context.Context, reader *cluster.Reader) (*Live, error) {
	l, err := ReadWebhook(ctx, reader)
	if err != nil || !l.Installed() {
		return l, err
	}
	ns := l.Namespace()
	config, deployment, policy := &corev1.ConfigMap{}, &appsv1.Deployment{}, &networkingv1.NetworkPolicy{}
	for _, object := range []struct {
		path, name string
		into       any
		keep       func()
	}{
		{cluster.Path("v1", "ConfigMap", ns), manifests.ConfigName, config, func() { l.Config = config }},
		{cluster.Path("apps/v1", "Deployment", ns), manifests.ServiceName, deployment, func() { l.Deployment = deployment }},
		{cluster.Path("networking.k8s.io/v1", "NetworkPolicy", ns), manifests.ServiceName, policy, func() { l.NetworkPolicy = policy }},
	} {
		if found, err := reader.Get(ctx, object.path, object.name, object.into); err != nil {
			return l, err
		} else if found {
			object.keep()
		}
	}
	return l, nil
}

func (l *Live) Installed() bool { return l.Webhook != nil }

func (l *Live) Namespace() string {
	if l.Webhook != nil {
		if o := manifests.Read(l.Webhook); o.Namespace != "" {
			return o.Namespace
		}
	}
	return manifests.DefaultNamespace
}

// Options are those that what is there was made from.
func (l *Live) Options() manifests.Options {
	if l.Webhook == nil {
		return manifests.Options{Namespace: manifests.DefaultNamespace, Profile: "standard", Scope: manifests.ScopeAll, PriorityClass: manifests.DefaultPriorityClass}
	}
	o := manifests.Read(l.Webhook)
	o.Namespace, o.PriorityClass = l.Namespace(), manifests.DefaultPriorityClass
	if l.NetworkPolicy != nil {
		o.Reach = manifests.ReadReach(l.NetworkPolicy)
	}
	if l.Config != nil {
		o.Profile, o.Shadow = l.Config.Data[manifests.ProfileKey], l.Config.Data[manifests.ModeKey] == manifests.ModeShadow
	}
	if l.Deployment != nil && len(l.Deployment.Spec.Template.Spec.Containers) > 0 {
		pod := &l.Deployment.Spec.Template.Spec
		o.Image, o.PriorityClass = pod.Containers[0].Image, pod.PriorityClassName
		if len(pod.ImagePullSecrets) > 0 {
			o.ImagePullSecret = pod.ImagePullSecrets[0].Name
		}
	}
	return o
}

// Rules are the options by which the server runs its rules, as far as they are known. An error says why it does not go by the facts of
// images that stand in its ConfigMap, or why they are not known here.
func (l *Live) Rules() (o rule.Options, err error) {
	o.Profile = rule.Profile(l.Options().Profile)
	if l.Config == nil {
		return o, fmt.Errorf("ConfigMap/%s is not there or may not be read: facts of private images are not known here", manifests.ConfigName)
	}
	read, err := settings.Parse(settings.Settings{Options: o}, l.Config.Data)
	if err != nil {
		return o, fmt.Errorf("ConfigMap/%s: %w: the server goes by its former settings, and facts of private images are not known here", manifests.ConfigName, err)
	}
	return read.Options, nil
}

// Images are the facts of images that the webhook goes by, as far as its settings may be read; nil where there are none. unread says that
// the settings are wrong, or may not be read. The other error means that the server did not answer.
func Images(ctx context.Context, reader *cluster.Reader) (images spark.Catalogue, unread, err error) {
	var refused apierrors.APIStatus
	have, err := ReadWebhook(ctx, reader)
	if err != nil && !errors.As(err, &refused) {
		return nil, nil, err
	}
	installed := have.Installed()
	if err == nil && !installed {
		return nil, nil, nil
	}
	config := &corev1.ConfigMap{}
	found, err := reader.Get(ctx, cluster.Path("v1", "ConfigMap", have.Namespace()), manifests.ConfigName, config)
	switch {
	case err != nil && !errors.As(err, &refused):
		return nil, nil, err
	case err != nil && installed:
		gap := cluster.Gap{Verb: "get", Resource: "configmaps", Namespace: have.Namespace(), Err: err}
		return nil, fmt.Errorf("facts of private images in the webhook's settings are unknown: %w", withGrant(gap)), nil
	case err != nil || !found:
		return nil, nil, nil
	}
	have.Config = config
	options, unread := have.Rules()
	return options.Images, unread, nil
}

// ActiveSince is when the webhook last began to edit pods; pods that are older cannot have been missed.
func (l *Live) ActiveSince() time.Time {
	since := l.Webhook.CreationTimestamp.Time
	if t, err := time.Parse(time.RFC3339, l.Webhook.Annotations[manifests.SinceAnnotation]); err == nil && t.After(since) {
		return t
	}
	return since
}

// version of an object, to see whether applying it changed anything.
func version(raw []byte) string {
	var o struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
	}
	_ = json.Unmarshal(raw, &o) // the server's own answer; without a version it counts as changed
	return o.Metadata.ResourceVersion
}
