package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// TestFixedAndTunedJobsRun writes each job's configuration into a file, changes it by fix and by tune, with all that they would try,
// and submits what came out: the job ends with the result that it had before.
func TestFixedAndTunedJobsRun(t *testing.T) {
	onNode(t)
	t.Parallel()
	const namespace = "changed"
	makeNamespace(t, namespace, map[string]string{rule.Prefix + "inject": "disabled"}, nil)
	for _, version := range versions() {
		for _, w := range workloads() {
			t.Run(version+"/"+w.name, func(t *testing.T) {
				t.Parallel()
				j := w.job(version, namespace)
				given := j.settings()
				result := plainResult(j.name) // of TestJobs, which runs before
				for _, by := range []string{"", "fix", "tune"} {
					if by == "" && result != "" {
						continue
					}
					j.whole, j.conf = by != "", maps.Clone(given)
					if by == "" {
						j.conf = w.conf
					} else {
						changed(t, by, j.conf)
						t.Logf("%s changes %s", by, difference(given, j.conf))
						if maps.Equal(given, j.conf) {
							t.Errorf("%s changes nothing: nothing is shown", by)
						}
					}
					j.name = w.name + "-" + line(version) + by
					if by != "" {
						for _, key := range []string{"spark.kubernetes.driver.pod.name", "spark.kubernetes.executor.podNamePrefix"} {
							j.conf[key] = j.name
						}
					}
					o := j.run(t, patience)
					ends(t, o, result)
					result = o.result
				}
			})
		}
	}
}

// changed is what a command makes of a configuration.
func changed(t *testing.T, by string, conf map[string]string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "spark-defaults.conf")
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(conf)) {
		if !secret(key) {
			fmt.Fprintf(&text, "%s %s\n", key, conf[key])
		}
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if by == "fix" {
		command(t, "kubectl", "spark", "fix", "-f", file, "--all", "--write")
	} else {
		// tune prints what it would set; what it would remove is not in it.
		set := command(t, "kubectl", "spark", "tune", "-f", file, "--try", "-o", "properties")
		after, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(after, set...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for key := range conf {
		if !secret(key) {
			delete(conf, key)
		}
	}
	for one := range strings.Lines(string(after)) {
		one = strings.TrimSpace(one)
		if at := strings.IndexAny(one, " ="); at > 0 && !strings.HasPrefix(one, "#") { // as in a file of properties
			conf[one[:at]] = strings.TrimSpace(one[at+1:])
		}
	}
}

// secret says that a setting is how the test reaches the API server: no file of a user's has it.
func secret(key string) bool {
	return strings.HasPrefix(key, "spark.kubernetes.authenticate.submission.")
}

// difference words what differs in two configurations.
func difference(before, after map[string]string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if before[key] != after[key] {
			all = append(all, fmt.Sprintf("%s: %q to %q", key, before[key], after[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if _, has := after[key]; !has {
			all = append(all, key+" is removed")
		}
	}
	return strings.Join(all, ", ")
}
