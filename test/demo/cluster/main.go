// Command cluster is the second half of the demo: the webhook on a real API server, doctor on what is there, and last,
// where Java is at hand, a live spark-submit.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/demo/stage"
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

// cluster starts a control plane, installs the webhook, makes the captured pods and shows what became of them.
func (d *demo) cluster(ctx context.Context, live bool) error {
	stage.Title("On a real API server: built from Go modules on first use, cached afterwards")
	cp, err := controlplane.Start(ctx, controlplane.Options{Output: os.Stdout, Dir: filepath.Join(d.Dir, "cluster")})
	if err != nil {
		return err
	}
	defer cp.Stop() //nolint:errcheck // the process ends, and nothing is left to do about it
	if err := cp.EnsureNamespace(ctx, stage.Namespace); err != nil {
		return err
	}
	fmt.Println("etcd and kube-apiserver are ready")
	if err := os.Setenv("KUBECONFIG", cp.Kubeconfig()); err != nil {
		return err
	}
	if err := d.pods(ctx, cp, []string{"native/3.5.9/executor-small-overhead"}); err != nil {
		return err
	}
	stop, url, err := d.webhook(ctx, cp)
	if err != nil {
		return err
	}
	defer stop()
	stage.Title("Install the webhook, then create pods that real Spark made")
	if err := d.Spark(ctx, "install", "--url", url, "--ca-file", filepath.Join(d.Dir, "ca.crt")); err != nil {
		return err
	}
	if err := d.pods(ctx, cp, []string{"native/3.3.4/driver-jvm", "native/3.5.9/driver-python", "native/3.5.9/executor-java-options", "native/4.0.5/executor-sized", "native/4.3.0/driver-jvm", "native/4.3.0/executor"}); err != nil {
		return err
	}
	if err := d.show(ctx, cp); err != nil {
		return err
	}
	stage.Title("Doctor on the cluster: the one pod that was there before, and what it finds in the injected ones")
	if err := d.Spark(ctx, "doctor", "-n", stage.Namespace, "--fail-on", "never"); err != nil {
		return err
	}
	if err := d.Spark(ctx, "explain", "SPK-P006"); err != nil {
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
	return d.Spark(ctx, "uninstall")
}

// webhook starts the server as a process outside of the cluster and waits until it is ready.
func (d *demo) webhook(ctx context.Context, cp *controlplane.ControlPlane) (stop func(), url string, err error) {
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

func (d *demo) pods(ctx context.Context, cp *controlplane.ControlPlane, names []string) error {
	for _, name := range names {
		pod, err := stage.Pod(name)
		if err != nil {
			return err
		}
		if _, err := cp.Client().CoreV1().Pods(stage.Namespace).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// show prints what each pod says of its injection.
func (d *demo) show(ctx context.Context, cp *controlplane.ControlPlane) error {
	pods, err := cp.Client().CoreV1().Pods(stage.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	injected := 0
	for _, pod := range pods.Items {
		report, err := rule.ReadReport(pod.Annotations[rule.ReportAnnotation])
		if err != nil {
			fmt.Printf("\n%s\n  not injected: it was there before the webhook\n", pod.Name)
			continue
		}
		injected++
		fmt.Printf("\n%s  (profile %s)\n  injected  %s\n", pod.Name, report.Profile, strings.Join(report.Applied, " "))
		var refused []string
		for code, reason := range report.Refused {
			refused = append(refused, code+" ("+string(reason)+")")
		}
		sort.Strings(refused)
		fmt.Printf("  left      %s\n", strings.Join(refused, " "))
	}
	if injected == 0 {
		return fmt.Errorf("none of %d pods was injected", len(pods.Items))
	}
	return nil
}
