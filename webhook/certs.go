package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// Certificates is where the server's certificate comes from.
type Certificates interface {
	// Certificate is the one to serve now.
	Certificate() (*tls.Certificate, error)
	// Refresh brings it up to date. On an error the former one goes on being served.
	Refresh(ctx context.Context) error
	// CA is the bundle that clients are meant to trust, in PEM.
	CA() []byte
}

// Store is where replicas share a certificate authority.
type Store interface {
	// Authority gives the authority that all replicas use, making it where there is none that is good at the time.
	Authority(ctx context.Context, now time.Time) (*Authority, error)
}

// Fixed is a Store that always gives the same authority, for a server outside of a cluster.
func Fixed(ca *Authority) Store { return fixed{ca} }

type fixed struct{ ca *Authority }

func (f fixed) Authority(context.Context, time.Time) (*Authority, error) { return f.ca, nil }

// Issued are certificates that the server signs itself. The leaf lives in memory only.
type Issued struct {
	// Announce makes the clients trust another authority before a certificate of it is served; nil: they do.
	Announce func(ctx context.Context, ca []byte) error

	store     Store
	names     []string
	now       func() time.Time
	current   atomic.Pointer[issued]
	announced []byte // the authority that is to come
	since     time.Time
}

// settle is how long a new authority is announced before it is used: every API server has seen it by then.
const settle = 10 * time.Second

type issued struct {
	leaf *tls.Certificate
	ca   *Authority
}

// NewIssued gives certificates for DNS names and IP addresses. They are there after the first Refresh.
func NewIssued(store Store, names []string, now func() time.Time) *Issued {
	return &Issued{store: store, names: names, now: now}
}

// Certificate is the current leaf.
func (i *Issued) Certificate() (*tls.Certificate, error) {
	if c := i.current.Load(); c != nil {
		return c.leaf, nil
	}
	return nil, errors.New("no certificate yet")
}

// CA is the certificate of the authority that signed the current leaf.
func (i *Issued) CA() []byte {
	if c := i.current.Load(); c != nil {
		return c.ca.CertPEM
	}
	return nil
}

// Refresh signs a new leaf where the old one is three days old, or the authority has changed. The authority that all
// replicas share is announced first and used some time later; a replica that starts uses it at once, and is not ready
// until the API server trusts it.
func (i *Issued) Refresh(ctx context.Context) error {
	now, old := i.now(), i.current.Load()
	ca, err := i.store.Authority(ctx, now)
	if err != nil {
		if old == nil {
			return err
		}
		ca = old.ca // out of reach for a while; a leaf can be renewed all the same
	}
	if old != nil && i.Announce != nil && !bytes.Equal(old.ca.CertPEM, ca.CertPEM) {
		if failed := i.Announce(ctx, ca.CertPEM); failed != nil {
			err, ca = fmt.Errorf("announce a new authority: %w", failed), old.ca
		} else if !bytes.Equal(i.announced, ca.CertPEM) {
			i.announced, i.since, ca = ca.CertPEM, now, old.ca
		} else if now.Sub(i.since) < settle {
			ca = old.ca
		}
	}
	if old != nil && bytes.Equal(old.ca.CertPEM, ca.CertPEM) && now.Sub(old.leaf.Leaf.NotBefore) < leafRenew {
		return err
	}
	leaf, issue := ca.Issue(i.names, now)
	if issue == nil {
		i.current.Store(&issued{leaf: leaf, ca: ca})
	}
	return errors.Join(err, issue)
}

// KeepFresh refreshes the certificates, and what trusts them, until the context ends. The caller has refreshed once.
func KeepFresh(ctx context.Context, certs Certificates, trust *Trust, every time.Duration, events *Events, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var missed chan struct{}
	if trust != nil {
		missed = trust.missed
	}
	for {
		refreshed := certs.Refresh(ctx)
		if refreshed != nil && ctx.Err() == nil {
			log.Warn("certificate was not refreshed", "error", refreshed)
			events.Warn("CertificateNotRefreshed", "the former one is served on: "+refreshed.Error())
		}
		if trust != nil {
			publish := trust.Replace
			if refreshed != nil {
				publish = trust.Publish // the authority of the others is not known now
			}
			if err := publish(ctx, certs.CA()); err != nil && ctx.Err() == nil {
				log.Warn("CA bundle was not published", "error", err)
				events.Warn("BundleNotPublished", err.Error())
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-missed:
		}
	}
}
