package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	readyTimeout = 2 * time.Second
	readyAgain   = time.Second // a result this old is looked for again
)

// recent is the last result of Ready, so that whoever asks often does not make the API server be asked as often.
type recent struct {
	mu   sync.Mutex
	when time.Time
	err  error
}

// recently is Ready, or its result of within the last second.
func (s *Server) recently(ctx context.Context) error {
	s.recent.mu.Lock()
	defer s.recent.mu.Unlock()
	if s.stopping.Load() || s.recent.when.IsZero() || time.Since(s.recent.when) >= readyAgain {
		// Whoever asked may go away; the result is for the others too.
		s.recent.err = s.Ready(context.WithoutCancel(ctx))
		s.recent.when = time.Now()
	}
	return s.recent.err
}

// Ready says whether the API server could call: a handshake with the server's own address is made as the API
// server makes it, with the bundle of each webhook that is installed, and of the certificate's own CA where none is.
func (s *Server) Ready(ctx context.Context) error {
	if s.stopping.Load() {
		return errors.New("stopping")
	}
	if s.o.Waiting != nil {
		if err := s.o.Waiting(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	bundles, err := s.trusted(ctx)
	if err != nil {
		return err
	}
	for _, b := range bundles {
		if err := s.handshake(ctx, b); err != nil {
			if s.o.Trust != nil {
				s.o.Trust.miss()
			}
			return err
		}
	}
	return nil
}

// trusted gives the bundles that have to verify what is served.
func (s *Server) trusted(ctx context.Context) ([][]byte, error) {
	if s.o.Trust != nil {
		c, err := s.o.Trust.bundles(ctx)
		if err == nil {
			var bundles [][]byte
			for i := range c.Webhooks {
				bundles = append(bundles, c.Webhooks[i].ClientConfig.CABundle)
			}
			return bundles, nil
		}
		// Without an API server nobody calls; leaving the endpoints for that would only make the return slower.
	}
	if ca := s.o.Certificates.CA(); len(ca) > 0 {
		return [][]byte{ca}, nil
	}
	_, err := s.o.Certificates.Certificate()
	return nil, err
}

func (s *Server) handshake(ctx context.Context, bundle []byte) error {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bundle) {
		return errors.New("the webhook configuration holds no CA bundle yet")
	}
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: pool, ServerName: s.o.ServerName, MinVersion: tls.VersionTLS12}}
	conn, err := dialer.DialContext(ctx, "tcp", own(s.review.Addr()))
	if err != nil {
		return fmt.Errorf("handshake with %q as the API server makes it: %w", s.o.ServerName, err)
	}
	return conn.Close()
}

// own is an address by which a server that listens everywhere reaches itself.
func own(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("localhost", fmt.Sprint(tcp.Port))
}
