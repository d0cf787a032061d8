package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// live is what a cluster has of the webhook; what is not there is nil.
type live struct {
	webhook    *admissionv1.MutatingWebhookConfiguration
	config     *corev1.ConfigMap
	deployment *appsv1.Deployment
}

func configurations() string {
	return cluster.Path("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "")
}

// readLive reads it. An object that may not be read is an error: what was chosen before must not get lost.
func readLive(ctx context.Context, reader *cluster.Reader) (*live, error) {
	l := &live{}
	c := &admissionv1.MutatingWebhookConfiguration{}
	if found, err := reader.Get(ctx, configurations(), manifests.WebhookName, c); err != nil || !found {
		return l, err
	}
	l.webhook = c
	ns := l.namespace()
	config, deployment := &corev1.ConfigMap{}, &appsv1.Deployment{}
	if found, err := reader.Get(ctx, cluster.Path("v1", "ConfigMap", ns), manifests.ConfigName, config); err != nil {
		return l, err
	} else if found {
		l.config = config
	}
	if found, err := reader.Get(ctx, cluster.Path("apps/v1", "Deployment", ns), manifests.ServiceName, deployment); err != nil {
		return l, err
	} else if found {
		l.deployment = deployment
	}
	return l, nil
}

func (l *live) installed() bool { return l.webhook != nil }

func (l *live) namespace() string {
	if l.webhook != nil {
		if o := manifests.Read(l.webhook); o.Namespace != "" {
			return o.Namespace
		}
	}
	return manifests.DefaultNamespace
}

// options are those that what is there was made from.
func (l *live) options() manifests.Options {
	if l.webhook == nil {
		return manifests.Options{Namespace: manifests.DefaultNamespace, Profile: "standard", Scope: manifests.ScopeAll}
	}
	o := manifests.Read(l.webhook)
	o.Namespace = l.namespace()
	if l.config != nil {
		o.Profile, o.Shadow = l.config.Data[manifests.ProfileKey], l.config.Data[manifests.ModeKey] == manifests.ModeShadow
	}
	if l.deployment != nil && len(l.deployment.Spec.Template.Spec.Containers) > 0 {
		pod := &l.deployment.Spec.Template.Spec
		o.Image, o.PriorityClass = pod.Containers[0].Image, pod.PriorityClassName
		if len(pod.ImagePullSecrets) > 0 {
			o.ImagePullSecret = pod.ImagePullSecrets[0].Name
		}
	}
	return o
}

// rules are the options by which the server runs its rules. problem says why it does not go by the facts of images that
// stand in its ConfigMap, or why they are not known here.
func (l *live) rules() (o rule.Options, problem string) {
	o.Profile = rule.Profile(l.options().Profile)
	if l.config == nil {
		return o, "ConfigMap/" + manifests.ConfigName + " is not there or may not be read: facts of private images are not known here"
	}
	images, err := spark.ParseCatalogue([]byte(l.config.Data[manifests.ImagesKey]))
	if err != nil {
		return o, fmt.Sprintf("ConfigMap/%s, %s: %v: the server goes by its former settings, and facts of private images are not known here", manifests.ConfigName, manifests.ImagesKey, err)
	}
	o.Images = images
	return o, ""
}

// activeSince is when the webhook last began to edit pods; pods that are older cannot have been missed.
func (l *live) activeSince() time.Time {
	since := l.webhook.CreationTimestamp.Time
	if t, err := time.Parse(time.RFC3339, l.webhook.Annotations[manifests.SinceAnnotation]); err == nil && t.After(since) {
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
