package apply

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// label makes of an object that is to get labels the edit of the one that is there. The API server tells, in a dry run, which pods of a
// namespace the labels would refuse: then they are not set.
func (o *Object) label(ctx context.Context) error {
	var wanted struct {
		Metadata struct {
			Labels map[string]string `json:"labels"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(o.Create, &wanted); err != nil {
		return err
	}
	live, err := o.present(ctx)
	if err != nil || o.Skipped != nil {
		return err
	}
	o.Create, o.Before = nil, live
	o.UID, o.ResourceVersion = lookup(live, "metadata", "uid"), lookup(live, "metadata", "resourceVersion")
	for _, key := range slices.Sorted(maps.Keys(wanted.Metadata.Labels)) {
		if value := wanted.Metadata.Labels[key]; lookup(live, "metadata", "labels", key) != value {
			o.Operations = append(o.Operations, patch.Put(live, patch.Path{"metadata", "labels", key}, patch.Text(value)))
		}
	}
	if len(o.Operations) == 0 || o.options.Offline {
		return nil
	}
	warnings, err := o.reader.Warnings(ctx, o.collection(), o.Target.Name, map[string]any{"metadata": map[string]any{"labels": wanted.Metadata.Labels}})
	switch {
	case apierrors.IsForbidden(err):
		o.forbidden("patch")
	case err != nil:
		return o.refused(err, true)
	case len(warnings) > 0:
		o.skip(Breaks, "fix these pods first: set the fields in their templates, or have the webhook inject them, and let them be made anew", "%s", strings.Join(warnings, "; "))
	}
	return nil
}
