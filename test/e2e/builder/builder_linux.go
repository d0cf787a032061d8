// Package builder builds images from Dockerfiles as users do: by a real buildah, without a daemon and without a registry.
package builder

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/test/e2e/debian"
)

// Builder is a buildah in a Debian root of its own.
type Builder struct {
	root string // of buildah
	dir  string // what it makes; buildah sees it as inside
}

// inside is where buildah sees the builder's folder, in its root.
const inside = "/builds"

// authorities are what this machine trusts, as a company's builder would mount them: pip and curl in a build go by them.
const authorities = "/etc/ssl/certs/ca-certificates.crt"

// packages are the Debian packages of the root. buildah wants any container-network-stack; debootstrap must be told which.
func packages() []string { return []string{"buildah", "netavark", "ca-certificates", "crun"} }

// New brings buildah. What it stores goes into dir.
func New(ctx context.Context, cache, dir string, progress io.Writer) (*Builder, error) {
	b := &Builder{dir: dir}
	var err error
	if b.root, err = debian.Root(ctx, cache, "buildah", packages(), progress); err != nil {
		return nil, err
	}
	for file, text := range map[string]string{
		"etc/containers/policy.json":     `{"default":[{"type":"insecureAcceptAnything"}]}`, // of images that this run has made itself
		"etc/containers/registries.conf": "unqualified-search-registries = [\"docker.io\"]\nshort-name-mode = \"disabled\"\n",
	} {
		if err := write(filepath.Join(b.root, file), []byte(text)); err != nil {
			return nil, err
		}
	}
	for _, folder := range []string{filepath.Join(b.root, inside), filepath.Join(b.root, "var/lib/containers"), filepath.Join(dir, "storage")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
	}
	for _, file := range []string{authorities, "/etc/resolv.conf", "/etc/hosts"} { // as builds see them, today
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := write(filepath.Join(b.root, file), data); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func write(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

// enter runs a command in the root, in a mount namespace that ends with it. buildah remounts its root, so that the root must be a mount.
const enter = `root=$1 dir=$2; shift 2
mount --bind "$root" "$root"
mount --bind "$dir/storage" "$root/var/lib/containers"
mount --bind "$dir" "$root` + inside + `"
for folder in dev proc sys; do mount --rbind /$folder "$root/$folder"; done
exec chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"`

func (b *Builder) buildah(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "unshare", append([]string{"--mount", "--propagation", "private", "sh", "-ec", enter, "sh", b.root, b.dir, "buildah", "--storage-driver", "overlay"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("buildah %s: %w\n%s", args[0], err, out[max(0, len(out)-3000):])
	}
	return string(out), nil
}

// Context is a new folder that a build is given, with what stands in the others.
func (b *Builder) Context(ctx context.Context, name string, from ...string) (string, error) {
	folder := filepath.Join(b.dir, "context", name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	for _, other := range from {
		if out, err := exec.CommandContext(ctx, "cp", "-r", other, folder).CombinedOutput(); err != nil {
			return "", fmt.Errorf("cp %s: %w: %s", other, err, out)
		}
	}
	return folder, nil
}

// Build builds the Dockerfile of a folder that Context made, and says what the build did. Steps that are as before are taken from the cache.
func (b *Builder) Build(ctx context.Context, image, folder string, arguments ...string) (log string, err error) {
	args := []string{"bud", "--pull-never", "--layers", "--isolation", "chroot", "--network", "host", "--format", "docker", "-v", authorities + ":" + authorities + ":ro", "-t", image}
	for _, argument := range arguments {
		args = append(args, "--build-arg", argument)
	}
	return b.buildah(ctx, append(args, filepath.Join(inside, strings.TrimPrefix(folder, b.dir)))...)
}

// Save writes an image as a docker archive under another name, and gives the file. Its layers are not compressed, so that its size is theirs.
func (b *Builder) Save(ctx context.Context, image, as string) (file string, err error) {
	name := strings.NewReplacer("/", "-", ":", "-").Replace(as) + ".tar"
	_, err = b.buildah(ctx, "push", image, "docker-archive:"+inside+"/"+name+":"+as)
	return filepath.Join(b.dir, name), err
}

// Close removes the images.
func (b *Builder) Close() error { return os.RemoveAll(filepath.Join(b.dir, "storage")) }
