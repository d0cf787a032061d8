package webhook_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

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
