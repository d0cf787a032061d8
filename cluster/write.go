package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Patch changes one object by a JSON patch (RFC 6902) and returns what the server made of it. Force has no meaning here.
func (r *Reader) Patch(ctx context.Context, collection, name string, operations []byte, o ApplyOptions) ([]byte, error) {
	request := r.client.Patch(types.JSONPatchType).AbsPath(collection, name).Param("fieldManager", o.Manager).Body(operations)
	if o.DryRun {
		request = request.Param("dryRun", "All")
	}
	raw, err := answer(request.Do(ctx))
	switch {
	case err == nil:
		return raw, nil
	case fatal(ctx, err):
		return nil, r.unanswered(ctx, err)
	}
	return nil, fmt.Errorf("patch %s: %w", name, err)
}

// Create creates an object, strictly, and returns what the server made of it. The error of a server that declines is its own.
func (r *Reader) Create(ctx context.Context, collection string, object []byte, o ApplyOptions) ([]byte, error) {
	request := r.client.Post().AbsPath(collection).Param("fieldManager", o.Manager).Param("fieldValidation", "Strict").Body(object)
	if o.DryRun {
		request = request.Param("dryRun", "All")
	}
	raw, err := answer(request.Do(ctx))
	if fatal(ctx, err) {
		return nil, r.unanswered(ctx, err)
	}
	return raw, err
}

// Unsure says of the error of a write that it leaves open whether the server made it: it, or what it asks, failed while it did.
func Unsure(err error) bool {
	return apierrors.IsTimeout(err) || apierrors.IsServerTimeout(err) || apierrors.IsInternalError(err) || apierrors.IsServiceUnavailable(err) || apierrors.IsUnexpectedServerError(err)
}

// User is the name that the API server knows this account by; "" where it does not say.
func (r *Reader) User(ctx context.Context) (string, error) {
	review := authenticationv1.SelfSubjectReview{TypeMeta: metav1.TypeMeta{APIVersion: "authentication.k8s.io/v1", Kind: "SelfSubjectReview"}}
	body, err := json.Marshal(review)
	if err != nil {
		return "", err
	}
	raw, err := answer(r.client.Post().AbsPath("/apis/authentication.k8s.io/v1/selfsubjectreviews").Body(body).Do(ctx))
	switch {
	case fatal(ctx, err):
		return "", r.unanswered(ctx, err)
	case err != nil:
		return "", nil
	}
	if err := json.Unmarshal(raw, &review); err != nil {
		return "", fmt.Errorf("ask for the name of this account: %w", err)
	}
	return review.Status.UserInfo.Username, nil
}

// DeleteVersion removes an object that still has a uid and a version. The error of a server that declines is its own.
func (r *Reader) DeleteVersion(ctx context.Context, collection, name, uid, version string, dryRun bool) error {
	options := map[string]any{"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": map[string]string{"uid": uid, "resourceVersion": version}}
	if dryRun {
		options["dryRun"] = []string{metav1.DryRunAll}
	}
	body, err := json.Marshal(options)
	if err != nil {
		return err
	}
	err = r.client.Delete().AbsPath(collection, name).Body(body).Do(ctx).Error()
	if fatal(ctx, err) {
		return r.unanswered(ctx, err)
	}
	return err
}
