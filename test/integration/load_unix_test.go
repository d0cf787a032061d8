//go:build unix

package integration

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

var (
	loadPods         = flag.Int("pods", 500, "executors of the load; 10000 is the full form")
	loadApplications = flag.Int("applications", 20, "applications of the load; 200 is the full form")
)

// creation is what became of one executor of the load.
type creation struct {
	name   string
	began  time.Time
	took   time.Duration
	edited bool
	err    error
}

// load creates executors of one application after the other.
type load struct {
	*site
	shapes []*corev1.Pod
	each   int // executors of an application, all at once

	underWay atomic.Int64

	mu   sync.Mutex
	made []creation
}

func newLoad(s *site, each int) *load {
	s.Helper()
	all, err := fixtures.All()
	if err != nil {
		s.Fatal(err)
	}
	l := &load{site: s, each: each}
	for _, f := range all {
		var review struct {
			Request struct{ Object corev1.Pod }
		}
		if err := json.Unmarshal(f.Review, &review); err != nil {
			s.Fatal(err)
		}
		if p := review.Request.Object; f.Expect.Role == "executor" {
			p.ObjectMeta = metav1.ObjectMeta{Labels: p.Labels, Annotations: p.Annotations}
			p.Spec.ServiceAccountName, p.Spec.DeprecatedServiceAccount = "default", ""
			l.shapes = append(l.shapes, &p)
		}
	}
	return l
}

// application creates the executors of one application, sixteen at a time.
func (l *load) application(n int) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range 16 {
		all.Go(func() {
			for i := next.Add(1); i <= int64(l.each); i = next.Add(1) {
				p := l.shapes[(n+int(i))%len(l.shapes)].DeepCopy()
				p.Name = fmt.Sprintf("etl-%d-exec-%d", n, i)
				p.Labels["spark-app-selector"], p.Labels["spark-exec-id"] = fmt.Sprintf("spark-%032x", n), fmt.Sprint(i)
				one := creation{name: l.jobs + "/" + p.Name, began: time.Now()}
				l.underWay.Add(1)
				got, err := l.cp.Client().CoreV1().Pods(l.jobs).Create(l.background(), p, metav1.CreateOptions{})
				l.underWay.Add(-1)
				one.took, one.err = time.Since(one.began), err
				if err == nil {
					report, unread := rule.ReadReport(got.Annotations[rule.ReportAnnotation])
					one.edited, one.err = len(report.Applied) > 0, nil
					if injected(got) && unread != nil {
						one.err = fmt.Errorf("%s: %w", one.name, unread)
					}
				}
				l.mu.Lock()
				l.made = append(l.made, one)
				l.mu.Unlock()
			}
		})
	}
	all.Wait()
}

// issuer is the key of the authority by which a replica serves; "" where nobody answers.
func issuer(r *replica) string {
	dialer := &net.Dialer{Timeout: time.Second}
	conn, err := tls.DialWithDialer(dialer, "tcp", r.address, &tls.Config{InsecureSkipVerify: true}) // who signed is what is asked
	if err != nil {
		return ""
	}
	defer conn.Close()
	return string(conn.ConnectionState().PeerCertificates[0].AuthorityKeyId)
}

// TestExecutorsAreCreatedWhateverHappensToTheReplicas creates executors of many applications at full speed, while the authority is
// taken away and made anew, the settings change, one replica is killed and the other is frozen. None is refused, none waits
// longer than the webhook's timeout, and status counts each that was not injected. In full: -pods=10000 -applications=200.
func TestExecutorsAreCreatedWhateverHappensToTheReplicas(t *testing.T) {
	const timeout, room = 2 * time.Second, time.Second // of the webhook, and what a busy API server adds
	const least = 30 * time.Second                     // a replica changes over within that
	start := time.Now()
	step := func(what string) { t.Logf("after %v: %s", time.Since(start).Round(100*time.Millisecond), what) }
	t.Cleanup(func() { step("all is cleaned up") }) // the first is the last to run
	s := newSite(t)
	namespace(t, s.cp, s.jobs)
	step("an API server")
	replicas := s.servers(2)
	step("two replicas")
	front := serviceOf(t, replicas)
	s.run(0, "install", "--url=https://"+front.address)
	t.Cleanup(func() {
		for _, r := range replicas { // whoever is stopped takes no other signal
			_ = r.cmd.Process.Signal(syscall.SIGCONT)
		}
	})
	l := newLoad(s, max(*loadPods / *loadApplications, 1))
	probe := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	profile := func() rule.Profile {
		p, err := s.cp.Client().CoreV1().Pods(s.jobs).Create(t.Context(), pod("spark-role", "driver"), probe)
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		report, _ := rule.ReadReport(p.Annotations[rule.ReportAnnotation]) // without one it is of no profile
		return report.Profile
	}
	within(t, 20*time.Second, "pods go through the service", func() bool { return profile() == rule.Standard && front.talking() != nil })
	step("they are called")
	time.Sleep(3 * time.Second) // status counts from two seconds on after the installation
	before := s.status(0).Pods  // of earlier tests
	first := issuer(replicas[0])

	step("status")
	over := make(chan struct{}) // what happens to the replicas
	end := sync.OnceFunc(func() { close(over) })
	var ended sync.WaitGroup
	began := time.Now()
	ended.Go(func() {
		for n := 0; n < *loadApplications || !closed(over) && !t.Failed(); n++ {
			l.application(n)
			select { // nothing is left to wait for when it is over
			case <-over:
			case <-time.After(time.Until(began.Add(least * time.Duration(n+1) / time.Duration(*loadApplications)))):
			}
		}
	})
	defer ended.Wait()
	defer end()

	if err := s.cp.Client().CoreV1().Secrets(s.namespace).Delete(t.Context(), manifests.CASecret, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	s.run(0, "install", "--profile=restricted")
	within(t, 20*time.Second, "the new settings hold", func() bool { return profile() == rule.Restricted })
	for late := time.Now().Add(20 * time.Second); l.underWay.Load() < 12 && time.Now().Before(late); time.Sleep(time.Millisecond) {
	}
	step("the settings are new")
	calm := time.Now() // until now all replicas were well
	killed := front.talking()
	other := replicas[1-slices.Index(replicas, killed)]
	signal(t, killed, syscall.SIGKILL)
	signal(t, other, syscall.SIGSTOP)
	thaw := time.After(10 * time.Second)
	fresh := startReplica(t, s.cp, deploymentOf(t, manifests.Options{Namespace: s.namespace, Image: "example.org/w:1"}), s.namespace+"-2")
	front.replace(killed, fresh)
	fresh.waitReady(t)
	ready := time.Now()
	step("a replica in the killed one's place")
	<-thaw
	step("the other one goes on")
	signal(t, other, syscall.SIGCONT)
	within(t, 60*time.Second, "all replicas serve by the new authority", func() bool {
		a, b := issuer(fresh), issuer(other)
		return a == b && a != "" && a != first
	})
	step("all serve by the new authority")
	end()
	ended.Wait()
	step("the load has ended")
	l.judge(calm, ready.Add(timeout+room), timeout+room)
	st := s.status(0 + exitOf(l.left()))
	step("status")
	all, left := len(l.made), l.left()
	if st.Pods.Missed-before.Missed != len(left) || st.Pods.Injected-before.Injected != all-len(left) ||
		st.Pods.Earlier+st.Pods.Unchanged != before.Earlier+before.Unchanged {
		t.Errorf("status counts %+v, and %+v before; of %d pods %d were not injected", st.Pods, before, all, len(left))
	}
	named := map[string]bool{}
	for _, name := range before.MissedPods {
		named[name] = true
	}
	for _, name := range st.Pods.MissedPods {
		if !left[name] && !named[name] {
			t.Errorf("status names %s, which was injected", name)
		}
		named[name] = true
	}
	for name := range left {
		if !named[name] {
			t.Errorf("status does not name %s, which was not injected", name)
		}
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// left are the names of pods that were not injected.
func (l *load) left() map[string]bool {
	left := map[string]bool{}
	for _, one := range l.made {
		if one.err == nil && !one.edited {
			left[one.name] = true
		}
	}
	return left
}

// exitOf is what status ends with: 1 where it has to name somebody.
func exitOf(left map[string]bool) int { return min(len(left), 1) }

// judge fails the test for what was refused or late, and for what was not injected while a replica could.
func (l *load) judge(from, to time.Time, most time.Duration) {
	l.Helper()
	var longest, usual []time.Duration
	var failed []error
	for _, one := range l.made {
		disturbed := one.began.Add(one.took).After(from) && one.began.Before(to)
		if one.err != nil {
			failed = append(failed, one.err)
		}
		if disturbed {
			longest = append(longest, one.took)
		} else {
			usual = append(usual, one.took)
			if one.err == nil && !one.edited {
				l.Errorf("%s was not injected, %v before a replica was killed, %v behind its replacement", one.name, from.Sub(one.began), one.began.Sub(to))
			}
		}
	}
	if len(failed) > 0 {
		l.Errorf("%d creations were refused, such as: %v", len(failed), errors.Join(failed[:min(len(failed), 3)]...))
	}
	slices.Sort(longest)
	slices.Sort(usual)
	if len(longest) == 0 || len(usual) == 0 {
		l.Fatalf("%d pods while replicas failed, %d else", len(longest), len(usual))
	}
	l.Logf("%d pods of %d applications in %v: %d not injected: %s", len(l.made), len(l.made)/l.each, l.made[len(l.made)-1].began.Sub(l.made[0].began).Round(time.Second),
		len(l.left()), strings.Join(slices.Sorted(maps.Keys(l.left()))[:min(len(l.left()), 5)], " "))
	l.Logf("median and longest: %v %v, while replicas failed %v %v", usual[len(usual)/2], usual[len(usual)-1], longest[len(longest)/2], longest[len(longest)-1])
	if worst := max(longest[len(longest)-1], usual[len(usual)-1]); worst > most {
		l.Errorf("a creation took %v, want at most %v", worst, most)
	}
}
