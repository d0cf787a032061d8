package law

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// odd are names that a reader does not guess, with what to call such a thing.
var odd = map[string]string{"told": "shown, reported, known", "Told": "Reported", "around": "enclosing, related", "unown": "release", "Parcel": "a term of Kubernetes", "parcel": "a term of Kubernetes",
	"roomiest": "largest", "Roomiest": "Largest", "Alone": "Separate"}

// TestNamesThatAReaderGuesses looks at every name that the project declares.
func TestNamesThatAReaderGuesses(t *testing.T) {
	read := 0
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			id, is := n.(*ast.Ident)
			if !is {
				return true
			}
			read++
			if instead := odd[id.Name]; instead != "" {
				t.Errorf("%s: the name %s: write what it is, as %s", files.Position(id.Pos()), id.Name, instead)
			}
			return true
		})
		return nil
	})
	if err != nil || read < 100_000 {
		t.Errorf("%d names were read, %v", read, err)
	}
}
