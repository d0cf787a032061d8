package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"sync"

	"golang.org/x/tools/go/packages"
)

// What was read of a file serves every system that has it.
var (
	sources = token.NewFileSet()
	parsed  sync.Map // by name: what gives the file, parsed once
)

// typed checks the types of packages and their tests, in the module of folder dir, as for another system. It reads the
// source of what they import, where vet would compile it all once more for each system: minutes on a machine with nothing
// built yet.
func typed(system, dir string, patterns ...string) error {
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps |
			packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedModule,
		Dir:   dir,
		Env:   append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0"),
		Tests: true,
		Fset:  sources,
		ParseFile: func(_ *token.FileSet, name string, text []byte) (*ast.File, error) {
			one, _ := parsed.LoadOrStore(name, sync.OnceValues(func() (*ast.File, error) {
				return parser.ParseFile(sources, name, text, parser.SkipObjectResolution)
			}))
			return one.(func() (*ast.File, error))()
		},
	}, patterns...)
	if err != nil {
		return fmt.Errorf("packages of %s in %s: %w", system, dir, err)
	}
	var problems []error
	packages.Visit(loaded, nil, func(p *packages.Package) {
		for _, e := range p.Errors {
			problems = append(problems, e)
		}
	})
	return errors.Join(problems...)
}
