package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// visitError is an error of the caller's own, on its way out through list.
type visitError struct{ err error }

func (e *visitError) Error() string { return e.err.Error() }

// list hands each object of a kind to visit, page by page. It reads at the newest state: with resourceVersion=0 older
// servers answer from their cache and ignore the limit, so that one answer could hold a whole cluster.
func (r *Reader) list(ctx context.Context, k kind, scope Scope, visit func(raw []byte) error) error {
	return r.pages(ctx, k, scope, page, false, visit)
}

// pages is list with so many objects a page; with named it asks for the objects' metadata alone, and for nothing else where the server cannot.
func (r *Reader) pages(ctx context.Context, k kind, scope Scope, limit string, named bool, visit func(raw []byte) error) error {
	next := ""
	for {
		request := r.client.Get().AbsPath(k.path(scope.Namespace)).Param("limit", limit)
		for name, value := range map[string]string{"labelSelector": scope.Selector, "continue": next} {
			if value != "" {
				request = request.Param(name, value)
			}
		}
		if named {
			request = request.SetHeader("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
		}
		raw, err := answer(request.Do(ctx))
		if err != nil {
			// The list grew old while it was read; the server hands out how to go on from a newer state.
			var status apierrors.APIStatus
			if errors.As(err, &status) && status.Status().Code == http.StatusGone && next != "" && status.Status().ListMeta.Continue != "" && status.Status().ListMeta.Continue != next {
				next = status.Status().ListMeta.Continue
				continue
			}
			return err
		}
		var list struct {
			Metadata metav1.ListMeta   `json:"metadata"`
			Items    []json.RawMessage `json:"items"`
		}
		if err := json.Unmarshal(raw, &list); err != nil {
			return fmt.Errorf("read the list of %s: %w", k.resource, err)
		}
		for i, item := range list.Items {
			if err := visit(item); err != nil {
				return &visitError{err}
			}
			list.Items[i] = nil
		}
		if next = list.Metadata.Continue; next == "" {
			return nil
		}
	}
}

// answer is the body of a good answer, or the error as the server words it; Raw alone would not read that.
func answer(result rest.Result) ([]byte, error) {
	if err := result.Error(); err != nil {
		return nil, err
	}
	return result.Raw()
}

func (r *Reader) get(ctx context.Context, path string, into any) error {
	raw, err := answer(r.client.Get().AbsPath(path).Do(ctx))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// fatal tells a server that cannot be talked to from one that declines one thing.
func fatal(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	var status apierrors.APIStatus
	return ctx.Err() != nil || !errors.As(err, &status) || apierrors.IsUnauthorized(err)
}

// Answered words an error of another client of the same server as the Reader words its own, where nothing answered.
func (r *Reader) Answered(ctx context.Context, err error) error {
	var connection *url.Error
	if errors.As(err, &connection) || apierrors.IsUnauthorized(err) {
		return r.unanswered(ctx, err)
	}
	return err
}

func (r *Reader) unanswered(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("the server at %s does not accept the credentials of this context; nothing was changed", r.host)
	}
	return fmt.Errorf("the server at %s did not answer: %w; nothing was changed", r.host, err)
}
