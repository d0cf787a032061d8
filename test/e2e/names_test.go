package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// sparkMetric is a name of a metric as Spark's endpoints write it.
var sparkMetric = regexp.MustCompile(`\b(?:metrics_(?:executor|app|application|master|worker|jvm|namespace)_?\w+|metrics_\w+_(?:Value|Count|Number))\b`)

// unknownMetrics are the names of metrics in a text that no scrape has.
func unknownMetrics(text string, scrapes []string) (unknown []string) {
	for _, name := range sparkMetric.FindAllString(text, -1) {
		found := false
		for _, scrape := range scrapes {
			found = found || regexp.MustCompile(`(?m)^`+name+`[{ ]`).MatchString(scrape)
		}
		if !found {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

// ownMetrics is the page of metrics that an application makes: test/monitoring holds it against a scrape of that application.
const ownMetrics = "../../examples/metrics/README.md"

// TestMetricsThatAreNamedExist: what a rule or a page names is in a scrape of real Spark.
func TestMetricsThatAreNamedExist(t *testing.T) {
	files, err := filepath.Glob("testdata/scrapes/*/*.txt")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d scrapes: %v", len(files), err)
	}
	var scrapes []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		scrapes = append(scrapes, string(data))
	}
	if got := unknownMetrics("metrics_executor_totalGCTime_seconds_total and metrics_executor_happiness", scrapes); len(got) != 1 || got[0] != "metrics_executor_happiness" {
		t.Errorf("this test finds %q", got)
	}
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.Rules() {
		for _, name := range unknownMetrics(strings.Join(append(r.Doc.Sources, r.Doc.Why, r.Doc.Remedy, r.Doc.Consequence), "\n"), scrapes) {
			t.Errorf("%s names %s, which no scrape has", r.Code, name)
		}
	}
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" || path == ownMetrics {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, name := range unknownMetrics(string(data), scrapes) {
			t.Errorf("%s names %s, which no scrape has", path, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
