//go:build unix

package integration

import (
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// TestANewAuthorityIsTrustedBeforeAReplicaServesByIt: the API server has known an authority for some time when the first
// certificate of it is served. Between, the replica serves by the one before.
func TestANewAuthorityIsTrustedBeforeAReplicaServesByIt(t *testing.T) {
	const early = 5 * time.Second // the server announces it ten seconds before
	s := newSite(t)
	r := s.servers(1)[0]
	s.run(0, "install", "--url=https://"+r.address)
	first := issuer(r)
	if first == "" || !trusted(s.configuration().Webhooks[0].ClientConfig.CABundle)[first] {
		t.Fatal("what the replica serves by is not trusted")
	}
	if err := s.cp.Client().CoreV1().Secrets(s.namespace).Delete(t.Context(), manifests.CASecret, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	since := map[string]time.Time{} // when an authority was seen in the bundle first
	var now string
	within(t, 90*time.Second, "the replica serves by a new authority", func() bool {
		// Who serves is asked first: what the bundle says then is at least as late.
		if now = issuer(r); now == "" {
			now = first
		}
		at := time.Now()
		for authority := range trusted(s.configuration().Webhooks[0].ClientConfig.CABundle) {
			if since[authority].IsZero() {
				since[authority] = at
			}
		}
		return now != first
	})
	switch known, seen := since[now]; {
	case !seen:
		t.Error("the replica serves by an authority that is not trusted")
	case time.Since(known) < early:
		t.Errorf("the replica serves by an authority that has been trusted for %v, want at least %v", time.Since(known), early)
	}
}

// trusted are the keys of the authorities in a bundle.
func trusted(bundle []byte) map[string]bool {
	keys := map[string]bool{}
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			keys[string(c.SubjectKeyId)] = true
		}
	}
	return keys
}
