package diagnosis_test

import (
	"encoding/json"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

// TestReportsDoNotDependOnTheProcessors: workloads are judged at the same time, also those of one file, and told of in their order.
func TestReportsDoNotDependOnTheProcessors(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("../examples/faulty/*")
	forms, _ := filepath.Glob("../test/fixtures/forms/*")
	if names = append(names, forms...); err != nil || len(names) == 0 || len(forms) == 0 {
		t.Fatal(names, err)
	}
	judged := func(processors int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		sc, err := scene.Files(t.Context(), scene.Input{Names: names, Nodes: []shapes.Node{{Name: "large", CPUMilli: 16_000, MemoryMiB: 64 << 10}}})
		if err != nil {
			t.Fatal(err)
		}
		r, notes, err := diagnosis.Of(t.Context(), sc, scene.Wanted{Set: set}, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal([]any{r, notes})
		if err != nil || len(r.Findings) < 50 {
			t.Fatal(len(r.Findings), err)
		}
		return string(text)
	}
	if one, several := judged(1), judged(8); one != several {
		t.Errorf("on one processor:\n%s\non several:\n%s", one, several)
	}
}

// TestWhatIsJudgedIsLetGo: of thousands of workloads the pods and what is found in them are not held together.
func TestWhatIsJudgedIsLetGo(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("../examples/faulty/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	sc, err := scene.Files(t.Context(), scene.Input{Names: names})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := diagnosis.Of(t.Context(), sc, scene.Wanted{Set: set}, nil); err != nil {
		t.Fatal(err)
	}
	for _, w := range sc.Workloads {
		if held := w.Subjects != nil || w.Workload.Subjects != nil || w.Conf != nil; held != (w.Example || w.Twin != nil) {
			t.Errorf("%s: %v", w.Title, held)
		}
	}
}
