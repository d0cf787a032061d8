package webhook_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/webhook"
)

func authority(t testing.TB, now time.Time) *webhook.Authority {
	t.Helper()
	ca, err := webhook.NewAuthority(now)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func TestBundleKeepsWhatIsGoodAndDropsTheRest(t *testing.T) {
	now := time.Now()
	old, ended, fresh := authority(t, now), authority(t, now.AddDate(-11, 0, 0)), authority(t, now)
	garbage := []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	got := webhook.MergeBundle(bytes.Join([][]byte{old.CertPEM, ended.CertPEM, garbage, old.CertPEM}, nil), fresh.CertPEM, now)
	if want := append(append([]byte{}, old.CertPEM...), fresh.CertPEM...); !bytes.Equal(got, want) {
		t.Errorf("bundle:\n%s", got)
	}
	if again := webhook.MergeBundle(got, fresh.CertPEM, now); !bytes.Equal(again, got) {
		t.Error("merging twice is not merging once")
	}
}

// serve runs a server until the test ends; stop ends it before.
func serve(t *testing.T, certs webhook.Certificates) (server *webhook.Server, stop func() error) {
	t.Helper()
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := certs.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	metrics := webhook.NewMetrics(set)
	server, err = webhook.NewServer(webhook.ServerOptions{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Metrics: metrics,
		Handler: handler(t, webhook.HandlerOptions{Set: set, Metrics: metrics}), Certificates: certs, ServerName: "localhost", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	var once sync.Once
	var end error
	stop = func() error { once.Do(func() { cancel(); end = <-done }); return end }
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return server, stop
}

func client(ca []byte, keep bool) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{ForceAttemptHTTP2: true, DisableKeepAlives: !keep,
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "localhost"}}}
}

func TestRotationUnderLoadKeepsServing(t *testing.T) {
	var shift atomic.Int64
	now := time.Now().Add(-6*24*time.Hour - 10*time.Minute)
	certs := webhook.NewIssued(webhook.Fixed(authority(t, now)), []string{"localhost", "127.0.0.1"}, func() time.Time { return now.Add(time.Duration(shift.Load())) })
	server, _ := serve(t, certs)
	url := "https://" + server.Addr().String() + "/healthz"
	var seen sync.Map
	var served atomic.Int64
	var group sync.WaitGroup
	end := make(chan struct{})
	for range 4 {
		group.Go(func() {
			c := client(certs.CA(), false)
			for {
				select {
				case <-end:
					return
				default:
				}
				resp, err := c.Get(url)
				if err != nil {
					t.Error(err)
					return
				}
				seen.Store(resp.TLS.PeerCertificates[0].SerialNumber.String(), true)
				served.Add(1)
				resp.Body.Close()
			}
		})
	}
	wait := func(n int64) {
		for until := served.Load() + n; served.Load() < until && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
	}
	wait(20)
	for range 2 {
		before, _ := certs.Certificate()
		if err := certs.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if same, _ := certs.Certificate(); same != before {
			t.Error("a leaf was renewed before its time")
		}
		shift.Add(int64(3*24*time.Hour + time.Minute))
		if err := certs.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		wait(20)
	}
	close(end)
	group.Wait()
	n := 0
	seen.Range(func(any, any) bool { n++; return true })
	if n != 3 {
		t.Errorf("%d certificates were seen, want 3", n)
	}
}

func TestReadinessVerifiesTheChainAndEndsWithStopping(t *testing.T) {
	certs := webhook.NewIssued(webhook.Fixed(authority(t, time.Now())), []string{"localhost"}, time.Now)
	server, stop := serve(t, certs)
	get := func(path string) (int, string) {
		resp, err := http.Get("http://" + server.MetricsAddr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	if code, text := get("/readyz"); code != 200 {
		t.Errorf("readyz %d: %s", code, text)
	}
	resp, err := client(certs.CA(), true).Post("https://"+server.Addr().String()+"/mutate", "application/json", bytes.NewReader(captured(t, "native/4.3.0/executor")))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Proto != "HTTP/1.1" {
		t.Errorf("protocol %s", resp.Proto)
	}
	_, text := get("/metrics")
	for _, want := range []string{`kubectl_spark_webhook_requests_total{launcher="native",result="injected",role="executor"} 1`, "kubectl_spark_webhook_certificate_not_after_seconds 1.", `kubectl_spark_webhook_edits_total{code="SPK-S011/`, "kubectl_spark_webhook_in_flight 0"} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %s in\n%s", want, text)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := server.Ready(t.Context()); err == nil {
		t.Error("a server that stopped is ready")
	}
	wrong := webhook.NewIssued(webhook.Fixed(authority(t, time.Now())), []string{"example.org"}, time.Now)
	if other, _ := serve(t, wrong); other.Ready(t.Context()) == nil {
		t.Error("a server is ready with a certificate for another name")
	}
}

// writePair writes the authority's certificate and key as those of a server.
func writePair(t testing.TB, dir string, ca *webhook.Authority) {
	t.Helper()
	for name, text := range map[string][]byte{"tls.crt": ca.CertPEM, "tls.key": ca.KeyPEM, "ca.crt": ca.CertPEM} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesAreReadAgainAndABrokenPairIsNotTaken(t *testing.T) {
	dir := t.TempDir()
	write := func() []byte {
		ca := authority(t, time.Now())
		writePair(t, dir, ca)
		block, _ := pem.Decode(ca.CertPEM)
		return block.Bytes
	}
	f := webhook.NewFiles(dir)
	for range 2 {
		want := write()
		if err := f.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c, err := f.Certificate(); err != nil || !bytes.Equal(c.Certificate[0], want) {
			t.Errorf("another certificate than the file's: %v", err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "tls.key"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Refresh(t.Context()); err == nil {
		t.Error("a broken pair was taken")
	}
	if _, err := f.Certificate(); err != nil {
		t.Errorf("the good pair is gone: %v", err)
	}
}
