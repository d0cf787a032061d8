// Package distribution brings real Spark: PySpark's source distribution, which holds its jars and scripts.
package distribution

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// sparkDirEnv names the variable that points at unpacked distributions, one folder spark-VERSION each.
const sparkDirEnv = "KUBECTL_SPARK_SPARK_DIR"

// folder is where an unpacked distribution lies, or would lie.
func folder(root, version string) (home string, there bool) {
	home = filepath.Join(root, "spark-"+version)
	_, err := os.Stat(filepath.Join(home, "deps", "bin", "spark-submit"))
	return home, err == nil
}

// Get is the folder of an unpacked PySpark source distribution: deps/bin, deps/jars, pyspark, lib.
// One that is not at hand is downloaded from the package index into the cache (about 300 to 450 MB).
func Get(ctx context.Context, version string, progress io.Writer) (string, error) {
	root := os.Getenv(sparkDirEnv)
	if root == "" {
		cache, err := controlplane.CacheDir()
		if err != nil {
			return "", err
		}
		root = cache
	}
	home, there := folder(root, version)
	switch {
	case there:
		return home, nil
	case os.Getenv(sparkDirEnv) != "":
		return "", fmt.Errorf("%s=%s has no spark-%s", sparkDirEnv, root, version)
	}
	fmt.Fprintf(progress, "downloading pyspark %s (first use, about 400 MB)\n", version)
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	part, err := os.MkdirTemp(root, "spark-part-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(part)
	// pip runs the distribution's setup step even for a mere download, which needs these two packages.
	pip, file := filepath.Join(part, "venv", "bin", "pip"), filepath.Join(part, "pyspark-"+version+".tar.gz")
	unpacked := filepath.Join(part, "unpacked")
	if err := os.Mkdir(unpacked, 0o755); err != nil {
		return "", err
	}
	for _, step := range [][]string{
		{"python3", "-m", "venv", filepath.Join(part, "venv")},
		{pip, "-q", "install", "setuptools", "wheel"},
		{pip, "-q", "download", "--no-deps", "--no-build-isolation", "--no-binary=:all:", "-d", part, "pyspark==" + version},
		{"tar", "-xzf", file, "-C", unpacked, "--strip-components=1"},
	} {
		if out, err := exec.CommandContext(ctx, step[0], step[1:]...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("download pyspark %s: %s: %w\n%s", version, filepath.Base(step[0]), err, strings.TrimSpace(string(out[max(0, len(out)-2000):])))
		}
	}
	if err := os.Rename(unpacked, home); err != nil {
		if _, there := folder(root, version); !there { // another process may have been faster
			return "", err
		}
	}
	return home, nil
}
