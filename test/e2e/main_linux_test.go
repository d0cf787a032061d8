// Package e2e runs real Spark on a real Kubernetes node: make e2e.
package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/debian"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/image"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/namespaces"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/node"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/setup"
)

const (
	askedEnv = "KUBECTL_SPARK_E2E" // set by make e2e; without it every test is skipped
	partsEnv = "KUBECTL_SPARK_E2E_PARTS"
	logsEnv  = "KUBECTL_SPARK_E2E_LOGS" // folder that keeps the node's logs; empty: they go with the node
)

// parts are what this run was given, inside the namespaces.
type parts struct {
	setup.Parts
	Checkout, Work, Cgroup string
}

var (
	given   parts
	running *node.Node
)

func TestMain(m *testing.M) {
	namespaces.Serve()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	switch {
	case os.Getenv(askedEnv) == "":
		return m.Run(), nil
	case namespaces.Inside():
		return runInside(m)
	}
	if err := debian.Missing(); err != nil {
		// Not a success: nothing was tested.
		return 2, fmt.Errorf("SKIPPED, nothing was tested: %w", err)
	}
	return prepareAndEnter()
}

// prepareAndEnter makes everything that needs the network, then runs the tests on a node in namespaces of its own.
func prepareAndEnter() (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cache, err := controlplane.CacheDir()
	if err != nil {
		return 2, err
	}
	here, err := os.Getwd()
	if err != nil {
		return 2, err
	}
	checkout := filepath.Dir(filepath.Dir(here))
	runs := filepath.Join(cache, "e2e")
	if err := os.MkdirAll(runs, 0o755); err != nil {
		return 2, err
	}
	removeAbandoned(runs)
	work, err := os.MkdirTemp(runs, "run-")
	if err != nil {
		return 2, err
	}
	lock, err := hold(work)
	if err != nil {
		return 2, err
	}
	defer lock.Close()
	start := time.Now()
	p := parts{Checkout: checkout, Work: work, Cgroup: "kubectl-spark-e2e-" + filepath.Base(work)}
	if p.Parts, err = setup.Prepare(ctx, checkout, cache, work, versions(), quick(), os.Stderr); err != nil {
		return 2, errors.Join(err, os.RemoveAll(work))
	}
	fmt.Fprintf(os.Stderr, "prepared in %s\n", time.Since(start).Round(time.Second))
	stop()
	text, err := json.Marshal(p)
	if err != nil {
		return 2, err
	}
	os.Setenv(partsEnv, string(text))
	shared := []string{cache, checkout}
	if logs := os.Getenv(logsEnv); logs != "" {
		shared = append(shared, logs)
	}
	return namespaces.Run(namespaces.Options{Root: p.Root, Work: work, Shared: shared, Cgroup: p.Cgroup})
}

// hold takes the lock of a run's folder, which ends with the returned file or this process.
func hold(work string) (*os.File, error) {
	folder, err := os.Open(work)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return folder, nil
}

// removeAbandoned removes folders of runs that were killed before their keeper was there.
func removeAbandoned(runs string) {
	all, _ := filepath.Glob(filepath.Join(runs, "run-*")) // the pattern is well formed
	for _, work := range all {
		if lock, err := hold(work); err == nil {
			if err := errors.Join(os.RemoveAll(work), lock.Close()); err != nil {
				fmt.Fprintln(os.Stderr, "e2e:", err)
			}
		}
	}
}

// runInside starts the node, which ends with this process, and runs the tests.
func runInside(m *testing.M) (int, error) {
	if err := json.Unmarshal([]byte(os.Getenv(partsEnv)), &given); err != nil {
		return 2, err
	}
	dir := filepath.Join(given.Work, "node")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 2, err
	}
	defer keepLogs(dir)
	start := time.Now()
	jobs, err := compile()
	if err != nil {
		return 2, err
	}
	images := []node.Archive{
		func(out io.Writer) error { return given.SparkImages(out, jobs, users()...) },
		func(out io.Writer) error { return copyFile(out, given.Webhook) },
	}
	if given.Plugin != "" {
		images = append(images, func(out io.Writer) error { return copyFile(out, given.Plugin) })
	}
	if given.Example != "" {
		images = append(images, func(out io.Writer) error { return copyFile(out, given.Example) })
	}
	for _, r := range given.Rewritten {
		images = append(images, func(out io.Writer) error { return copyFile(out, r.Archive) })
	}
	running, err = node.Start(context.Background(), node.Options{
		Dir: dir, Programs: given.Programs, Images: images, Sandbox: image.Pause, Cgroup: given.Cgroup, Output: os.Stderr,
	})
	if err != nil {
		return 2, err
	}
	// Spark writes the name of the file into what tests keep: it must be the same for all.
	data, err := os.ReadFile(running.CAFile())
	if err == nil {
		err = errors.Join(os.MkdirAll(filepath.Dir(authority), 0o755), os.WriteFile(authority, data, 0o644))
	}
	if err != nil {
		return 2, err
	}
	fmt.Fprintf(os.Stderr, "node Ready after %s\n", time.Since(start).Round(100*time.Millisecond))
	// Most tests that run at a time wait for pods; those that need a processor wait for a slot. A test that changes the webhook for all
	// pods is not parallel: those that are begin when it has ended.
	if err := flag.Set("test.parallel", "16"); err != nil {
		return 2, err
	}
	os.Setenv("PATH", given.Tools+":"+os.Getenv("PATH"))
	os.Setenv("KUBECONFIG", running.Kubeconfig())
	return m.Run(), nil
}

// users are those of Spark's images.
func users() []image.User {
	own, named, nameless := image.Users()
	if quick() {
		return []image.User{own}
	}
	return []image.User{own, named, nameless}
}

// compile compiles the jobs in Java against each version's jars, and gives the folders of its jobs.
func compile() (map[string][]string, error) {
	folders, source := map[string][]string{}, filepath.Join(given.Checkout, "test/e2e/jobs")
	sources, err := filepath.Glob(filepath.Join(source, "*.java"))
	if err != nil {
		return nil, err
	}
	for version, home := range given.Spark {
		classes := filepath.Join(given.Work, "jobs", version, "classes")
		jar := filepath.Join(filepath.Dir(classes), "jar", "jobs.jar")
		if err := errors.Join(os.MkdirAll(classes, 0o755), os.MkdirAll(filepath.Dir(jar), 0o755)); err != nil {
			return nil, err
		}
		javac := []string{"javac", "-proc:none", "-cp", filepath.Join(home, "deps/jars/*"), "-d", classes}
		for _, args := range [][]string{
			append(javac, sources...),
			{"jar", "--create", "--file", jar, "-C", classes, "."},
		} {
			if out, err := exec.Command(filepath.Join(setup.JavaHome, "bin", args[0]), args[1:]...).CombinedOutput(); err != nil {
				return nil, fmt.Errorf("%s for Spark %s: %w\n%s", args[0], version, err, out)
			}
		}
		folders[version] = []string{source, filepath.Dir(jar)}
	}
	return folders, nil
}

func copyFile(out io.Writer, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(out, file)
	return err
}

func keepLogs(dir string) {
	to := os.Getenv(logsEnv)
	if to == "" {
		return
	}
	for _, pattern := range []string{"*.log", "controlplane/*.log"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern)) // the patterns are well formed
		for _, file := range files {
			if data, err := os.ReadFile(file); err == nil {
				_ = os.WriteFile(filepath.Join(to, filepath.Base(file)), data, 0o644) // a log that is lost fails no test
			}
		}
	}
}

// onNode is the node; without one the test is skipped.
func onNode(t *testing.T) *node.Node {
	t.Helper()
	if running == nil && os.Getenv(askedEnv) != "" {
		t.Fatal("a node was asked for, and none runs: nothing can be shown")
	}
	if running == nil {
		t.Skip("needs a real node, which make e2e sets up as root; there nothing is skipped for want of one")
	}
	return running
}
