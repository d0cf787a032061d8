package distribution

import (
	"context"
	"fmt"
	"io"

	"github.com/kubectl-spark/kubectl-spark/test/python"
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
	fmt.Fprintln(progress, "getting a client of Spark Connect (about 100 MB on first use)")
	args := []string{"--implementation", "cp", "--python-version", pythonVersion}
	for _, p := range platforms() {
		args = append(args, "--platform", p)
	}
	return python.Packages(ctx, "connect-client", connectPackages(), args...)
}
