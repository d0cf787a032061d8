package model

import (
	"strings"
	"testing"
)

// TestALineIsSearchedInVainOnce: a line of many arrays, none followed by what Spark writes, takes time by its length alone.
func TestALineIsSearchedInVainOnce(t *testing.T) {
	s := scanner{b: []byte(`[1][2,3]`)}
	s.jump([]byte(`x`))
	s.jump([]byte(`2`))
	if s.bad || s.i != len(s.b) {
		t.Errorf("stands at %d of %d, bad %v", s.i, len(s.b), s.bad)
	}
}

// TestLongNamesAreNotKept: of names that are longer than any that Spark writes nothing or a part stays.
func TestLongNamesAreNotKept(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	r := NewRecorder()
	resources := ""
	for i := range 2 * maxResources {
		resources += `"` + itoa(i) + `":{"Resource Name":"` + itoa(i) + `","Amount":1},`
	}
	for _, line := range []string{
		`{"Event":"SparkListenerExecutorAdded","Timestamp":1,"Executor ID":"` + long + `","Executor Info":{"Total Cores":1}}`,
		`{"Event":"SparkListenerEnvironmentUpdate","Spark Properties":{"spark.executor.` + long + `":"1","spark.executor.cores":"` + long + `"}}`,
		`{"Event":"SparkListenerResourceProfileAdded","Resource Profile Id":1,"Executor Resource Requests":{` + strings.TrimSuffix(resources, ",") + `}}`,
	} {
		if err := r.Record([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	for id := range r.executors {
		if len(id) > maxWords {
			t.Errorf("an id of %d bytes is kept", len(id))
		}
	}
	run := r.Run()
	if len(run.Spark) != 1 || len(run.Spark["spark.executor.cores"]) != maxProperty {
		t.Errorf("%d properties", len(run.Spark))
	}
	if len(run.Profiles) != 1 || len(run.Profiles[0].Executor) != maxResources {
		t.Errorf("%d resources", len(run.Profiles[0].Executor))
	}
}
