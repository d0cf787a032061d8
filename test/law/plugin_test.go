package law

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestThePluginKnowsNoSpark: a command parses flags, calls and prints. What Spark means stands in spark and workload, which
// it does not import, and no key of Spark stands in its code. Help may show one in an example.
func TestThePluginKnowsNoSpark(t *testing.T) {
	for from, allowed := range mayKnow {
		for _, to := range []string{"spark", "workload"} {
			if under(from, []string{"plugin"}) && under(to, allowed) {
				t.Errorf("the import law lets %s know %s", from, to)
			}
		}
	}
	files, err := filepath.Glob("../../plugin/*.go")
	if below, more := filepath.Glob("../../plugin/*/*.go"); err == nil {
		files, err = append(files, below...), more
	}
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, bytes.TrimSpace(text), 0)
		if err != nil {
			t.Fatal(err)
		}
		help := map[ast.Node]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Long" || key.Name == "Example") {
					help[n.Value] = true
				}
			case *ast.BasicLit:
				word, err := strconv.Unquote(n.Value)
				if n.Kind == token.STRING && err == nil && !help[n] && (strings.HasPrefix(word, "spark.") || strings.Contains(word, " spark.")) {
					t.Errorf("%s: %s is a key of Spark", set.Position(n.Pos()), n.Value)
				}
			}
			return !help[n]
		})
	}
}
