package installation

import (
	"context"
	"encoding/json"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// Half is an installation that did not come to its end: the webhook configuration is applied last, once a server is ready.
type Half struct {
	Standing []string `json:"standing"` // references of objects that are there
	Absent   []string `json:"absent"`   // and of those that are not
}

// half looks for what an installation left that did not come to its end. The namespace alone says nothing: it may be kept on purpose.
func (l *Inspection) half(ctx context.Context) error {
	o := l.Have.Options()
	gap, err := l.Reader.List(ctx, "apps/v1", "Deployment", cluster.Scope{Selector: manifests.NameLabel + "=" + manifests.ServiceName + "," + manifests.PartOfLabel + "=" + manifests.FieldManager}, func(raw []byte) error {
		var d appsv1.Deployment
		if err := json.Unmarshal(raw, &d); err != nil {
			return err
		}
		l.Have.Deployment, o.Namespace = &d, d.Namespace
		return cluster.ErrEnough
	})
	switch {
	case err != nil:
		return err
	case gap != nil:
		l.gap(gap)
		return nil
	}
	h := Half{Absent: []string{"MutatingWebhookConfiguration/" + manifests.WebhookName}}
	for _, object := range manifests.Server(o) {
		kind := object.GetObjectKind().GroupVersionKind()
		if kind.Kind == "Namespace" {
			continue
		}
		ours, err := Ours(ctx, l.Reader, object)
		switch {
		case err != nil:
			if err := l.missed(err, "get", kind.Kind, object.GetNamespace()); err != nil {
				return err
			}
		case ours:
			h.Standing = append(h.Standing, manifests.Reference(object))
		default:
			h.Absent = append(h.Absent, manifests.Reference(object))
		}
	}
	if h.Standing == nil {
		return nil
	}
	l.Status.Half, l.Status.Namespace = &h, o.Namespace
	if d := l.Have.Deployment; d != nil {
		l.Status.Server.Wanted, l.Status.Server.Ready = 1, d.Status.ReadyReplicas
		if d.Spec.Replicas != nil {
			l.Status.Server.Wanted = *d.Spec.Replicas
		}
		if pod := d.Spec.Template.Spec; len(pod.Containers) > 0 {
			l.Status.Server.Image = pod.Containers[0].Image
		}
	}
	return nil
}
