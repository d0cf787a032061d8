package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

// TestSparkEndsWithWhatIsCalledUnreadable starts real applications: with each value that is called unreadable they end,
// and with the last one, which is not, they do their work.
func TestSparkEndsWithWhatIsCalledUnreadable(t *testing.T) {
	homes := distribution.Tried(t)
	known, err := keys.New()
	if err != nil {
		t.Fatal(err)
	}
	settings := []string{"spark.executor.cores=four", "spark.executor.cores=0", "spark.task.cpus=0", "spark.task.cpus=-0.5", "spark.eventLog.enabled=yes", "spark.network.timeout=soon", "spark.executor.memory=6gigs",
		"spark.memory.fraction=1.5", "spark.memory.storageFraction=1", "spark.sql.shuffle.partitions=0", "spark.sql.ansi.enabled=ja", "spark.sql.shuffle.partitions=3"}
	for release, home := range homes {
		t.Run(release, func(t *testing.T) {
			args := append(slices.Clone(brief), "-Xmx1g", "-cp", filepath.Join(home, "deps", "jars", "*"))
			for _, open := range []string{"lang", "lang.invoke", "io", "net", "nio", "util", "util.concurrent"} {
				args = append(args, "--add-opens=java.base/java."+open+"=ALL-UNNAMED")
			}
			args = append(args, "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "--add-opens=java.base/sun.security.action=ALL-UNNAMED", "Start.java")
			out, err := exec.CommandContext(context.Background(), "java", append(args, settings...)...).Output()
			said := strings.Split(strings.TrimSpace(string(out)), "\n")
			if err != nil || len(said) != len(settings) {
				t.Fatalf("%v\n%s", err, out)
			}
			version, _ := spark.ParseVersion(release)
			for i, setting := range settings {
				key, value, _ := strings.Cut(setting, "=")
				_, refused := known.Refuses(spark.Conf{key: {Value: value}}, key, version)
				if ended := strings.HasPrefix(said[i], key+" ended "); ended != refused || refused == (i == len(settings)-1) {
					t.Errorf("%s is called unreadable: %v; %s", setting, refused, said[i])
				}
			}
		})
	}
}
