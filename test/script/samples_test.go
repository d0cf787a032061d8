package script

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// wanted reads the codes that a sample's comments announce, document by document.
func wanted(t *testing.T, path string) (codes []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if list, ok := strings.CutPrefix(line, "# want "); ok {
			codes = append(codes, strings.Fields(list)...)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// doctor runs doctor on one file and gives its report and exit code.
func doctor(t *testing.T, path string) (r report.Report, code int) {
	t.Helper()
	var out, note bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &note}, rulebook.New, "v0.0.0-test")
	root.SetArgs([]string{"doctor", "-f", path, "-o", "json", "--fail-on", "advice"})
	code = plugin.Execute(context.Background(), root)
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, note.String())
	}
	return r, code
}

// found gives the codes that doctor finds in one file, and its exit code.
func found(t *testing.T, path string) (codes []string, code int) {
	t.Helper()
	r, code := doctor(t, path)
	for _, f := range r.Findings {
		codes = append(codes, f.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes), code
}

func TestDoctorFindsThePlantedFaultsAndNoneOnTheCorrectedTwin(t *testing.T) {
	planted := map[string]bool{}
	for _, path := range written(t, "faulty") {
		want := wanted(t, path)
		for _, code := range want {
			planted[code] = true
		}
		got, code := found(t, path)
		if !slices.Equal(got, want) || code != plugin.ExitFound {
			t.Errorf("%s: found %v, planted %v, exit code %d", path, got, want, code)
		}
		twin := strings.Replace(path, "faulty", "corrected", 1)
		if got, code := found(t, twin); len(got) > 0 || code != 0 {
			t.Errorf("%s: found %v, exit code %d", twin, got, code)
		}
	}
	for _, r := range rulebook.All() {
		if !planted[r.Code] {
			t.Errorf("%s is planted in no sample", r.Code)
		}
	}
}
