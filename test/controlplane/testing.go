package controlplane

import (
	"bufio"
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ForTest starts a control plane for one test and stops it with the test. Most packages rather share one: see Shared.
func ForTest(t testing.TB, opts Options) *ControlPlane {
	t.Helper()
	if opts.Output == nil {
		opts.Output = os.Stderr
	}
	c, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// Shared is one control plane for all tests of a package. It starts with the first test that asks, so that a run of other tests stays quick:
//
//	var shared = controlplane.NewShared(controlplane.Options{Controllers: true})
//
//	func TestMain(m *testing.M) { os.Exit(shared.Main(m)) }
//
//	func TestSomething(t *testing.T) {
//		cp := shared.Get(t)
//		ns := cp.NewNamespace(t)
//	}
type Shared struct {
	opts Options
	mu   sync.Mutex
	cp   *ControlPlane
	err  error
}

// NewShared prepares a shared control plane; nothing starts yet.
func NewShared(opts Options) *Shared {
	if opts.Output == nil {
		opts.Output = os.Stderr
	}
	return &Shared{opts: opts}
}

// Get returns the running control plane, starting it for the first test; a failed start fails every test that asks.
func (s *Shared) Get(t testing.TB) *ControlPlane {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cp == nil && s.err == nil {
		s.cp, s.err = Start(context.Background(), s.opts) // it outlives this test
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.cp
}

// Main runs the tests, stops what was started and returns the exit code.
func (s *Shared) Main(m *testing.M) int {
	code := m.Run()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cp == nil {
		return code
	}
	if err := s.cp.Stop(); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		return max(code, 1)
	}
	return code
}

// NewNamespace creates a namespace named after the test and deletes it with the test (deletion ends only with Options.Controllers).
// Labels, as pod-security ones, are given as key, value, key, value.
func (c *ControlPlane) NewNamespace(t testing.TB, labels ...string) string {
	t.Helper()
	if len(labels)%2 != 0 {
		t.Fatalf("labels of a namespace come in pairs, got %q", labels)
	}
	name := regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(t.Name()), "-")
	name = strings.Trim(name[:min(len(name), 40)], "-") + "-" + strings.ToLower(rand.Text()[:6])
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{}}}
	for i := 0; i < len(labels); i += 2 {
		ns.Labels[labels[i]] = labels[i+1]
	}
	if err := c.ensureNamespace(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := c.client.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{}); err != nil && !t.Failed() {
			t.Logf("delete namespace %s: %v", name, err) // the control plane ends with the package anyway
		}
	})
	return name
}

// S3ForTest starts a server of S3 on this machine, which ends with the test, and gives its address.
func S3ForTest(t testing.TB) (address string) {
	t.Helper()
	program, err := ObjectStores(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe() // it ends when this is closed
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the server of S3 does not start: ", err)
	}
	return strings.TrimSpace(line)
}
