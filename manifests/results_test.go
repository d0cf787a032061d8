package manifests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
)

// TestEveryResultIsListed: status tells of those only.
func TestEveryResultIsListed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "results.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is {
			return true
		}
		for _, value := range spec.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if named++; !slices.Contains(Results(), Result(text)) {
				t.Errorf("Results lacks %q", text)
			}
		}
		return true
	})
	if named != len(Results()) || named < 11 {
		t.Errorf("%d results are named, %d are listed", named, len(Results()))
	}
}
