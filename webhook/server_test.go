package webhook_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/webhook"
)

// TestWhoHoldsConnectionsKeepsNobodyOut: of many connections that say nothing the oldest are closed, and no large header is read.
func TestWhoHoldsConnectionsKeepsNobodyOut(t *testing.T) {
	certs := webhook.NewIssued(webhook.Fixed(authority(t, time.Now())), []string{"localhost"}, time.Now)
	server, _ := serve(t, certs)
	const kept, more = 512, 20
	var held []net.Conn
	for range kept + more {
		c, err := net.Dial("tcp", server.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		held = append(held, c)
	}
	closed := func(c net.Conn, within time.Duration) bool {
		_ = c.SetReadDeadline(time.Now().Add(within))
		_, err := c.Read(make([]byte, 1))
		return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
	}
	// Who says nothing for five seconds loses its connection in any case.
	for i := range more {
		if !closed(held[i], 2*time.Second) {
			t.Errorf("connection %d of %d is still open", i+1, len(held))
		}
	}
	if closed(held[len(held)-1], 10*time.Millisecond) {
		t.Error("the newest connection was closed")
	}
	c, url := client(certs.CA(), false), "https://"+server.Addr().String()+"/mutate"
	body := captured(t, "native/4.3.0/executor")
	for size, code := range map[int]int{8 << 10: http.StatusOK, 64 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X", strings.Repeat("x", size))
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != code || strings.Contains(string(text), `"patch"`) != (code == http.StatusOK) {
			t.Errorf("a header of %d bytes: %s, %.100s, %v", size, resp.Status, text, err)
		}
	}
}
