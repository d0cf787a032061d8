package webhook_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

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
