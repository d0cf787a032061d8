package apply

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	pjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// TestAnAccountIsSetByBothNames of the field, in the pods of the API server's own kinds; TestDriversOfTheDefaultAccountGetTheirOwn shows why.
func TestAnAccountIsSetByBothNames(t *testing.T) {
	at := patch.Path{"spec", "template", "spec", "serviceAccountName"}.Pointer()
	add, replace, remove := patch.Op{Op: patch.Add, Path: at, Value: patch.Text("b")}, patch.Op{Op: patch.Replace, Path: at, Value: patch.Text("b")}, patch.Op{Op: patch.Remove, Path: at}
	for _, c := range []struct {
		version, before string
		op              patch.Op
		want            string
	}{
		{"apps/v1", `{}`, add, `{"serviceAccount":"b","serviceAccountName":"b"}`},
		{"batch/v1", `{"serviceAccount":"a","serviceAccountName":"a"}`, replace, `{"serviceAccount":"b","serviceAccountName":"b"}`},
		{"v1", `{"serviceAccount":"a","serviceAccountName":"a"}`, remove, `{}`},
		{"apps/v1", `{"serviceAccountName":"a"}`, remove, `{}`},
		{"spark.apache.org/v1", `{}`, add, `{"serviceAccountName":"b"}`},
	} {
		o := &Object{}
		o.APIVersion, o.Before, o.Operations = c.version, []byte(`{"spec":{"template":{"spec":`+c.before+`}}}`), []patch.Op{c.op}
		got, err := o.operated()
		if want := `{"spec":{"template":{"spec":` + c.want + `}}}`; err != nil || !same(got, []byte(want)) {
			t.Errorf("%s %s %s: %s, want %s: %v", c.version, c.before, c.op.Op, got, want, err)
		}
		again, err := pjson.Apply(o.Before, o.Operations)
		if err != nil || !same(again, got) {
			t.Errorf("%s: the operations give %s: %v", c.version, again, err)
		}
	}
}
