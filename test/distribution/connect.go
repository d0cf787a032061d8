package distribution

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// pythonVersion is that of the Debian root in which a client runs.
const pythonVersion = "3.11"

// platforms are those of wheels that run there.
func platforms() []string {
	return []string{"manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_26_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"}
}

// connectPackages are what a Python client of Spark Connect imports beside PySpark.
func connectPackages() []string {
	return []string{"grpcio==1.78.0", "grpcio-status==1.78.0", "googleapis-common-protos==1.72.0", "protobuf==6.33.5", "pandas==2.3.3", "numpy==2.3.5",
		"pyarrow==22.0.0", "python-dateutil==2.9.0.post0", "pytz==2025.2", "tzdata==2025.2", "six==1.17.0", "typing_extensions==4.15.0", "zstandard==0.25.0"}
}

// ConnectClient is a folder for PYTHONPATH with what a Python client of Spark Connect imports beside PySpark. The first call downloads it
// into the cache (about 100 MB).
func ConnectClient(ctx context.Context, progress io.Writer) (string, error) {
	cache, err := controlplane.CacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(strings.Join(connectPackages(), " ") + pythonVersion))
	home := filepath.Join(cache, "connect-client-"+hex.EncodeToString(sum[:6]))
	if _, err := os.Stat(home); err == nil {
		return home, nil
	}
	fmt.Fprintln(progress, "downloading a client of Spark Connect (first use, about 100 MB)")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	part, err := os.MkdirTemp(cache, "connect-part-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(part)
	target := filepath.Join(part, "packages")
	install := []string{filepath.Join(part, "venv", "bin", "pip"), "-q", "install", "--no-deps", "--only-binary=:all:", "--implementation", "cp",
		"--python-version", pythonVersion, "--target", target}
	for _, p := range platforms() {
		install = append(install, "--platform", p)
	}
	if err := steps(ctx, "download a client of Spark Connect",
		[]string{"python3", "-m", "venv", filepath.Join(part, "venv")}, append(install, connectPackages()...)); err != nil {
		return "", err
	}
	if err := os.Rename(target, home); err != nil {
		if _, there := os.Stat(home); there != nil { // another process may have been faster
			return "", err
		}
	}
	return home, nil
}
