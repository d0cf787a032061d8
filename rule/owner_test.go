package rule

import (
	"encoding/json"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

func TestALeafIsTheValueWithoutItsParents(t *testing.T) {
	for _, c := range []struct{ path, made, value, want string }{
		{"/metadata/annotations/a", "/metadata/annotations", `{"a":"1"}`, `"1"`},
		{"/metadata/annotations/a", "/metadata/annotations/a", `"1"`, `"1"`},
		{"/spec/volumes/-", "/spec/volumes", `[{"name":"v"}]`, `{"name":"v"}`},
		{"/spec/volumes/-", "/spec/volumes/-", `{"name":"v"}`, `{"name":"v"}`},
		{"/spec/containers/0/securityContext/capabilities/drop", "/spec/containers/0/securityContext", `{"capabilities":{"drop":["ALL"]}}`, `["ALL"]`},
	} {
		path, _ := patch.ParsePointer(c.path)
		e := Edit{Path: path, Ops: []patch.Op{{Op: patch.Add, Path: c.made, Value: json.RawMessage(c.value)}}}
		if got := string(e.Leaf()); got != c.want {
			t.Errorf("%s made at %s: %s, want %s", c.path, c.made, got, c.want)
		}
	}
	if got := (Edit{Ops: []patch.Op{{Op: patch.Remove, Path: "/spec"}}}).Leaf(); got != nil {
		t.Errorf("%s", got)
	}
	if got := (Edit{}).Leaf(); got != nil {
		t.Errorf("%s", got)
	}
}

func TestAParcelHoldsWhatThePodsCanShow(t *testing.T) {
	full := marshal(Report{Revision: "1", Profile: Standard, Container: "c", Applied: []string{"SPK-A001/a", "SPK-A001/b"}, Refused: map[string]Reason{"SPK-B001": UserSet}, Undo: []string{"x"}})
	got, err := ReadReport(PodReport(full, []string{"SPK-A001/b"}))
	if err != nil || len(got.Undo) > 0 || len(got.Applied) != 1 || got.Applied[0] != "SPK-A001/a" || got.Refused["SPK-B001"] != UserSet || got.Revision != "1" || got.Container != "c" {
		t.Errorf("%+v %v", got, err)
	}
	if text := PodReport(marshal(Report{Applied: []string{"SPK-A001/a"}}), []string{"SPK-A001/a"}); text != "" {
		t.Errorf("a report of nothing: %s", text)
	}
	if text := PodReport("no report", nil); text != "" {
		t.Errorf("%s", text)
	}
}
