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

// TestNobodyAsksForALauncherByName: a launcher is named where it is made, in spark and workload. Others ask for its traits, so
// that a new one is one more value.
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
		room := strings.SplitN(filepath.ToSlash(path), "/", 4)
		switch {
		case err != nil:
			return err
		case d.IsDir() && len(room) > 2 && (room[2] == "spark" || room[2] == "workload" || room[2] == "test"):
			return filepath.SkipDir
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
			one, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := one.X.(*ast.Ident); ok && of.Name == "spark" && names[one.Sel.Name] {
				t.Errorf("%s names the launcher %s: ask for its traits", set.Position(one.Pos()), one.Sel.Name)
			}
			return true
		})
		return nil
	})
	if err != nil || files < 100 {
		t.Fatalf("%d files read: %v", files, err)
	}
}
