// Package python brings packages of Python's index into the cache of the tests, in pinned versions.
package python

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// Packages is a folder for PYTHONPATH with packages, each NAME==VERSION with all that it imports. The first call downloads them into the
// cache. pip gets the arguments as well, as for another version of Python. It needs python3 with venv.
func Packages(ctx context.Context, name string, packages []string, args ...string) (folder string, err error) {
	cache, err := controlplane.CacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(strings.Join(append(args, packages...), " ")))
	folder = filepath.Join(cache, name+"-"+hex.EncodeToString(sum[:6]))
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	part, err := os.MkdirTemp(cache, name+"-part-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(part)
	target, venv := filepath.Join(part, "packages"), filepath.Join(part, "venv")
	install := append([]string{filepath.Join(venv, "bin", "pip"), "-q", "install", "--no-deps", "--only-binary=:all:", "--target", target}, args...)
	if err := Steps(ctx, "download "+name, []string{"python3", "-m", "venv", venv}, append(install, packages...)); err != nil {
		return "", err
	}
	if err := os.Rename(target, folder); err != nil {
		if _, there := os.Stat(folder); there != nil { // another process may have been faster
			return "", err
		}
	}
	return folder, nil
}

// Steps runs commands one after the other; what they are for stands in the error, with the end of what the failed one printed.
func Steps(ctx context.Context, what string, commands ...[]string) error {
	for _, c := range commands {
		if out, err := exec.CommandContext(ctx, c[0], c[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %s: %w\n%s", what, filepath.Base(c[0]), err, strings.TrimSpace(string(out[max(0, len(out)-2000):])))
		}
	}
	return nil
}
