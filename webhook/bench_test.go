package webhook_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	ctrlwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkHandler is one admission without TLS and HTTP; test/bench measures it with them.
func BenchmarkHandler(b *testing.B) {
	body := captured(b, "native/4.3.0/executor")
	h, req, w := handler(b, webhook.HandlerOptions{}), request(body), &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		req.Body = io.NopCloser(bytes.NewReader(body))
		h.ServeHTTP(w, req)
	}
}

// BenchmarkReviews is an admission of one of 2,000 distinct pods, those of test/bench, without TLS and HTTP.
func BenchmarkReviews(b *testing.B) {
	bodies, err := fixtures.Reviews(2000)
	if err != nil {
		b.Fatal(err)
	}
	h, req, w := handler(b, webhook.HandlerOptions{}), request(bodies[0]), &discard{header: http.Header{}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		req.Body = io.NopCloser(bytes.NewReader(bodies[i%len(bodies)]))
		h.ServeHTTP(w, req)
	}
}

// BenchmarkMux is what an admission costs on its way to the handler: what controller-runtime's mux and its metrics add to net/http's.
func BenchmarkMux(b *testing.B) {
	body := captured(b, "native/4.3.0/executor")
	plain, hooks := http.NewServeMux(), ctrlwebhook.NewServer(ctrlwebhook.Options{})
	answer := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, err := io.Copy(w, req.Body); err != nil {
			b.Error(err)
		}
	})
	plain.Handle("/mutate", answer)
	hooks.Register("/mutate", answer)
	for name, mux := range map[string]http.Handler{"net/http": plain, "controller-runtime": hooks.WebhookMux()} {
		b.Run(name, func(b *testing.B) {
			req, w := request(body), &discard{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				req.Body = io.NopCloser(bytes.NewReader(body))
				mux.ServeHTTP(w, req)
			}
		})
	}
}

// BenchmarkCertificate is what a handshake asks for: the certificate that a watched folder holds.
func BenchmarkCertificate(b *testing.B) {
	dir, ca := b.TempDir(), authority(b, time.Now())
	writePair(b, dir, ca)
	files := webhook.NewFiles(dir)
	if err := files.Refresh(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := files.Certificate(); err != nil {
			b.Fatal(err)
		}
	}
}
