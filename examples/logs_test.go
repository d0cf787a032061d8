package examples

import (
	"os"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// TestTheLogRanWithItsConfiguration: skew.conf holds what logs/skew.zstd says that it was submitted with, and all of that which sizes pods.
func TestTheLogRanWithItsConfiguration(t *testing.T) {
	log, err := eventlog.Read(t.Context(), "logs/skew.zstd", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("skew.conf")
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if key, value, is := strings.Cut(strings.TrimSpace(line), " "); is && key != "#" {
			set[key] = true
			if value = strings.TrimSpace(value); log.Run.Spark[key] != value && key != "spark.kubernetes.container.image" && key != "spark.app.name" { // the run had a private image
				t.Errorf("%s is %s, and was %q", key, value, log.Run.Spark[key])
			}
		}
	}
	for key, value := range log.Run.Spark {
		sizes := strings.Contains(key, "memory") || strings.HasSuffix(key, ".cores") || strings.HasSuffix(key, ".instances") || strings.HasSuffix(key, "memoryOverheadFactor")
		if sizes && !set[key] {
			t.Errorf("%s was %s, and is not there", key, value)
		}
	}
}
