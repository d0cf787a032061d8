package distribution

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// AlsoEnv names the variable that lists further versions of Spark that tests try, separated by commas.
const AlsoEnv = "KUBECTL_SPARK_TEST_VERSIONS"

// Always are the versions of Spark that every test of real Spark tries, on every machine.
var Always = [...]string{"3.5.9", "4.3.0"}

// Tried is the folder of each version that a test tries: those of Always and those that AlsoEnv names. What happens to lie
// in the cache decides nothing: a version that is not there is downloaded, and one that cannot be had fails the test.
// Without Java the test is skipped, in CI it fails.
func Tried(t *testing.T) map[string]string {
	t.Helper()
	if _, err := exec.LookPath("java"); err != nil {
		const missing = "no java on PATH: install openjdk-17-jre-headless"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	versions, err := versions(os.Getenv(AlsoEnv))
	if err != nil {
		t.Fatal(err)
	}
	homes := map[string]string{}
	for _, version := range versions {
		home, err := Get(t.Context(), version, t.Output())
		if err != nil {
			t.Fatal(err)
		}
		homes[version] = home
	}
	return homes
}

// versions are those of Always and the further ones of a list.
func versions(also string) ([]string, error) {
	all := Always[:]
	for version := range strings.SplitSeq(also, ",") {
		version = strings.TrimSpace(version)
		if version == "" || slices.Contains(all, version) {
			continue
		}
		if strings.Trim(version, "0123456789.") != "" || strings.Count(version, ".") != 2 {
			return nil, fmt.Errorf("%s: %q is no version of Spark (4.1.4)", AlsoEnv, version)
		}
		all = append(slices.Clip(all), version)
	}
	return all, nil
}
