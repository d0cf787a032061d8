// Command cluster is the second half of the demo: the webhook on a real API server, doctor on what is there, and last,
// where Java is at hand, a live spark-submit.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/demo/stage"
	"github.com/kubectl-spark/kubectl-spark/test/demo/story"
)

type demo struct {
	*stage.Stage
	keep bool // go on until interrupted
}

func main() {
	bin := flag.String("bin", "bin", "folder of the built binaries")
	keep := flag.Bool("keep", false, "run on until interrupted, and print the kubeconfig")
	live := flag.Bool("live", true, "end with a live spark-submit where Java is at hand")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := stage.New(*bin)
	if err == nil {
		d := demo{Stage: s, keep: *keep}
		err = d.cluster(ctx, *live)
		s.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1) //nolint:gocritic // the signal handler ends with the process
	}
}

// cluster tells the story: a cluster with faults, what doctor finds, the webhook, fix, and doctor again.
func (d *demo) cluster(ctx context.Context, live bool) error {
	stage.Title("A real API server, and one workload of each launcher (built from Go modules on first use)")
	fmt.Println()
	cp, err := controlplane.Start(ctx, controlplane.Options{Output: os.Stdout, Dir: filepath.Join(d.Dir, "cluster")})
	if err != nil {
		return err
	}
	defer cp.Stop() //nolint:errcheck // the process ends, and nothing is left to do about it
	if err := os.Setenv("KUBECONFIG", cp.Kubeconfig()); err != nil {
		return err
	}
	jobs := filepath.Join(d.Dir, "jobs")
	prepare := []func() error{
		func() error { return cp.EnsureNamespace(ctx, story.Namespace) },
		func() error { return story.Write(jobs) },
		func() error { return d.define(ctx, cp) },
		func() error { return d.apply(ctx, d.folder(cp)) },
		func() error { return d.makePods(ctx, cp, false) },
		func() error { return d.Spark(ctx, "doctor", "-n", story.Namespace, "--fail-on", "never") },
	}
	for _, step := range prepare {
		if err := step(); err != nil {
			return err
		}
	}
	stop, url, err := d.webhook(ctx)
	if err != nil {
		return err
	}
	defer stop()
	stage.Title("The webhook: pods that are made from now on start with what good operation wants")
	if err := d.Spark(ctx, "install", "--url", url, "--ca-file", filepath.Join(d.Dir, "ca.crt")); err != nil {
		return err
	}
	fmt.Printf("$ kubectl label namespace %s kubectl-spark.io/inject=enabled; kubectl delete pods --all -n %s   # and their controllers make them again\n", story.Namespace, story.Namespace)
	if err := label(ctx, cp); err != nil {
		return err
	}
	if err := errors.Join(d.makePods(ctx, cp, true), d.show(ctx, cp)); err != nil {
		return err
	}
	stage.Title("fix: what the owners' manifests should say")
	if err := d.result(ctx, "fix", "-f", "jobs/kubeflow.yaml", "SPK-P012", "SPK-P014"); err != nil {
		return err
	}
	if err := d.mend(ctx, jobs); err != nil {
		return err
	}
	fmt.Printf("$ kubectl apply -f jobs/   # and the pods are made again\n")
	if err := errors.Join(d.apply(ctx, d.folder(cp)), d.makePods(ctx, cp, true)); err != nil {
		return err
	}
	if err := d.Spark(ctx, "doctor", "-n", story.Namespace, "--fail-on", "warning"); err != nil {
		return err
	}
	if live {
		if err := d.live(ctx, cp); err != nil {
			return err
		}
	}
	if d.keep {
		fmt.Printf("\nThe cluster and its webhook run until this is interrupted (Ctrl-C). Elsewhere:\nexport KUBECONFIG=%s\n", cp.Kubeconfig())
		<-ctx.Done()
		return nil
	}
	return d.quiet(ctx, "uninstall")
}

// mend writes what fix can, and makes the decisions that it leaves to people.
func (d *demo) mend(ctx context.Context, jobs string) error {
	if err := d.quiet(ctx, "fix", "-f", "jobs/", "--all", "--write"); err != nil {
		return err
	}
	for _, decision := range story.Decisions() {
		fmt.Printf("by hand: %-13s %s\n", decision.File, decision.Why)
		if err := decision.Decide(jobs); err != nil {
			return err
		}
	}
	return nil
}

// webhook starts the server as a process outside of the cluster and waits until it is ready.
func (d *demo) webhook(ctx context.Context) (stop func(), url string, err error) {
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	metrics, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	log, err := os.Create(filepath.Join(d.Dir, "webhook.log"))
	if err != nil {
		return nil, "", err
	}
	cmd := exec.Command(filepath.Join(d.Bin, "spark-webhook"), "--cluster=false", "--drain=0s", "--listen", address, "--metrics-listen", metrics,
		"--names", "127.0.0.1,localhost", "--write-ca", filepath.Join(d.Dir, "ca.crt"))
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	stop = func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		cmd.Wait()                          //nolint:errcheck // as above
		log.Close()
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if answer, err := http.Get("http://" + metrics + "/readyz"); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return stop, "https://" + address, nil
			}
		}
	}
	stop()
	text, _ := os.ReadFile(log.Name())
	return nil, "", fmt.Errorf("the webhook did not become ready:\n%s", text)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// result runs a command and shows its result, and not what it says of it.
func (d *demo) result(ctx context.Context, args ...string) error {
	fmt.Printf("\n$ kubectl spark %s\n", strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, filepath.Join(d.Bin, "kubectl-spark"), args...)
	cmd.Dir, cmd.Stdout = d.Dir, os.Stdout
	return cmd.Run()
}

// quiet runs a command and shows the last line of what it says, its verdict.
func (d *demo) quiet(ctx context.Context, args ...string) error {
	fmt.Printf("$ kubectl spark %s\n", strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, filepath.Join(d.Bin, "kubectl-spark"), args...)
	cmd.Dir = d.Dir
	said, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("kubectl spark %s: %w\n%s", args[0], err, said)
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	fmt.Println(lines[len(lines)-1])
	return nil
}

// label asks for injection into servers, too: their pods have no label of Spark's own.
func label(ctx context.Context, cp *controlplane.ControlPlane) error {
	patch := fmt.Sprintf(`{"metadata":{"labels":{%q:"enabled"}}}`, rule.InjectLabel)
	_, err := cp.Client().CoreV1().Namespaces().Patch(ctx, story.Namespace, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	return err
}
