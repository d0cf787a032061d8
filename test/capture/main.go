// Command capture runs real spark-submit of several Spark versions against a real API server and keeps the admission reviews of the pods
// they make, byte for byte, as fixtures. See README.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

const defaultVersions = "3.3.4,3.4.4,3.5.9,4.0.5,4.1.4,4.2.1,4.3.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	out := flag.String("out", filepath.Join("test", "fixtures", "native"), "folder of the fixtures")
	versions := flag.String("versions", defaultVersions, "Spark versions, comma-separated")
	only := flag.String("cases", ".", "regular expression of the cases to capture")
	operator := flag.Bool("kubeflow", false, "capture what Kubeflow's operator makes of applications, of those versions that every test tries")
	flag.Parse()
	todo := func() error { return run(ctx, *out, strings.Split(*versions, ","), *only) }
	if *operator {
		todo = func() error {
			return kubeflow(ctx, filepath.Join(filepath.Dir(*out), "kubeflow"), strings.Split(*versions, ","), *only)
		}
	}
	if err := todo(); err != nil {
		fmt.Fprintln(os.Stderr, "capture:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string, versions []string, only string) (err error) {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-cases: %w", err)
	}
	cp, err := controlplane.Start(ctx, controlplane.Options{Controllers: true, Output: os.Stderr})
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := cp.Stop(); err == nil {
			err = stopErr
		}
	}()
	work, err := os.MkdirTemp("", "kubectl-spark-capture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := writeWork(work); err != nil {
		return err
	}
	rec, err := newRecorder(ctx, cp)
	if err != nil {
		return err
	}
	defer rec.close()
	failed := 0
	for _, version := range versions {
		home, err := distribution.Get(ctx, version, os.Stderr)
		if err != nil {
			return err
		}
		for _, c := range cases() {
			if !c.concerns(version) || !wanted.MatchString(c.name) {
				continue
			}
			start := time.Now()
			r := runner{cp: cp, rec: rec, work: work, home: home, version: version}
			if err := r.capture(ctx, c, c.folder(out, version)); err != nil {
				failed++
				fmt.Fprintf(os.Stderr, "%s %s: %v\n", version, c.name, err)
				continue
			}
			fmt.Printf("%s %s %s\n", version, c.name, time.Since(start).Round(time.Second))
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d cases failed", failed)
	}
	return nil
}
