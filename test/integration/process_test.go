package integration

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// replica is a process of the server, run as a pod of its Deployment would run it.
type replica struct {
	address, metrics string
	cmd              *exec.Cmd
	log              *lockedBuffer
	done             chan error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var programs string // the folder of the programs that tests build, each once

func build(name, flags string) (string, error) {
	path := filepath.Join(programs, name, name)
	cmd := exec.Command("go", "build", "-ldflags", "-s -w"+flags, "-o", path, "github.com/kubectl-spark/kubectl-spark/cmd/"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", name, err, out)
	}
	return path, nil
}

var (
	buildServer = sync.OnceValues(func() (string, error) { return build("spark-webhook", " -X main.version=0.0.0-test") })
	builtPlugin = sync.OnceValues(func() (string, error) { return build("kubectl-spark", "") })
)

// startReplica runs the binary with the arguments and the environment that the Deployment names, as its service
// account. Only the addresses and the way to the API server are the test's own.
func startReplica(t *testing.T, cp *controlplane.ControlPlane, d *appsv1.Deployment, name string) *replica {
	t.Helper()
	path, err := buildServer()
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := cp.ServiceAccountConfig(t.Context(), d.Namespace, d.Spec.Template.Spec.ServiceAccountName)
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := cp.WriteKubeconfig(name, d.Namespace, cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{address: freeAddress(t), metrics: freeAddress(t), log: &lockedBuffer{}, done: make(chan error, 1)}
	c := d.Spec.Template.Spec.Containers[0]
	args := append(append([]string{}, c.Args...), "--kubeconfig="+kubeconfig, "--listen="+r.address, "--metrics-listen="+r.metrics, "--names=localhost,127.0.0.1")
	r.cmd = exec.Command(path, args...)
	r.cmd.Stderr, r.cmd.Stdout = r.log, r.log
	for _, e := range c.Env {
		switch {
		case e.ValueFrom == nil:
			r.cmd.Env = append(r.cmd.Env, e.Name+"="+e.Value)
		case e.ValueFrom.FieldRef.FieldPath == "metadata.name":
			r.cmd.Env = append(r.cmd.Env, e.Name+"="+name)
		case e.ValueFrom.FieldRef.FieldPath == "metadata.uid":
			r.cmd.Env = append(r.cmd.Env, e.Name+"="+uidOf(name))
		case e.ValueFrom.FieldRef.FieldPath == "metadata.namespace":
			r.cmd.Env = append(r.cmd.Env, e.Name+"="+d.Namespace)
		default:
			t.Fatalf("the Deployment takes %s from %s", e.Name, e.ValueFrom.FieldRef.FieldPath)
		}
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.done <- r.cmd.Wait() }()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill() // it may have ended
		if t.Failed() {
			t.Logf("%s:\n%s", name, r.log.String())
		}
	})
	return r
}

// uidOf stands for the UID of a replica's pod, which no kubelet runs here.
func uidOf(replica string) string { return "uid-of-" + replica }

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// readyz is the status code of readiness; 0 where nobody answers.
func (r *replica) readyz() int {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.metrics+"/readyz", nil)
	if err != nil {
		return 0
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}

func (r *replica) waitReady(t *testing.T) {
	t.Helper()
	within(t, 40*time.Second, "the replica is ready", func() bool { return r.readyz() == http.StatusOK })
}

// terminate stops the replica as the kubelet does, and fails the test unless it ends well within the grace period.
func (r *replica) terminate(t *testing.T, d *appsv1.Deployment) {
	t.Helper()
	began := time.Now()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	within(t, 3*time.Second, "readiness has ended", func() bool { return r.readyz() == http.StatusServiceUnavailable })
	select {
	case err := <-r.done:
		if took := time.Since(began); err != nil || took < 4*time.Second {
			t.Errorf("ended after %v: %v", took, err)
		}
	case <-time.After(time.Duration(*d.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second):
		t.Errorf("still running after the grace period")
	}
}

func within(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// deploymentOf is the Deployment of a way of installing, as the API server would get it.
func deploymentOf(t *testing.T, o manifests.Options) *appsv1.Deployment {
	t.Helper()
	for _, object := range manifests.Server(o) {
		if d, ok := object.(*appsv1.Deployment); ok {
			return d
		}
	}
	t.Fatal("no Deployment")
	return nil
}

// TestAReplicaThatDrainsKnowsTheNamespaces: it is called until it ends, so it goes by what namespaces say until then.
func TestAReplicaThatDrainsKnowsTheNamespaces(t *testing.T) {
	s := newSite(t)
	r := s.servers(1)[0]
	profile := func() rule.Profile {
		report, err := rule.ReadReport(create(t, s.cp, s.jobs, pod("spark-role", "driver")).Annotations[rule.ReportAnnotation])
		if err != nil {
			return ""
		}
		return report.Profile
	}
	if got := profile(); got != rule.Standard {
		t.Fatalf("profile %q before", got)
	}
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	within(t, 3*time.Second, "readiness has ended", func() bool { return r.readyz() == http.StatusServiceUnavailable })
	mark := []byte(`{"metadata":{"annotations":{"` + rule.ProfileAnnotation + `":"safe"}}}`)
	if _, err := s.cp.Client().CoreV1().Namespaces().Patch(t.Context(), s.jobs, types.MergePatchType, mark, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	within(t, 3*time.Second, "the namespace's profile is used", func() bool { return profile() == rule.Safe })
}
