package dashboards_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/manifests/dashboards"
)

var update = flag.Bool("update", false, "write the JSON files")

// TestFilesAreCurrent: the files are what the descriptions say, and there is no other.
func TestFilesAreCurrent(t *testing.T) {
	files, err := filepath.Glob("*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := dashboards.All()
	if !*update && len(files) != len(all) {
		t.Errorf("%d files of %d dashboards", len(files), len(all))
	}
	for _, d := range all {
		text, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := json.Indent(&want, text, "", " "); err != nil {
			t.Fatal(err)
		}
		file := d.Name + ".json"
		if *update {
			if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if have, err := os.ReadFile(file); err != nil || !bytes.Equal(have, want.Bytes()) {
			t.Errorf("%s is not what %s.yaml says (%v): go test ./manifests/dashboards -update writes it", file, d.Name, err)
		}
	}
}

// TestPanelsExplainThemselves: each has a title, a sentence that describes it, a unit, and a legend where there are several lines.
func TestPanelsExplainThemselves(t *testing.T) {
	uids := map[string]bool{}
	for _, d := range dashboards.All() {
		if uid := d.UID(); len(uid) > 40 || uids[uid] || !strings.HasPrefix(d.Title, "Spark / ") || d.Of == "" || !strings.HasSuffix(d.Description, ".") {
			t.Errorf("%s: uid %q, title %q, description %q", d.Name, uid, d.Title, d.Description)
		} else {
			uids[uid] = true
		}
		for _, row := range d.Rows {
			titles := map[string]bool{}
			for _, p := range row.Panels {
				if p.Title == "" || titles[p.Title] || !strings.HasSuffix(p.Description, ".") || p.Unit == "" || (p.Number == "") == (len(p.Lines) == 0) {
					t.Errorf("%s / %s / %s: description %q, unit %q, number %q, %d lines", d.Name, row.Title, p.Title, p.Description, p.Unit, p.Number, len(p.Lines))
				}
				titles[p.Title] = true
				for _, q := range append(p.Lines, dashboards.Line{Expr: p.Number, Legend: "none"}) {
					if q.Legend == "" {
						t.Errorf("%s / %s: %s has no legend", d.Name, p.Title, q.Expr)
					}
					if q.Expr == "" {
						continue
					}
					if strings.Contains(q.Expr, "_Number") {
						t.Errorf("%s / %s: Spark writes each gauge twice, and _Number is the one to drop", d.Name, p.Title)
					}
					if !d.Application && strings.Contains(q.Expr, "$application") || regexp.MustCompile(`\$(namespace|application|__rate_interval)`).FindString(q.Expr) == "" && !strings.Contains(q.Expr, "apiserver_") {
						t.Errorf("%s / %s: %s does not go by the variables", d.Name, p.Title, q.Expr)
					}
				}
			}
		}
	}
}
