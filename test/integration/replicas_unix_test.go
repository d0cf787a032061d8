//go:build unix

package integration

import (
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// service stands for the Service in front of replicas: a new connection goes to the next replica that is ready, and stays there.
// What is ready is asked more often than a kubelet does, so that the test is short.
type service struct {
	address  string
	replicas []*replica

	mu    sync.Mutex
	ready []bool
	next  int
	last  *replica // that the last connection went to
}

func serviceOf(t *testing.T, replicas []*replica) *service {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &service{address: l.Addr().String(), replicas: slices.Clone(replicas), ready: slices.Repeat([]bool{true}, len(replicas))}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); _ = l.Close() })
	for i := range replicas {
		go s.watch(ctx, i)
	}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go s.carry(in)
		}
	}()
	return s
}

func (s *service) watch(ctx context.Context, i int) {
	client := &http.Client{Timeout: 2 * time.Second}
	for ctx.Err() == nil {
		s.mu.Lock()
		r := s.replicas[i]
		s.mu.Unlock()
		answer, err := client.Get("http://" + r.metrics + "/readyz")
		ok := err == nil && answer.StatusCode == http.StatusOK
		if err == nil {
			answer.Body.Close()
		}
		s.mu.Lock()
		if s.replicas[i] == r {
			s.ready[i] = ok
		}
		s.mu.Unlock()
		time.Sleep(200 * time.Millisecond)
	}
}

// replace puts a new replica in the place of one that ended, as a ReplicaSet does.
func (s *service) replace(old, by *replica) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.replicas, old)
	s.replicas[i], s.ready[i] = by, false
}

// carry passes on what a connection says, to the next replica.
func (s *service) carry(in net.Conn) {
	defer in.Close()
	s.mu.Lock()
	for range s.replicas {
		if s.next = (s.next + 1) % len(s.replicas); s.ready[s.next] {
			break
		}
	}
	to := s.replicas[s.next]
	s.last = to
	s.mu.Unlock()
	out, err := net.Dial("tcp", to.address)
	if err != nil {
		return
	}
	defer out.Close()
	go func() {
		_, _ = io.Copy(out, in) // it ends with the connection
		_ = out.Close()
	}()
	_, _ = io.Copy(in, out)
}

// talking is the replica that the API server's connection leads to.
func (s *service) talking() *replica {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// TestAReplicaThatFailsDelaysOneCreation freezes, kills and slows the replica to which the API server has its connection, while pods are
// created one after the other: one is late at the most, and all others are injected by the other replica.
func TestAReplicaThatFailsDelaysOneCreation(t *testing.T) {
	for name, c := range map[string]struct {
		fail func(t *testing.T, r *replica)
		late int // creations that may be
	}{
		"frozen": {func(t *testing.T, r *replica) { signal(t, r, syscall.SIGSTOP) }, 1},
		"killed": {func(t *testing.T, r *replica) { signal(t, r, syscall.SIGKILL) }, 1},
		"slow":   {slowDown, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			replicas := s.servers(2)
			front := serviceOf(t, replicas)
			s.run(0, "install", "--url=https://"+front.address)
			dry := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
			create := func() (took time.Duration, edited bool) {
				began := time.Now()
				p, err := s.cp.Client().CoreV1().Pods(s.jobs).Create(t.Context(), pod("spark-role", "driver"), dry)
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return time.Since(began), injected(p)
			}
			within(t, 20*time.Second, "pods go through the service", func() bool { _, edited := create(); return edited && front.talking() != nil })
			c.fail(t, front.talking())
			t.Cleanup(func() { // whoever is stopped takes no other signal
				for _, r := range replicas {
					_ = r.cmd.Process.Signal(syscall.SIGCONT)
				}
			})
			late, left, n := 0, 0, 0
			for end := time.Now().Add(8 * time.Second); time.Now().Before(end); n++ {
				took, edited := create()
				if took > 1500*time.Millisecond {
					late++
				}
				if !edited {
					left++
				}
				time.Sleep(20 * time.Millisecond)
			}
			t.Logf("%d creations, %d late, %d left as they were", n, late, left)
			if late > c.late || left > c.late || n < 50 && name != "slow" || n < 5 {
				t.Errorf("of %d creations %d were late and %d not injected; want at most %d", n, late, left, c.late)
			}
		})
	}
}

func signal(t *testing.T, r *replica, s syscall.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// slowDown lets the replica run for a tenth of the time.
func slowDown(t *testing.T, r *replica) {
	stop := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			_ = r.cmd.Process.Signal(syscall.SIGSTOP)
			select {
			case <-stop:
				return
			case <-time.After(450 * time.Millisecond):
			}
			_ = r.cmd.Process.Signal(syscall.SIGCONT)
			time.Sleep(50 * time.Millisecond)
		}
	})
	t.Cleanup(func() { close(stop); ended.Wait() })
}
