package monitoring

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// TestGrafanaReadsTheDashboards: Grafana's published model of a dashboard, of its panels and of Prometheus' queries knows every field of the
// files, with its type. It refuses a file with another.
func TestGrafanaReadsTheDashboards(t *testing.T) {
	program, err := controlplane.Grafana(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../manifests/dashboards/*.json")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d dashboards: %v", len(files), err)
	}
	if out, err := exec.CommandContext(t.Context(), program, files...).CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	// An unknown field of a dashboard, of a panel, of a panel's options and of a query, and a wrong type.
	for _, wrong := range [][2]string{
		{`"graphTooltip": 1`, `"graphTooltips": 1`}, {`"gridPos": {`, `"gridPosition": {`}, {`"showLegend": true`, `"legendShown": true`}, {`"showPoints": "never"`, `"points": "never"`},
		{`"legendFormat": `, `"legend": `}, {`"schemaVersion": 39`, `"schemaVersion": "39"`},
	} {
		if !strings.Contains(string(text), wrong[0]) {
			t.Fatalf("%s has no %s", files[0], wrong[0])
		}
		file := filepath.Join(t.TempDir(), "wrong.json")
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), wrong[0], wrong[1], 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), program, file).CombinedOutput(); err == nil {
			t.Errorf("%s is taken for right: %s", wrong[1], out)
		}
	}
}
