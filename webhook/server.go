package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	runtimelog "sigs.k8s.io/controller-runtime/pkg/log"
	ctrlwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"
)

// ServerOptions is what a Server needs.
type ServerOptions struct {
	Listen        string // address of the webhook over TLS
	MetricsListen string // address of /metrics, /healthz and /readyz without TLS; "": none
	Handler       *Handler
	Metrics       *Metrics
	Certificates  Certificates // refreshed once at least
	Trust         *Trust       // nil: no cluster
	Waiting       func() error // why it is not known yet what holds for pods; nil: it always is
	ServerName    string       // the name by which the API server calls, checked by readiness
	Drain         time.Duration
	Log           *slog.Logger
}

// Server serves reviews at /mutate.
type Server struct {
	o        ServerOptions
	review   net.Listener
	plain    net.Listener
	stopping atomic.Bool
	recent   recent
}

// NewServer listens. It serves with Run.
func NewServer(o ServerOptions) (*Server, error) {
	runtimelog.SetLogger(logr.FromSlogHandler(o.Log.Handler())) // of controller-runtime, which has one for the process
	s := &Server{o: o}
	var err error
	if s.review, err = net.Listen("tcp", o.Listen); err != nil {
		return nil, fmt.Errorf("listen for reviews: %w", err)
	}
	if o.MetricsListen != "" {
		if s.plain, err = net.Listen("tcp", o.MetricsListen); err != nil {
			s.review.Close()
			return nil, fmt.Errorf("listen for metrics: %w", err)
		}
	}
	if o.Metrics != nil {
		o.Metrics.WatchCertificate(func() time.Time { return notAfter(o.Certificates) })
	}
	return s, nil
}

// Addr is the address of the webhook.
func (s *Server) Addr() net.Addr { return s.review.Addr() }

// MetricsAddr is the address of the metrics; nil where there are none.
func (s *Server) MetricsAddr() net.Addr {
	if s.plain == nil {
		return nil
	}
	return s.plain.Addr()
}

func notAfter(certs Certificates) time.Time {
	c, err := certs.Certificate()
	if err != nil || c.Leaf == nil {
		return time.Time{}
	}
	return c.Leaf.NotAfter
}

// TLSConfig is TLS 1.2 or later with the current certificate at each handshake. HTTP/2 is not offered: the API server keeps
// its one HTTP/2 connection to a replica that has frozen, and each creation waits for the timeout; with HTTP/1.1 one does.
func TLSConfig(certs Certificates) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return certs.Certificate() },
	}
}

// Run serves until the context ends, then stops being ready, waits for the drain time so that nobody is sent here
// any more, and finishes what it has begun.
func (s *Server) Run(ctx context.Context) error {
	hooks := ctrlwebhook.NewServer(ctrlwebhook.Options{})
	hooks.Register("/mutate", s.o.Handler)
	mux := hooks.WebhookMux()
	s.health(mux)
	kept := newConnections(maxConnections)
	errLog := slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug) // failed handshakes: every port scan makes some
	servers := []*http.Server{{
		Handler: mux, TLSConfig: TLSConfig(s.o.Certificates), ErrorLog: errLog, MaxHeaderBytes: 16 << 10, ConnState: kept.state,
		TLSNextProto:      map[string]func(*http.Server, *tls.Conn, http.Handler){}, // HTTP/1.1 only: see TLSConfig
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
	}}
	failed := make(chan error, 2)
	go func() { failed <- servers[0].ServeTLS(s.review, "", "") }()
	if s.plain != nil {
		plain := http.NewServeMux()
		plain.Handle("/metrics", s.o.Metrics.Handler())
		s.health(plain)
		servers = append(servers, &http.Server{Handler: plain, ErrorLog: errLog, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second})
		go func() { failed <- servers[1].Serve(s.plain) }()
	}
	var err error
	select {
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		s.stopping.Store(true)
		select {
		case <-time.After(s.o.Drain):
		case err = <-failed:
		}
	}
	end, cancel := context.WithTimeout(context.Background(), 10*time.Second) // the caller's context has ended
	defer cancel()
	for _, server := range servers {
		err = errors.Join(err, server.Shutdown(end))
	}
	return err
}

func (s *Server) health(mux *http.ServeMux) {
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, req *http.Request) {
		if err := s.recently(req.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
}
