package rule

import (
	"encoding/json"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Verb says what the edit does at its Path: patch.Add whatever parents its operation brings along.
func (e Edit) Verb() string {
	if len(e.Ops) == 0 {
		return ""
	}
	return e.Ops[0].Op
}

// Leaf is the value that the edit wants at its Path, without the parents that its operation brings along; nil for one
// that removes, and for a change of a configuration.
func (e Edit) Leaf() json.RawMessage {
	if len(e.Ops) == 0 || e.Ops[0].Op == patch.Remove {
		return nil
	}
	value := e.Ops[0].Value
	made, err := patch.ParsePointer(e.Ops[0].Path)
	if err != nil {
		return nil
	}
	for _, segment := range e.Path[len(made):] {
		if segment == "-" {
			segment = "0"
		}
		inner, ok := patch.Lookup(value, patch.Path{segment})
		if !ok {
			return nil
		}
		value = inner
	}
	return value
}

// PodReport is the report that an owner's template gives its pods. It has no undo texts, because only the owner is
// uninjected, and no parts that the owner refused. A pod with all other parts in place gets the same report, so no edit.
func PodReport(report string, refused []string) string {
	r, err := ReadReport(report)
	if err != nil {
		return ""
	}
	r.Undo = nil
	r.Applied = slices.DeleteFunc(r.Applied, func(code string) bool { return slices.Contains(refused, code) })
	if len(r.Applied) == 0 && len(r.Refused) == 0 {
		return ""
	}
	text, _ := r.fit()
	return text
}
