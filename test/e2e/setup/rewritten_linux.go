package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/e2e/builder"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/image"
)

// RewrittenSpark is the version of Spark in the images that are built from Dockerfiles.
const RewrittenSpark = "3.5.9"

// ExampleConnect is the image of examples/images/connect.Dockerfile, and ExampleSpark its version of Spark.
const (
	ExampleConnect = "registry.test/built:connect"
	ExampleSpark   = "4.3.0"
)

// changed is the source that changes before the last build.
const changed = "jobs/sort.py"

// rewritten builds each Dockerfile of testdata/dockerfiles as it is and as fix rewrites it, and the example of a Connect server. Builds need the network, which the node's tests have not.
func (p *Parts) rewritten(ctx context.Context, checkout, cache, work string, progress io.Writer) (err error) {
	start := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b, err := builder.New(ctx, cache, filepath.Join(work, "builder"), progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if err := b.Bases(ctx, p.SparkRoot, JavaHome); err != nil {
		return err
	}
	mirror, err := b.Mirror(ctx, p.Spark)
	if err != nil {
		return err
	}
	e2e := filepath.Join(checkout, "test/e2e")
	files, err := filepath.Glob(filepath.Join(e2e, "testdata/dockerfiles/*/Dockerfile"))
	if err != nil {
		return err
	}
	for _, file := range files {
		from := filepath.Dir(file)
		folder, err := b.Context(ctx, filepath.Base(from), from+"/.", filepath.Join(e2e, "jobs"))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, "entrypoint.sh"), image.Entrypoint(), 0o755)
		}
		if err == nil && filepath.Base(from) == "copied" { // it has Spark beside it
			err = unpacked(ctx, p.Spark[RewrittenSpark], filepath.Join(folder, "spark"))
		}
		if err != nil {
			return err
		}
		one, err := b.Rewrite(ctx, filepath.Join(p.Tools, "kubectl-spark"), folder, changed, "MIRROR="+mirror)
		if err != nil {
			return err
		}
		p.Rewritten = append(p.Rewritten, one)
	}
	folder, err := b.Context(ctx, "connect", filepath.Join(checkout, "examples/images/connect.Dockerfile"))
	if err == nil {
		err = os.Rename(filepath.Join(folder, "connect.Dockerfile"), filepath.Join(folder, "Dockerfile"))
	}
	if err == nil {
		_, err = b.Build(ctx, ExampleConnect, folder, "SPARK_VERSION="+ExampleSpark, "SPARK_MIRROR="+mirror)
	}
	if err == nil {
		p.Example, err = b.Save(ctx, ExampleConnect, ExampleConnect)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "%d images from Dockerfiles, before and after fix: %s\n", len(files), time.Since(start).Round(time.Second))
	return nil
}

// unpacked lays a PySpark distribution out as Spark's archive is.
func unpacked(ctx context.Context, home, folder string) error {
	if err := os.MkdirAll(filepath.Join(folder, "python"), 0o755); err != nil {
		return err
	}
	for from, to := range map[string]string{"deps/.": "", "pyspark": "python", "lib": "python"} {
		if out, err := exec.CommandContext(ctx, "cp", "-r", home+"/"+from, filepath.Join(folder, to)).CombinedOutput(); err != nil {
			return fmt.Errorf("cp: %w: %s", err, out)
		}
	}
	return nil
}
