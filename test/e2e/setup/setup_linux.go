package setup

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/debian"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/image"
	"github.com/kubectl-spark/kubectl-spark/test/e2e/node"
)

// version of the plugin and the webhook's image.
const version = "0.0.0-e2e"

// Webhook is the name of the webhook's image.
const Webhook = "registry.test/spark-webhook:" + version

// Parts are paths of what Prepare brought.
type Parts struct {
	Root     string            // of the node: a Debian root
	Programs map[string]string // of the node
	Tools    string            // folder with kubectl and kubectl-spark
	Images   []string          // archives
	Spark    map[string]string // by version, an unpacked PySpark distribution
}

// JavaHome is where Java stands in the node's root.
const JavaHome = image.JavaHome

// Prepare brings everything; versions of Spark are those of distribution.Always. What belongs to this run alone goes into work.
func Prepare(ctx context.Context, checkout, cache, work string, progress io.Writer) (p Parts, err error) {
	p.Spark, p.Tools = map[string]string{}, filepath.Join(work, "tools")
	if p.Programs, err = controlplane.NodeBinaries(ctx, progress); err != nil {
		return p, err
	}
	bin, err := controlplane.Binaries(ctx, progress, controlplane.Etcd, controlplane.APIServer, controlplane.ControllerManager, controlplane.Scheduler, controlplane.Kubectl)
	if err != nil {
		return p, err
	}
	for _, version := range distribution.Always {
		if p.Spark[version], err = distribution.Get(ctx, version, progress); err != nil {
			return p, err
		}
	}
	if p.Root, err = debian.Root(ctx, cache, "node", append(node.Packages(), image.Packages()...), progress); err != nil {
		return p, err
	}
	root, err := debian.Root(ctx, cache, "spark", image.Packages(), progress)
	if err != nil {
		return p, err
	}
	archive, err := sparkImages(ctx, checkout, cache, root, p.Spark, progress)
	if err != nil {
		return p, err
	}
	if err := os.MkdirAll(p.Tools, 0o755); err != nil {
		return p, err
	}
	if err := os.Symlink(bin.Path(controlplane.Kubectl), filepath.Join(p.Tools, "kubectl")); err != nil {
		return p, err
	}
	start := time.Now()
	if err := goCommand(ctx, checkout, "build", "-trimpath", "-ldflags", "-s -w -X main.version="+version, "-o", p.Tools, "./cmd/kubectl-spark"); err != nil {
		return p, err
	}
	repository, _, _ := strings.Cut(Webhook, ":")
	if err := goCommand(ctx, checkout, "-C", "test/ship", "run", "./image", "-version", version, "-platforms", "linux/"+runtime.GOARCH,
		"-repository", repository, "-o", filepath.Join(work, "image")); err != nil {
		return p, err
	}
	fmt.Fprintf(progress, "the plugin and the webhook's image of this checkout: %s\n", time.Since(start).Round(100*time.Millisecond))
	p.Images = []string{archive, filepath.Join(work, "image", "spark-webhook.tar")}
	return p, nil
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

// sparkImages is an archive of the images of Spark and of the sandbox, in the cache under a name that changes with what they hold.
func sparkImages(ctx context.Context, checkout, cache, root string, homes map[string]string, progress io.Writer) (string, error) {
	jobs, pause := filepath.Join(checkout, "test/e2e/jobs"), filepath.Join(cache, "pause", "pause")
	if err := goCommand(ctx, checkout, "build", "-trimpath", "-ldflags", "-s -w", "-o", pause, "./test/e2e/image/pause"); err != nil {
		return "", err
	}
	images := []image.Image{{Name: image.Pause, Config: image.Config{Entrypoint: []string{"/pause"}}, Layers: []image.Layer{{{From: pause, At: "pause"}}}}}
	versions := slices.Sorted(func(yield func(string) bool) {
		for version := range homes {
			if !yield(version) {
				return
			}
		}
	})
	for _, version := range versions {
		img, err := image.Spark(version, root, homes[version], jobs)
		if err != nil {
			return "", err
		}
		images = append(images, img)
	}
	sum := sha256.New()
	if err := json.NewEncoder(sum).Encode(images); err != nil {
		return "", err
	}
	for _, folder := range []string{jobs, filepath.Dir(pause)} {
		err := fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(filepath.Join(folder, name))
			fmt.Fprintf(sum, "%s %d ", name, len(data))
			sum.Write(data)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	file := filepath.Join(cache, fmt.Sprintf("images-%x.tar", sum.Sum(nil)[:6]))
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	start := time.Now()
	fmt.Fprintf(progress, "making the images (first use, under 1 minute) ... ")
	if err := image.Write(file, images...); err != nil {
		fmt.Fprintln(progress, "failed")
		return "", fmt.Errorf("make the images: %w", err)
	}
	fmt.Fprintln(progress, time.Since(start).Round(time.Second))
	old, _ := filepath.Glob(filepath.Join(cache, "images-*.tar")) // the pattern is well formed
	for _, name := range old {
		if name != file {
			_ = os.Remove(name) // it has 1.3 GB, and no checkout of this kind asks for it again
		}
	}
	return file, nil
}
