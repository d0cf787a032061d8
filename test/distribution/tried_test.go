package distribution

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestWhatIsTriedDoesNotDependOnTheMachine: the two versions always, and what is asked for by name, once.
func TestWhatIsTriedDoesNotDependOnTheMachine(t *testing.T) {
	t.Setenv(sparkDirEnv, t.TempDir())
	for also, want := range map[string][]string{
		"":                    {"3.5.9", "4.3.0"},
		"4.1.4, 3.5.9 ,4.1.4": {"3.5.9", "4.3.0", "4.1.4"},
		",3.3.4,4.2.1,":       {"3.5.9", "4.3.0", "3.3.4", "4.2.1"},
	} {
		if got, err := versions(also); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v; want %v", also, got, err, want)
		}
	}
	for _, also := range []string{"all", "4.1", "4.x.1", "../../etc"} {
		if got, err := versions(also); err == nil {
			t.Errorf("%q: %v", also, got)
		}
	}
}

// TestADownloadOfAnotherContentIsRefused: what every test uses has a sum.
func TestADownloadOfAnotherContentIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pyspark.tar.gz")
	if err := os.WriteFile(file, []byte("something else"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, version := range Always {
		if err := check(file, version); err == nil {
			t.Errorf("%s: taken", version)
		}
	}
	if err := checkSum(file, exporterSum); err == nil {
		t.Error("the JMX exporter: taken")
	}
	if err := check(file, "4.1.4"); err != nil {
		t.Errorf("a version without a sum: %v", err)
	}
}
