package cluster

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
)

// WebhookConfigurations is where the API server keeps what it sends to mutating webhooks.
const WebhookConfigurations = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"

// Apply brings one object of ours into a state by server-side apply and returns what the server made of it. Fields
// of it that another manager holds are taken over: the running server holds the bundle, say. A dry run persists
// nothing.
func (r *Reader) Apply(ctx context.Context, collection, name, manager string, object []byte, dryRun bool) ([]byte, error) {
	request := r.client.Patch(types.ApplyPatchType).AbsPath(collection, name).Param("fieldManager", manager).Param("force", "true").Body(object)
	if dryRun {
		request = request.Param("dryRun", "All")
	}
	raw, err := request.Do(ctx).Raw()
	if fatal(ctx, err) {
		return nil, r.unanswered(ctx, err)
	}
	if err != nil {
		return nil, fmt.Errorf("apply %s: %w; nothing was changed", name, err)
	}
	return raw, nil
}

// Delete removes one object. found tells whether it was there.
func (r *Reader) Delete(ctx context.Context, collection, name string, dryRun bool) (found bool, err error) {
	request := r.client.Delete().AbsPath(collection, name)
	if dryRun {
		request = request.Param("dryRun", "All")
	}
	err = request.Do(ctx).Error()
	switch {
	case apierrors.IsNotFound(err):
		return false, nil
	case fatal(ctx, err):
		return false, r.unanswered(ctx, err)
	case err != nil:
		return false, fmt.Errorf("delete %s: %w; nothing was changed", name, err)
	}
	return true, nil
}
