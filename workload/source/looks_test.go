package source

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

// TestWhatAControllerMadeIsToldOfTheController: a live pod that looks like Spark and belongs to a controller which is listed
// by itself is no second note.
func TestWhatAControllerMadeIsToldOfTheController(t *testing.T) {
	const pod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","ownerReferences":[{"kind":"OWNER"}]},"spec":{"containers":[{"name":"c","image":"team/spark-etl:1"}]}}`
	for owner, want := range map[string]string{"ReplicaSet": "", "Job": "", "Notebook": "image team/spark-etl:1"} {
		raw := []byte(strings.Replace(pod, "OWNER", owner, 1))
		d, err := launcher.FromObject(raw)
		if err != nil || d.Looks != want {
			t.Errorf("live, of a %s: %q, %v", owner, d.Looks, err)
		}
		f, err := Open("p.json", raw)
		if err != nil || f.Docs[0].Looks == "" {
			t.Errorf("in a file, of a %s: %v", owner, err)
		}
	}
}

// TestAKindThatIsNotKnownIsLookedThrough, as deep as its bound.
func TestAKindThatIsNotKnownIsLookedThrough(t *testing.T) {
	object := func(depth int) *workload.Document {
		raw := `{"image":"x","command":["spark-sql"]}`
		for range depth {
			raw = `[` + raw + `]`
		}
		d, err := launcher.FromObject([]byte(`{"apiVersion":"a.b/v1","kind":"Task","spec":` + raw + `}`))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if got := object(3).Looks; got != "command spark-sql" {
		t.Error(got)
	}
	if got := object(25).Looks; got != "" {
		t.Error(got)
	}
}
