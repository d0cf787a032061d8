package dashboards_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	product "github.com/kubectl-spark/kubectl-spark/manifests/dashboards"
	"github.com/kubectl-spark/kubectl-spark/test/dashboards"
)

var update = flag.Bool("update", false, "write the JSON files, and pack them")

const folder = "../../manifests/dashboards"

func described(t *testing.T) []dashboards.Dashboard {
	t.Helper()
	all, err := dashboards.All(folder)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestFilesAreCurrent: the JSON files are what the descriptions say, there is no other, and the product has them packed.
func TestFilesAreCurrent(t *testing.T) {
	var all []product.File
	for _, d := range described(t) {
		text, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, product.File{Name: d.Name, JSON: text})
		var want bytes.Buffer
		if err := json.Indent(&want, text, "", " "); err != nil {
			t.Fatal(err)
		}
		want.WriteByte('\n')
		file := filepath.Join(folder, d.Name+".json")
		if *update {
			if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if have, err := os.ReadFile(file); err != nil || !bytes.Equal(have, want.Bytes()) {
			t.Errorf("%s is not what %s.yaml says (%v): go test ./test/dashboards -update writes it", file, d.Name, err)
		}
	}
	if *update {
		pack(t, all)
		return
	}
	if files, err := filepath.Glob(folder + "/*.json"); err != nil || len(files) != len(all) {
		t.Errorf("%d files of %d dashboards: %v", len(files), len(all), err)
	}
	packed := product.Files()
	if len(packed) != len(all) {
		t.Fatalf("%d packed dashboards of %d: go test ./test/dashboards -update packs them", len(packed), len(all))
	}
	for i := range all {
		if packed[i].Name != all[i].Name || !bytes.Equal(packed[i].JSON, all[i].JSON) {
			t.Errorf("%s is not packed as it is: go test ./test/dashboards -update packs it", all[i].Name)
		}
	}
}

func pack(t *testing.T, all []product.File) {
	t.Helper()
	var text, out bytes.Buffer
	plain := json.NewEncoder(&text)
	plain.SetEscapeHTML(false)
	to, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err := errors.Join(err, plain.Encode(all)); err != nil {
		t.Fatal(err)
	}
	if _, err := to.Write(text.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(to.Close(), os.WriteFile(filepath.Join(folder, "dashboards.json.gz"), out.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// TestPanelsExplainThemselves: each has a title, a sentence that describes it, a unit, and a legend where there are several lines.
func TestPanelsExplainThemselves(t *testing.T) {
	uids := map[string]bool{}
	for _, d := range described(t) {
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
