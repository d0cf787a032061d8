package setup

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/builder"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/debian"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/image"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/node"
)

// version of the plugin and the webhook's image.
const version = "0.0.0-e2e"

// Webhook is the name of the webhook's image.
const Webhook = "registry.test/spark-webhook:" + version

// Plugin is the name of the plugin's image, for the pods of tune --fleet --job.
const Plugin = "registry.test/kubectl-spark:" + version

// Parts are paths of what Prepare brought.
type Parts struct {
	Root      string              // of the node: a Debian root
	SparkRoot string              // of Spark's images: another
	Programs  map[string]string   // of the node
	Monitors  map[string]string   // programs that measure and collect; none in a quick run
	Tools     string              // folder with kubectl and kubectl-spark
	Pause     string              // the program of a pod's sandbox
	Connect   string              // what a Python client of Spark Connect imports beside PySpark; empty in a quick run
	Webhook   string              // archive of the webhook's image
	Plugin    string              // archive of the plugin's image; none in a quick run
	Spark     map[string]string   // by version, an unpacked PySpark distribution
	Layers    string              // folder for layers of images
	Rewritten []builder.Rewritten // images that were built from Dockerfiles; none in a quick run
	Example   string              // archive of the image of examples/images/connect.Dockerfile; none in a quick run
}

// JavaHome is where Java stands in the node's root.
const JavaHome = image.JavaHome

// tests are the Debian packages that tests run on the node: a compiler for jobs.
func tests() []string { return []string{"openjdk-17-jdk-headless"} }

// Prepare brings everything for these versions of Spark, and what only the whole run needs unless it is quick. What belongs to this run alone
// goes into work.
func Prepare(ctx context.Context, checkout, cache, work string, versions []string, quick bool, progress io.Writer) (p Parts, err error) {
	p.Spark, p.Tools, p.Pause, p.Layers = map[string]string{}, filepath.Join(work, "tools"), filepath.Join(work, "pause"), filepath.Join(cache, "layers")
	if p.Programs, err = controlplane.NodeBinaries(ctx, progress); err != nil {
		return p, err
	}
	bin, err := controlplane.Binaries(ctx, progress, controlplane.Etcd, controlplane.APIServer, controlplane.ControllerManager, controlplane.Scheduler, controlplane.Kubectl)
	if err != nil {
		return p, err
	}
	if !quick {
		if p.Monitors, err = controlplane.Monitoring(ctx, progress); err != nil {
			return p, err
		}
		if p.Connect, err = distribution.ConnectClient(ctx, progress); err != nil {
			return p, err
		}
		// Its test finds it in the cache: where the node runs there is no network.
		if _, _, err = controlplane.SparkOperator(ctx, progress); err != nil {
			return p, err
		}
	}
	for _, version := range versions {
		if p.Spark[version], err = distribution.Get(ctx, version, progress); err != nil {
			return p, err
		}
	}
	if p.Root, err = debian.Root(ctx, cache, "node", slices.Concat(node.Packages(), image.Packages(), tests()), progress); err != nil {
		return p, err
	}
	if p.SparkRoot, err = debian.Root(ctx, cache, "spark", image.Packages(), progress); err != nil {
		return p, err
	}
	if err := os.MkdirAll(p.Tools, 0o755); err != nil {
		return p, err
	}
	if err := os.Symlink(bin.Path(controlplane.Kubectl), filepath.Join(p.Tools, "kubectl")); err != nil {
		return p, err
	}
	start := time.Now()
	if err := goCommand(ctx, checkout, "build", "-trimpath", "-ldflags", "-s -w", "-o", p.Pause, "./test/e2e/image/pause"); err != nil {
		return p, err
	}
	if err := goCommand(ctx, checkout, "build", "-trimpath", "-ldflags", "-s -w -X main.version="+version, "-o", p.Tools, "./cmd/kubectl-spark"); err != nil {
		return p, err
	}
	archive := func(program, name string) (string, error) {
		repository, _, _ := strings.Cut(name, ":")
		folder := filepath.Join(work, "image-"+program)
		return filepath.Join(folder, program+".tar"), goCommand(ctx, checkout, "-C", "test/ship", "run", "./image", "-program", program, "-version", version,
			"-platforms", "linux/"+runtime.GOARCH, "-repository", repository, "-o", folder)
	}
	if p.Webhook, err = archive("spark-webhook", Webhook); err != nil {
		return p, err
	}
	if !quick {
		if p.Plugin, err = archive("kubectl-spark", Plugin); err != nil {
			return p, err
		}
	}
	fmt.Fprintf(progress, "the plugin and the images of this checkout: %s\n", time.Since(start).Round(100*time.Millisecond))
	if !quick {
		err = p.rewritten(ctx, checkout, cache, work, progress)
	}
	return p, err
}

func goCommand(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// SparkImages writes the images of Spark, one of each version for each user, and of the sandbox as one docker archive. What stands at /opt/jobs of
// a version's image comes from its folders.
func (p Parts) SparkImages(out io.Writer, jobs map[string][]string, users ...image.User) error {
	images := []image.Image{{Name: image.Pause, Config: image.Config{Entrypoint: []string{"/pause"}},
		Layers: []image.Layer{{Sources: []image.Source{{From: p.Pause, At: "pause"}}}}}}
	for _, version := range slices.Sorted(maps.Keys(p.Spark)) {
		for _, user := range users {
			img, err := image.Spark(version, user, p.SparkRoot, p.Spark[version], jobs[version]...)
			if err != nil {
				return err
			}
			images = append(images, img)
		}
	}
	return image.Write(out, p.Layers, images...)
}
