package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
)

// visitError is an error of the caller's own, on its way out through list.
type visitError struct{ err error }

func (e *visitError) Error() string { return e.err.Error() }
func (e *visitError) Unwrap() error { return e.err }

// reading says how a kind is read.
type reading struct {
	limit string // of objects a page
	// named asks for the objects' metadata alone, and for nothing else where the server cannot.
	named bool
	// whole asks for JSON where a newer server's object would lose something.
	whole bool
	plain bool // as JSON
}

// onePage is what an answer to a list held.
type onePage struct {
	objects []*Object
	from    string // the mark by which it was asked for
	err     error
}

// pages hands the objects of a kind to visit, page by page, while the next page is on its way. It reads at the newest state: with
// resourceVersion=0 older servers answer from their cache and ignore the limit, so that one answer could hold a whole cluster.
func (r *Reader) pages(ctx context.Context, k kind, scope Scope, how reading, visit func(objects []*Object) error) error {
	ctx, stop := context.WithCancel(ctx)
	read := make(chan onePage)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(read)
		for next, more := "", true; more; more = next != "" {
			page := onePage{from: next}
			page.objects, next, page.err = r.page(ctx, k, scope, how, next, !how.plain)
			select {
			case read <- page:
			case <-ctx.Done():
				return
			}
			if page.err != nil {
				return
			}
		}
	})
	defer reader.Wait()
	defer stop()
	for page := range read {
		if page.err != nil {
			return page.err
		}
		if how.whole && !r.whole(page.objects) {
			var err error
			if page.objects, _, err = r.page(ctx, k, scope, how, page.from, false); err != nil {
				return err
			}
		}
		if err := visit(page.objects); err != nil {
			return &visitError{err}
		}
	}
	return ctx.Err()
}

// maxRenewals bounds how often one page is asked for again because the list grew old.
const maxRenewals = 3

// page reads one page, as protobuf where compact is set and the server has it, and says by which mark the list goes on.
func (r *Reader) page(ctx context.Context, k kind, scope Scope, how reading, from string, compact bool) (objects []*Object, next string, err error) {
	for turn := 1; ; turn++ {
		request := r.client.Get().AbsPath(k.path(scope.Namespace)).Param("limit", how.limit)
		for name, value := range map[string]string{"labelSelector": scope.Selector, "fieldSelector": scope.fields, "continue": from} {
			if value != "" {
				request = request.Param(name, value)
			}
		}
		request.SetHeader("Accept", accepted(k, how.named, compact))
		raw, err := answer(request.Do(ctx))
		if err == nil {
			return split(k, raw)
		}
		// The list grew old while it was read; the server hands out how to go on from a newer state.
		var status apierrors.APIStatus
		if !errors.As(err, &status) || status.Status().Code != http.StatusGone || turn == maxRenewals || from == "" || status.Status().ListMeta.Continue == "" || status.Status().ListMeta.Continue == from {
			return nil, "", err
		}
		from = status.Status().ListMeta.Continue
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
		return &NoAnswerError{fmt.Sprintf("the server at %s does not accept the credentials of this context", r.host), "log in again, or choose another --context", err, false}
	}
	var request *url.Error
	writes := errors.As(err, &request) && request.Op != "Get"
	return &NoAnswerError{fmt.Sprintf("the server at %s did not answer: %v", r.host, err), "check the network and --context", err, writes}
}

// NoAnswerError is the error of a server that did not answer, or that does not accept the credentials.
type NoAnswerError struct {
	state, remedy string
	err           error
	writes        bool // the request would have changed something
}

func (e *NoAnswerError) Error() string {
	if e.writes {
		return e.state + "; nothing was changed: " + e.remedy
	}
	return e.state + ": " + e.remedy
}
func (e *NoAnswerError) Unwrap() error { return e.err }

// After is the error of a command that had done something before it, with what to run next.
func After(err error, done, next string) error {
	var none *NoAnswerError
	if errors.As(err, &none) {
		return fmt.Errorf("%s; %s: %s, then %s", none.state, done, none.remedy, next)
	}
	return fmt.Errorf("%w; %s: %s", err, done, next)
}
