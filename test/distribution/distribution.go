// Package distribution brings real Spark: PySpark's source distribution, which holds its jars and scripts.
package distribution

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/python"
)

// sparkDirEnv names the variable that points at unpacked distributions, one folder spark-VERSION each.
const sparkDirEnv = "KUBECTL_SPARK_SPARK_DIR"

// sums are the SHA-256 sums of the distributions that every test uses. Further versions have none.
var sums = map[string]string{
	"3.5.9": "ea27adc39ddac9413b8951e45aa748cbed6c785971b81386efc41938f6243d93",
	"4.3.0": "e8c517948eff7088a7aa07449aa8eafa4a15a8d50319de2525a6fd26622476c6",
}

// check compares a downloaded file with the sum of its version.
func check(file, version string) error {
	want, pinned := sums[version]
	if !pinned {
		return nil
	}
	return checkSum(file, want)
}

// checkSum compares a file with the SHA-256 sum that it must have.
func checkSum(file, want string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("%s has the SHA-256 sum %s, not %s: it is not what the tests were written for", filepath.Base(file), got, want)
	}
	return nil
}

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
	what := "download pyspark " + version
	if err := python.Steps(ctx, what,
		[]string{"python3", "-m", "venv", filepath.Join(part, "venv")},
		[]string{pip, "-q", "install", "setuptools==80.9.0", "wheel==0.45.1"},
		[]string{pip, "-q", "download", "--no-deps", "--no-build-isolation", "--no-binary=:all:", "-d", part, "pyspark==" + version},
	); err != nil {
		return "", err
	}
	if err := check(file, version); err != nil {
		return "", err
	}
	if err := python.Steps(ctx, what, []string{"tar", "-xzf", file, "-C", unpacked, "--strip-components=1"}); err != nil {
		return "", err
	}
	if err := os.Rename(unpacked, home); err != nil {
		if _, there := folder(root, version); !there { // another process may have been faster
			return "", err
		}
	}
	return home, nil
}
