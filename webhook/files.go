package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
)

// Files are certificates that somebody else writes: tls.crt, tls.key and, for readiness, ca.crt in a folder.
type Files struct {
	dir     string
	watcher atomic.Pointer[certwatcher.CertWatcher]
	ca      atomic.Pointer[[]byte]
}

// NewFiles gives the certificates of a folder, as cert-manager and kubernetes.io/tls Secrets lay it out.
func NewFiles(dir string) *Files { return &Files{dir: dir} }

// Certificate is the one that was read last.
func (f *Files) Certificate() (*tls.Certificate, error) {
	if w := f.watcher.Load(); w != nil {
		return w.GetCertificate(nil)
	}
	return nil, fmt.Errorf("no certificate in %q yet", f.dir)
}

// CA is the content of ca.crt; empty where there is none.
func (f *Files) CA() []byte {
	if ca := f.ca.Load(); ca != nil {
		return *ca
	}
	return nil
}

// Refresh reads the files again. A pair that is half written does not replace a good one.
func (f *Files) Refresh(context.Context) error {
	w := f.watcher.Load()
	var err error
	if w == nil {
		w, err = certwatcher.New(filepath.Join(f.dir, "tls.crt"), filepath.Join(f.dir, "tls.key"))
	} else {
		err = w.ReadCertificate()
	}
	if err != nil {
		return fmt.Errorf("certificate in %q: %w", f.dir, err)
	}
	ca, err := os.ReadFile(filepath.Join(f.dir, "ca.crt"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f.ca.Store(&ca)
	f.watcher.Store(w)
	return nil
}

// Watch takes a new pair as soon as it is written, until the context ends. Refresh has been called.
func (f *Files) Watch(ctx context.Context) error { return f.watcher.Load().Start(ctx) }
