package law

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestNobodyAsksForALauncherByName: a launcher is named where its value stands, in workload/launcher, and in the list of names
// that is generated from there. Others ask for its traits, so that a new one is one more value.
func TestNobodyAsksForALauncherByName(t *testing.T) {
	names := map[string]bool{}
	for _, l := range spark.Launchers(nil) {
		names[strings.ToUpper(string(l)[:1])+string(l)[1:]] = true
	}
	if !names["Kubeflow"] || !names["Native"] {
		t.Fatalf("launchers are %v", names)
	}
	files := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		path = filepath.ToSlash(path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (path == "../../workload/launcher" || path == "../../test"), path == "../../spark/launchers_all.go":
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			name := ""
			switch one := n.(type) {
			case *ast.SelectorExpr:
				if of, ok := one.X.(*ast.Ident); ok && of.Name == "spark" {
					name = one.Sel.Name
				}
			case *ast.Ident:
				if file.Name.Name == "spark" {
					name = one.Name
				}
			}
			if names[name] {
				t.Errorf("%s names the launcher %s: ask for its traits", set.Position(n.Pos()), name)
			}
			return true
		})
		return nil
	})
	if err != nil || files < 100 {
		t.Fatalf("%d files read: %v", files, err)
	}
}
