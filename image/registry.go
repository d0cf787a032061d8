package image

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// How long a registry may take.
const (
	answers = 30 * time.Second // to begin an answer
	silence = 60 * time.Second // to send the next piece of an answer, or its end
	piece   = 64 << 10
)

var errSilent = errors.New("the registry sent less than 64 KiB in a minute: try again later, or from a place nearer to it")

func openRegistry(ctx context.Context, source string, o Options) (*opened, error) {
	if err := OneReference(source); err != nil {
		return nil, err
	}
	ref, err := name.ParseReference(source, name.WeakValidation)
	if err != nil {
		return nil, noReference(source)
	}
	descriptor, err := remote.Get(ref, remote.WithContext(ctx), remote.WithAuthFromKeychain(o.Login.keychain()), remote.WithTransport(&guarded{roundTripper(), silence}), remote.WithUserAgent("kubectl-spark"),
		remote.WithRetryBackoff(remote.Backoff{Duration: 500 * time.Millisecond, Factor: 3, Jitter: 0.1, Steps: 2}))
	if err != nil {
		said := refused(ctx, ref, err)
		if context.Cause(ctx) == nil && unanswered(err) {
			said = &UnansweredError{ref.Context().RegistryStr(), said}
		}
		return nil, said
	}
	if descriptor.MediaType.IsIndex() {
		index, err := descriptor.ImageIndex()
		if err != nil {
			return nil, refused(ctx, ref, err)
		}
		out, err := fromIndex(source, index, o.Platform, false, 0)
		if err != nil {
			return nil, refused(ctx, ref, err)
		}
		out.digest = descriptor.Digest.String()
		return out, nil
	}
	img, err := descriptor.Image()
	if err != nil {
		return nil, refused(ctx, ref, err)
	}
	out, err := fromImage(source, img, false)
	if err != nil {
		return nil, refused(ctx, ref, err)
	}
	return out, nil
}

func roundTripper() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: answers,
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConnsPerHost:   4,
	}
}

// guarded follows no redirect that leads from TLS to plain HTTP, or from a registry into the node's own network, and ends an answer
// that stands still, or nearly so.
type guarded struct {
	next    http.RoundTripper
	silence time.Duration
}

var errRedirect = errors.New("redirect refused")

func (g *guarded) RoundTrip(request *http.Request) (*http.Response, error) {
	if from := request.Response; from != nil && from.Request != nil {
		if from.Request.URL.Scheme == "https" && request.URL.Scheme != "https" {
			return nil, fmt.Errorf("%w: from https to %s at %s", errRedirect, request.URL.Scheme, request.URL.Host)
		}
		if inside(request.URL.Hostname()) && request.URL.Hostname() != from.Request.URL.Hostname() {
			return nil, fmt.Errorf("%w: to %s, an address of this machine or its cloud's own", errRedirect, request.URL.Host)
		}
	}
	ctx, cancel := context.WithCancelCause(request.Context())
	answer, err := g.next.RoundTrip(request.WithContext(ctx))
	if err != nil {
		cancel(nil)
		return nil, err
	}
	timer := time.AfterFunc(g.silence, func() { cancel(errSilent) })
	body := &watched{body: answer.Body, timer: timer, silence: g.silence, ctx: ctx}
	if strings.Contains(request.URL.Path, "/manifests/") {
		body.most = maxConfig
	}
	body.end = sync.OnceFunc(func() { timer.Stop(); cancel(nil) })
	answer.Body = body
	return answer, nil
}

// inside says that a host is given by an address that only this machine, or its cloud's own services, have.
func inside(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (addr.IsLoopback() || addr.IsLinkLocalUnicast() || addr.IsUnspecified())
}

type watched struct {
	body interface {
		Read(p []byte) (int, error)
		Close() error
	}
	timer   *time.Timer
	silence time.Duration
	seen    int64 // bytes
	most    int64 // of a manifest; 0: bounded elsewhere
	ctx     context.Context
	end     func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	before := w.seen
	if w.seen += int64(n); w.seen/piece > before/piece {
		w.timer.Reset(w.silence)
	}
	if w.most > 0 && w.seen > w.most {
		return n, fmt.Errorf("the manifest has more than %d bytes: no more are read", w.most)
	}
	if err != nil {
		if cause := context.Cause(w.ctx); errors.Is(cause, errSilent) {
			err = errSilent
		}
		w.timer.Stop()
	}
	return n, err
}

func (w *watched) Close() error {
	defer w.end()
	return w.body.Close()
}

// UnansweredError is the error of an image whose registry does not answer: it would not for another image either.
type UnansweredError struct {
	Registry string
	err      error
}

func (e *UnansweredError) Error() string { return e.err.Error() }
func (e *UnansweredError) Unwrap() error { return e.err }

// unanswered says that there was no connection, or no answer in time.
func unanswered(err error) bool {
	var connection *net.OpError
	var timeout net.Error
	return errors.As(err, new(*net.DNSError)) || errors.As(err, &connection) && connection.Op == "dial" || errors.As(err, &timeout) && timeout.Timeout()
}

// Registry is the host that a reference leads to; "" where it is none.
func Registry(source string) string {
	ref, err := name.ParseReference(source, name.WeakValidation)
	if err != nil {
		return ""
	}
	return ref.Context().RegistryStr()
}

// Pinned is a reference to a digest of another reference's repository.
func Pinned(reference, digest string) string {
	ref, err := name.ParseReference(reference, name.WeakValidation)
	if err != nil {
		return reference
	}
	return ref.Context().Name() + "@" + digest
}

// refused words an error of a registry: what is, and what to do. It holds nothing of a login.
func refused(ctx context.Context, ref name.Reference, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	registry := ref.Context().RegistryStr()
	var answer *transport.Error
	if errors.As(err, &answer) {
		switch answer.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			return fmt.Errorf("registry %s refuses access to image %s (%d): log in with docker login %s, or name a pull secret with --pull-secret; registries answer so for a wrong name too", registry, ref, answer.StatusCode, registry)
		case http.StatusNotFound:
			return fmt.Errorf("registry %s has no image %s: check the name and the tag", registry, ref)
		case http.StatusTooManyRequests:
			return fmt.Errorf("registry %s allows no more requests for now (429): log in, or try again later", registry)
		}
		return fmt.Errorf("registry %s did not give image %s: it answered %d %s", registry, ref, answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	if ref.Context().Scheme() == "https" && errors.Is(err, http.ErrSchemeMismatch) {
		return fmt.Errorf("cannot read image %s from registry %s: it answers without TLS, which is allowed only on this machine and at private IP addresses", ref, registry)
	}
	return fmt.Errorf("cannot read image %s from registry %s: %w", ref, registry, plain(ctx, err))
}

// plain is the last part of an error of the network. The parts before it hold addresses, some of which are signed.
func plain(ctx context.Context, err error) error {
	var answer *transport.Error
	var timeout net.Error
	switch {
	case context.Cause(ctx) != nil:
		return context.Cause(ctx)
	case errors.As(err, &answer):
		return fmt.Errorf("the registry answered %d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	case errors.Is(err, errSilent):
		return errSilent
	case errors.Is(err, remote.ErrSchema1):
		return errors.New("its manifest has the old form schema 1, which is not read: push the image again")
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("it did not answer in time: check the network, and try again")
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil || errors.Is(err, errRedirect) && !errors.Is(inner, errRedirect) || !strings.Contains(err.Error(), "://") {
			return err
		}
		err = inner
	}
}
