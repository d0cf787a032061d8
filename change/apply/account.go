package apply

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	pjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// The field of a pod that names its ServiceAccount, and the name that it had before.
const (
	accountField    = "serviceAccountName"
	oldAccountField = "serviceAccount"
)

// operated is the object after its operations. Those that change the ServiceAccount of pods change it by both names of the field.
func (o *Object) operated() ([]byte, error) {
	if group, _, grouped := strings.Cut(o.APIVersion, "/"); !grouped || group == "apps" || group == "batch" {
		o.Operations = bothAccounts(o.Before, o.Operations)
	}
	return pjson.Apply(o.Before, o.Operations)
}

// bothAccounts are operations with those for the old name of the field. The API server sets the one by the other: where one alone is
// removed, it comes back.
func bothAccounts(before []byte, ops []patch.Op) []patch.Op {
	all := slices.Clone(ops)
	for _, op := range ops {
		at, err := patch.ParsePointer(op.Path)
		if err != nil || len(at) < 2 || patch.Last(at) != accountField || at[len(at)-2] != "spec" {
			continue
		}
		old := at[:len(at)-1].With(oldAccountField)
		if slices.ContainsFunc(ops, func(other patch.Op) bool { return other.Path == old.Pointer() }) {
			continue
		}
		_, stands := patch.Lookup(before, old)
		switch {
		case op.Op != patch.Remove && stands:
			all = append(all, patch.Op{Op: patch.Replace, Path: old.Pointer(), Value: op.Value})
		case op.Op != patch.Remove:
			all = append(all, patch.Op{Op: patch.Add, Path: old.Pointer(), Value: op.Value})
		case stands:
			all = append(all, patch.Op{Op: patch.Remove, Path: old.Pointer()})
		}
	}
	return all
}
