// Package debian makes folders with a Debian system in them, for containers and for the node: no registry of images is needed.
package debian

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// suite is the release of Debian. Its archive keeps one version of each package, and debootstrap checks each by the archive's signature.
const suite = "bookworm"

// Missing says what this machine lacks to make a root; nil where nothing.
func Missing() error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("needs Linux")
	}
	if os.Getuid() != 0 {
		return fmt.Errorf("needs root: run it as root")
	}
	if _, err := exec.LookPath("debootstrap"); err == nil {
		return nil
	}
	for _, tool := range []string{"apt-get", "dpkg-deb", "wget", "gpgv"} { // what debootstrap calls
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("needs debootstrap: install the package debootstrap (%s is missing, too)", tool)
		}
	}
	return nil
}

// Root is a folder with the smallest Debian system and these packages. The first call makes it in the cache.
func Root(ctx context.Context, cache, name string, packages []string, progress io.Writer) (string, error) {
	sum := sha256.Sum256([]byte(suite + " " + strings.Join(packages, " ")))
	root := filepath.Join(cache, fmt.Sprintf("debian-%s-%s-%x", suite, name, sum[:6]))
	if _, err := os.Stat(root); err == nil {
		return root, nil
	}
	start := time.Now()
	fmt.Fprintf(progress, "making a Debian root for %s (first use, about 2 minutes) ... ", name)
	err := bootstrap(ctx, cache, root, packages)
	if err != nil {
		fmt.Fprintln(progress, "failed")
		return "", fmt.Errorf("make a Debian root for %s: %w", name, err)
	}
	fmt.Fprintln(progress, time.Since(start).Round(time.Second))
	return root, nil
}

func bootstrap(ctx context.Context, cache, root string, packages []string) error {
	tool, env, err := debootstrap(ctx, cache)
	if err != nil {
		return err
	}
	debs, part := filepath.Join(cache, "debs"), root+".part"
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	if err := os.MkdirAll(debs, 0o755); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, tool, "--variant=minbase", "--cache-dir="+debs, "--include="+strings.Join(packages, ","), suite, part, mirror())
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("debootstrap: %w\n%s", err, out[max(0, len(out)-2000):])
	}
	// The packages as files are in debs; a copy inside the root would double each image.
	if err := os.RemoveAll(filepath.Join(part, "var/cache/apt/archives")); err != nil {
		return err
	}
	return os.Rename(part, root)
}

// debootstrap is the machine's own, or else one that is unpacked into the cache without being installed.
func debootstrap(ctx context.Context, cache string) (tool string, env []string, err error) {
	if path, err := exec.LookPath("debootstrap"); err == nil {
		return path, nil, nil
	}
	dir := filepath.Join(cache, "debootstrap")
	tool, env = filepath.Join(dir, "usr/sbin/debootstrap"), []string{"DEBOOTSTRAP_DIR=" + filepath.Join(dir, "usr/share/debootstrap")}
	if _, err := os.Stat(tool); err == nil {
		return tool, env, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, "sh", "-ec", "apt-get download debootstrap >/dev/null || { apt-get update -q >/dev/null; apt-get download debootstrap >/dev/null; }; dpkg-deb -x debootstrap_*.deb .")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("debootstrap is not installed, and apt-get download debootstrap failed: %w\n%s", err, out)
	}
	return tool, env, nil
}

// mirror is where this machine's apt gets Debian from.
func mirror() string {
	files, _ := filepath.Glob("/etc/apt/sources.list.d/*.sources") // the pattern is well formed
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
			if f := strings.Fields(lines.Text()); len(f) > 1 && f[0] == "URIs:" && strings.HasSuffix(strings.TrimSuffix(f[1], "/"), "/debian") {
				return f[1]
			}
		}
	}
	return "http://deb.debian.org/debian"
}
