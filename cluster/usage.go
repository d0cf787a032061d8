package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const groupMetrics = "metrics.k8s.io"

// PodUsage is what the metrics API says of a pod: over Window, until Timestamp.
type PodUsage struct {
	metav1.ObjectMeta `json:"metadata"`
	Timestamp         metav1.Time     `json:"timestamp"`
	Window            metav1.Duration `json:"window"`
	Containers        []struct {
		Name  string              `json:"name"`
		Usage corev1.ResourceList `json:"usage"`
	} `json:"containers"`
}

// Fresh says whether the usage is that of a pod which started at a time: a pod of the same name may have gone before it.
func (u *PodUsage) Fresh(started time.Time) bool { return u.Timestamp.After(started) }

// errNoMetrics is the error of a cluster without the metrics API.
var errNoMetrics = errors.New("the cluster has no metrics API: install metrics-server")

// Usage is what the metrics API says of the pods of a namespace, by name. A gap says why that could not be read; an error that the
// server did not answer.
func (r *Reader) Usage(ctx context.Context, scope Scope) (map[string]PodUsage, *Gap, error) {
	gap := func(err error) *Gap {
		return &Gap{Verb: "list", Group: groupMetrics, Resource: "pods", Namespace: scope.Namespace, Err: err}
	}
	var group metav1.APIGroup
	err := r.get(ctx, "/apis/"+groupMetrics, &group)
	switch {
	case apierrors.IsNotFound(err) || err == nil && group.PreferredVersion.Version == "":
		return nil, gap(errNoMetrics), nil
	case fatal(ctx, err):
		return nil, nil, r.unanswered(ctx, err)
	case err != nil:
		return nil, gap(err), nil
	}
	var list struct {
		Items []PodUsage `json:"items"`
	}
	request := r.client.Get().AbsPath(kind{groupMetrics, group.PreferredVersion.Version, "PodMetrics", "pods"}.path(scope.Namespace))
	if scope.Selector != "" {
		request = request.Param("labelSelector", scope.Selector)
	}
	raw, err := answer(request.Do(ctx))
	switch {
	case fatal(ctx, err):
		return nil, nil, r.unanswered(ctx, err)
	case err != nil:
		return nil, gap(err), nil
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, gap(err), nil
	}
	usage := make(map[string]PodUsage, len(list.Items))
	for _, one := range list.Items {
		usage[one.Name] = one
	}
	return usage, nil, nil
}

// Serves says whether the server has a resource of the core group, such as pods/resize.
func (r *Reader) Serves(ctx context.Context, resource string) (bool, error) {
	var served metav1.APIResourceList
	if err := r.get(ctx, "/api/v1", &served); err != nil {
		if fatal(ctx, err) {
			err = r.unanswered(ctx, err)
		}
		return false, err
	}
	for _, one := range served.APIResources {
		if one.Name == resource {
			return true, nil
		}
	}
	return false, nil
}
