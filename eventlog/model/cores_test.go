package model

import (
	"strings"
	"testing"
)

const (
	coresHead = `{"Event":"SparkListenerApplicationStart","App Name":"a","App ID":"x","Timestamp":1000}
{"Event":"SparkListenerExecutorAdded","Timestamp":1000,"Executor ID":"1","Executor Info":{"Total Cores":4,"Resource Profile Id":0}}
`
	coresTail = `{"Event":"SparkListenerApplicationEnd","Timestamp":11000}`
)

// endedTask is a task of a stage that took some milliseconds.
func endedTask(stage string, millis int) string {
	return `{"Event":"SparkListenerTaskEnd","Stage ID":` + stage + `,"Stage Attempt ID":0,"Task End Reason":{"Reason":"Success"},"Task Info":{"Launch Time":2000,"Executor ID":"1","Finish Time":` + itoa(2000+millis) + `}}` + "\n"
}

// TestTheUsedShareCountsTheCoresOfTasks: a task takes what its profile or spark.task.cpus says.
func TestTheUsedShareCountsTheCoresOfTasks(t *testing.T) {
	const (
		two       = `{"Event":"SparkListenerEnvironmentUpdate","Spark Properties":{"spark.task.cpus":"2"}}` + "\n"
		none      = `{"Event":"SparkListenerResourceProfileAdded","Resource Profile Id":1,"Executor Resource Requests":{},"Task Resource Requests":{"gpu":{"Resource Name":"gpu","Amount":1.0}}}` + "\n"
		three     = `{"Event":"SparkListenerResourceProfileAdded","Resource Profile Id":1,"Executor Resource Requests":{},"Task Resource Requests":{"cpus":{"Resource Name":"cpus","Amount":3.0}}}` + "\n"
		submitted = `{"Event":"SparkListenerStageSubmitted","Stage Info":{"Stage ID":1,"Stage Attempt ID":0,"Resource Profile Id":1}}` + "\n"
	)
	for _, c := range []struct {
		name, log string
		want      float64
	}{
		{"one core each", endedTask("0", 4000), .1},
		{"spark.task.cpus", two + endedTask("0", 4000), .2},
		{"a number that Spark refuses", strings.Replace(two, `"2"`, `"0"`, 1) + endedTask("0", 4000), .1},
		{"a profile of a stage", two + three + submitted + endedTask("0", 4000) + endedTask("1", 4000), .5},
		{"a profile without cores", two + none + submitted + endedTask("1", 4000), .2},
		{"the profile comes later", endedTask("1", 4000) + submitted + three, .3},
		{"no more than all", three + submitted + endedTask("1", 100_000), 1},
	} {
		if got := recorded(t, text(strings.Split(coresHead+c.log+coresTail, "\n")...)...).UsedShare; got != c.want {
			t.Errorf("%s: %v, not %v", c.name, got, c.want)
		}
	}
}

// TestAStageThatIsLeftOutKeepsItsCores in the share: what is pruned is not forgotten.
func TestAStageThatIsLeftOutKeepsItsCores(t *testing.T) {
	r := NewRecorder()
	end := func(stage int) {
		if err := r.Record([]byte(endedTask(itoa(stage), 1))); err != nil {
			t.Fatal(err)
		}
	}
	for stage := range 2 * maxStages {
		end(stage)
	}
	for _, st := range r.stages {
		st.Profile = 1
	}
	end(2 * maxStages)
	r.stages = map[stageKey]*stage{{0, 0}: {sums: [metrics]int64{mDuration: r.pruned[1]}}}
	run := Run{Profiles: []Profile{{ID: 1, Task: map[string]float64{"cpus": 3}}}}
	if got := r.cores(&run); r.pruned[1] != maxStages || got != 2 {
		t.Errorf("%v cores of %v", got, r.pruned)
	}
}

// TestRemovalsAreNumberedInTheirOrder: executors are listed as they come first, and removed as the log says.
func TestRemovalsAreNumberedInTheirOrder(t *testing.T) {
	removed := func(id string) string {
		return `{"Event":"SparkListenerExecutorRemoved","Timestamp":3000,"Executor ID":"` + id + `","Removed Reason":"x"}`
	}
	run := recorded(t, text(endedTask("0", 1), removed("3"), removed("1"))...)
	if len(run.Each) != 2 || run.Each[0].ID != "1" || run.Each[0].Removal != 2 || run.Each[1].Removal != 1 {
		t.Errorf("%+v", run.Each)
	}
}
