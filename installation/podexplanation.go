package installation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// PodExplanation is what there is to know of why one pod was injected or not.
type PodExplanation struct {
	Claims     rule.Claims // what can be true of the pod's own report
	Reported   bool        // it has one
	Unreadable error       // why nothing of it can be believed
	Pod        corev1.Pod
	Who        spark.Identity
	Have       *Live
	Unseen     *cluster.Gap        // the right to read the webhook configuration, where it is missing
	Hidden     bool                // the labels of the pod's namespace may not be read
	SentBy     []manifests.Sending // by each webhook, of a pod like this one now; none where nothing is installed
	Preview    *Preview            // nil where the webhook would not edit it
}

// Preview is what the rules do with the pod as it is now.
type Preview struct {
	Unknown  error    // why facts of private images are not known; nil where they are
	Problems []string // with settings
	Codes    []string // of edits, each with its part
	Err      error    // why the edits could not be verified
}

// NoPodError says that a pod is not there.
type NoPodError struct{ Namespace, Name string }

func (e *NoPodError) Error() string {
	return fmt.Sprintf("there is no pod %q in namespace %q", e.Name, e.Namespace)
}

// ExplainPod gathers the story of a pod. A pod that is not there is an error.
func ExplainPod(ctx context.Context, reader *cluster.Reader, rules *rule.Set, namespace, name string) (*PodExplanation, error) {
	var raw json.RawMessage
	if found, err := reader.Get(ctx, cluster.Path("v1", "Pod", namespace), name, &raw); err != nil {
		return nil, err
	} else if !found {
		return nil, &NoPodError{Namespace: namespace, Name: name}
	}
	s := &PodExplanation{}
	if err := json.Unmarshal(raw, &s.Pod); err != nil {
		return nil, fmt.Errorf("read pod %q: %w", name, err)
	}
	s.Who = spark.Identify(&s.Pod.ObjectMeta, &s.Pod.Spec)
	have, err := Read(ctx, reader)
	var refused apierrors.APIStatus
	switch {
	case have.Webhook == nil && apierrors.IsForbidden(err):
		gap := unseenConfiguration(err)
		s.Unseen = &gap
	case err != nil && (have.Webhook == nil || !errors.As(err, &refused)):
		return nil, err
	}
	options, _ := have.Rules()
	s.Claims, s.Reported, s.Unreadable = rules.ReadClaims(s.Who, raw, options.Images)
	if s.Have = have; !have.Installed() {
		return s, nil
	}
	var ns metav1.PartialObjectMetadata
	if _, err := reader.Get(ctx, cluster.Path("v1", "Namespace", ""), namespace, &ns); err != nil {
		if !errors.As(err, &refused) {
			return nil, err
		}
		s.Hidden = true
	}
	s.SentBy = manifests.Sends(have.Webhook, &s.Pod, ns.Labels)
	for _, one := range s.SentBy {
		if (one.Sent || one.Unknown) && s.Who.Certain {
			bounds, err := boundsOf(ctx, reader, namespace)
			if err != nil {
				return nil, err
			}
			s.Preview = preview(raw, &s.Pod, &ns, have, rules, bounds)
			break
		}
	}
	return s, nil
}

// boundsOf reads what bounds new pods of a namespace, as the webhook does. Without the right to, any edit may be refused for it.
func boundsOf(ctx context.Context, reader *cluster.Reader, namespace string) (neighbour.Bounds, error) {
	set := neighbour.New()
	for _, kind := range []string{"ResourceQuota", "LimitRange"} {
		gap, err := reader.List(ctx, "v1", kind, cluster.Scope{Namespace: namespace}, func(raw []byte) error { return set.Add("v1", kind, raw) })
		switch {
		case err != nil:
			return nil, err
		case gap == nil:
			set.Whole(kind, namespace)
		}
	}
	return set.Bounds(namespace), nil
}

func preview(raw []byte, p *corev1.Pod, ns *metav1.PartialObjectMetadata, have *Live, rules *rule.Set, bounds neighbour.Bounds) *Preview {
	w := &Preview{}
	options, unknown := have.Rules()
	w.Unknown = unknown
	template := &corev1.PodTemplateSpec{ObjectMeta: p.ObjectMeta, Spec: p.Spec}
	in, problems := rule.Subject(raw, template, rule.Marks{Labels: ns.Labels, Annotations: ns.Annotations}, options)
	rule.Put(&in.Facts, neighbour.FactBounds, bounds)
	admitted, err := rules.Admit(in)
	w.Problems, w.Err = problems, err
	codes := map[string]bool{}
	for _, edit := range admitted.Edits {
		code := edit.Code
		if edit.Part != "" {
			code += "/" + edit.Part
		}
		codes[code] = true
	}
	w.Codes = slices.Sorted(maps.Keys(codes))
	return w
}
