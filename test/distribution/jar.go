package distribution

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/python"
)

// The JMX exporter of Prometheus, and the SHA-256 sum of its jar.
const (
	exporterName    = "jmx_prometheus_javaagent"
	exporterVersion = "1.0.1"
	exporterSum     = "7d61f737fd661610ccc14aea79764faa1ea94a340cbc8f0029b3d2edea3d80c1"
)

// JMXExporter is the jar of Prometheus' Java agent. One that is not in the cache is downloaded from Maven's repository by Ivy, which is among
// the jars of a distribution of Spark at home (3 MB).
func JMXExporter(ctx context.Context, home string, progress io.Writer) (string, error) {
	cache, err := controlplane.CacheDir()
	if err != nil {
		return "", err
	}
	name := exporterName + "-" + exporterVersion + ".jar"
	jar := filepath.Join(cache, name)
	if _, err := os.Stat(jar); err == nil {
		return jar, checkSum(jar, exporterSum)
	}
	fmt.Fprintf(progress, "downloading %s (first use)\n", name)
	part, err := os.MkdirTemp(cache, exporterName+"-part-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(part)
	if err := python.Steps(ctx, "download "+name, []string{"java", "-cp", filepath.Join(home, "deps", "jars", "*"), "org.apache.ivy.Main", "-cache", filepath.Join(part, "ivy"),
		"-dependency", "io.prometheus.jmx", exporterName, exporterVersion, "-notransitive", "-types", "jar", "-retrieve", filepath.Join(part, "[artifact]-[revision].[ext]")}); err != nil {
		return "", err
	}
	if err := checkSum(filepath.Join(part, name), exporterSum); err != nil {
		return "", err
	}
	return jar, os.Rename(filepath.Join(part, name), jar)
}
