package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// effects are the methods of a Pass by which a rule says or does something.
var effects = []string{
	"Fill", "Correct", "Remove", "AppendEnv", "AddVolume", "Mount", "Annotate", "MergeTokens",
	"SetConf", "UnsetConf", "RenameConf", "RefuseConf", "Refuse", "Decline", "Report", "ReportConf", "Message", "Level", "Evidence", "Summary",
	"Also", "Cause", "ReportOwner", "ReportPlaces", "Companion", "RefuseFor", "NotKnown",
}

// pass is what every rule calls the Pass that it is given.
const pass = "p"

// mutant is one deletion.
type mutant struct {
	id, code, where, call string
	by                    string // who noticed it; "" nobody
}

// mutate writes the files of the packages in a folder anew, with every effect behind a switch of its own.
func mutate(folder, dir string) (mutants []*mutant, overlay string, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.go"))
	if err != nil {
		return nil, "", err
	}
	root, err := filepath.Abs(".")
	if err != nil {
		return nil, "", err
	}
	replace, gates := map[string]string{}, map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, "", err
		}
		changed, found, err := switches(file, text, len(mutants))
		if err != nil {
			return nil, "", err
		}
		if len(found) == 0 {
			continue
		}
		mutants = append(mutants, found...)
		area := filepath.Dir(file)
		gates[filepath.Join(area, "mutant_gate.go")] = filepath.Base(area)
		name := filepath.Join(dir, filepath.Base(area)+"_"+filepath.Base(file))
		if err := os.WriteFile(name, changed, 0o600); err != nil {
			return nil, "", err
		}
		replace[filepath.Join(root, file)] = name
	}
	for file, area := range gates {
		gate := filepath.Join(dir, area+"_gate.go")
		source := "package " + area + "\n\nimport \"os\"\n\nfunc mutantHolds(id string) bool { return os.Getenv(\"" + variable + "\") == id }\n"
		if err := os.WriteFile(gate, []byte(source), 0o600); err != nil {
			return nil, "", err
		}
		replace[filepath.Join(root, file)] = gate
	}
	overlay, err = writeOverlay(dir, replace)
	return mutants, overlay, err
}

// switches puts a condition in front of every statement of a file that is an effect and nothing else.
func switches(file string, text []byte, first int) (changed []byte, found []*mutant, err error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	type place struct{ from, to int }
	var places []place
	ast.Inspect(tree, func(n ast.Node) bool {
		statement, ok := n.(*ast.ExprStmt)
		if !ok {
			return true
		}
		call, ok := statement.X.(*ast.CallExpr)
		if !ok {
			return true
		}
		name, effect := effectOf(call)
		if !effect {
			return true
		}
		places = append(places, place{set.Position(statement.Pos()).Offset, set.Position(statement.End()).Offset})
		line := set.Position(statement.Pos()).Line
		found = append(found, &mutant{id: fmt.Sprint(first + len(found)), code: codeOf(file), where: fmt.Sprintf("%s:%d", file, line), call: name})
		return true
	})
	at := 0
	for i, p := range places {
		changed = append(changed, text[at:p.from]...)
		changed = append(changed, fmt.Sprintf("if !mutantHolds(%q) { ", found[i].id)...)
		changed = append(append(changed, text[p.from:p.to]...), " }"...)
		at = p.to
	}
	return append(changed, text[at:]...), found, nil
}

// effectOf says whether a call, as a statement of its own, says or does something: a verb of the Pass, whatever is given
// the Pass, and what a rule calls its report.
func effectOf(call *ast.CallExpr) (name string, effect bool) {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name, effect = f.Name, f.Name == "report"
	case *ast.SelectorExpr:
		on, _ := f.X.(*ast.Ident)
		if name = f.Sel.Name; on != nil {
			name, effect = on.Name+"."+name, on.Name == pass && slices.Contains(effects, name)
		}
	}
	if len(call.Args) > 0 {
		first, is := call.Args[0].(*ast.Ident)
		effect = effect || is && first.Name == pass
	}
	return name, effect
}

// codeOf reads the rule's code from its file's name; what rules share goes by the file.
func codeOf(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), ".go")
	if parts := strings.SplitN(name, "_", 3); len(parts) > 1 && parts[0] == "spk" {
		return "SPK-" + strings.ToUpper(parts[1])
	}
	return name
}
