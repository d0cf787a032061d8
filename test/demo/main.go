// Command demo shows the main job: first on captured pods of real Spark from files, then on a control plane of
// its own with the webhook installed, last, where Java is at hand, with a live spark-submit.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

type demo struct {
	bin  string // folder of kubectl-spark and spark-webhook
	dir  string // folder of this run
	keep bool   // go on until interrupted
}

func main() {
	d := demo{}
	flag.StringVar(&d.bin, "bin", "bin", "folder of the built binaries")
	flag.BoolVar(&d.keep, "keep", false, "run on until interrupted, and print the kubeconfig")
	live := flag.Bool("live", true, "end with a live spark-submit where Java is at hand")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := d.run(ctx, *live); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1) //nolint:gocritic // the signal handler ends with the process
	}
}

func (d *demo) run(ctx context.Context, live bool) (err error) {
	if d.bin, err = filepath.Abs(d.bin); err != nil {
		return err
	}
	if d.dir, err = os.MkdirTemp("", "kubectl-spark-demo-"); err != nil {
		return err
	}
	defer os.RemoveAll(d.dir)
	if err := d.files(ctx); err != nil {
		return err
	}
	return d.cluster(ctx, live)
}

// pick finds a captured review by its name.
func pick(all []fixtures.Fixture, name string) (fixtures.Fixture, error) {
	for _, f := range all {
		if f.Name == name {
			return f, nil
		}
	}
	return fixtures.Fixture{}, fmt.Errorf("no fixture %s", name)
}

// files shows inject and doctor on captured objects: no cluster, no connection.
func (d *demo) files(ctx context.Context) error {
	all, err := fixtures.All()
	if err != nil {
		return err
	}
	title("From files: a driver pod as Spark 3.5.9 made it, before and after")
	driver, err := pick(all, "native/3.5.9/driver-jvm")
	if err != nil {
		return err
	}
	path, err := d.pod(driver, "driver.yaml")
	if err != nil {
		return err
	}
	if err := d.diff(ctx, path); err != nil {
		return err
	}
	title("From files: doctor on an executor whose overhead somebody set to 100m")
	executor, err := pick(all, "native/3.5.9/executor-small-overhead")
	if err != nil {
		return err
	}
	if path, err = d.pod(executor, "executor.yaml"); err != nil {
		return err
	}
	return d.spark(ctx, 0, "doctor", "-f", path, "--fail-on", "never")
}

// diff shows what inject does to a file of the run's folder.
func (d *demo) diff(ctx context.Context, name string) error {
	before, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil {
		return err
	}
	fmt.Printf("\n$ kubectl spark inject -f %s | diff -u %s -\n", name, name)
	cmd := exec.CommandContext(ctx, filepath.Join(d.bin, "kubectl-spark"), "inject", "-f", name)
	cmd.Dir, cmd.Stderr = d.dir, os.Stdout
	after, err := cmd.Output()
	if err != nil {
		return err
	}
	fmt.Print(patch.Unified(name, before, after))
	return nil
}

// spark runs kubectl-spark and shows the command with its output. It fails on another exit code than the wanted one.
func (d *demo) spark(ctx context.Context, want int, args ...string) error {
	shown := append([]string(nil), args...)
	for i := range shown {
		shown[i] = strings.ReplaceAll(shown[i], d.dir+"/", "")
	}
	fmt.Printf("\n$ kubectl spark %s\n", strings.Join(shown, " "))
	cmd := exec.CommandContext(ctx, filepath.Join(d.bin, "kubectl-spark"), args...)
	cmd.Dir = d.dir
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
	err := cmd.Run()
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		return err
	}
	if code != want {
		return fmt.Errorf("kubectl spark %s: exit code %d, expected %d", strings.Join(shown, " "), code, want)
	}
	return nil
}

func title(text string) {
	fmt.Printf("\n\n%s\n%s\n", text, strings.Repeat("─", len([]rune(text))))
}
