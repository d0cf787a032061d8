package prediction

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// realRun is the kept log of a real run on two executors.
func realRun(t *testing.T, version string) *model.Run {
	t.Helper()
	logs, err := filepath.Glob("../test/e2e/testdata/eventlogs/" + version + "/two-executors/*spark-*")
	if err != nil || len(logs) != 1 {
		t.Fatal(logs, err)
	}
	log, err := eventlog.Read(t.Context(), logs[0], nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &log.Run
}

// TestTheNextRunOfARealOne: without changes it is the run again, and each change of its size is in the time or in the costs.
func TestTheNextRunOfARealOne(t *testing.T) {
	for _, version := range []string{"3.5.9", "4.3.0"} {
		run := realRun(t, version)
		next := func(conf spark.Conf, changes ...spark.Change) *Next {
			t.Helper()
			n, err := NextRun(run, conf, changes)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		same := next(nil)
		if same.Executors != 2 || same.Dynamic || len(same.Open) > 0 || math.Abs(same.Seconds/run.Seconds-1) > .02 || same.Low > run.Seconds || same.High < run.Seconds {
			t.Errorf("%s took %.1f s: %+v", version, run.Seconds, same)
		}
		result, err := Predict(run, Wanted{Executors: []int{1}})
		if err != nil {
			t.Fatal(err)
		}
		if ran := result.Ran.MemoryGiBHours; math.Abs(same.MemoryGiBHours/ran-1) > .03 {
			t.Errorf("%s cost %.4f GiB·h, and the same again %.4f", version, ran, same.MemoryGiBHours)
		}
		one := next(nil, spark.Change{Key: keyInstances, Value: "1"})
		if p := result.Points[0]; one.Seconds != p.Seconds || one.Low != p.Low || one.High != p.High || one.Executors != 1 {
			t.Errorf("%s with one executor: %+v, want %+v", version, one, p)
		}
		if specified := next(spark.Conf{keyInstances: {Value: "1"}}); specified.Seconds != one.Seconds {
			t.Errorf("%s, one executor by the configuration: %+v", version, specified)
		}
		more := next(nil, spark.Change{Key: "spark.executor.memoryOverhead", Value: "2g"})
		if more.Seconds != same.Seconds || more.High != same.High || more.MemoryGiBHours < 1.5*same.MemoryGiBHours {
			t.Errorf("%s with more overhead: %+v, was %+v", version, more, same)
		}
		heap := next(nil, spark.Change{Key: keyHeap, Value: "2g"})
		if heap.Low > same.Low || heap.MemoryGiBHours <= same.MemoryGiBHours {
			t.Errorf("%s with a larger heap: %+v, was %+v", version, heap, same)
		}
		open := next(nil, spark.Change{Key: "spark.sql.shuffle.partitions", Value: "7"}, spark.Change{Key: "spark.eventLog.enabled", Value: "true"})
		if !slices.Equal(open.Open, []string{"spark.sql.shuffle.partitions"}) || open.Seconds != same.Seconds {
			t.Errorf("%s: %+v", version, open)
		}
	}
}

// TestWhatNoRunShowsIsNotPredicted.
func TestWhatNoRunShowsIsNotPredicted(t *testing.T) {
	run := realRun(t, "3.5.9")
	for says, c := range map[string]spark.Change{
		"spark.dynamicAllocation.enabled is changed": {Key: keyDynamic, Value: "true"},
		"spark.executor.instances is not a number":   {Key: keyInstances, Unset: true},
		"spark.executor.cores is not a number":       {Key: keyCores, Value: "many"},
		"spark.executor.memory: ":                    {Key: keyHeap, Value: "1"},
	} {
		n, err := NextRun(run, nil, []spark.Change{c})
		var few *Insufficient
		if !errors.As(err, &few) || !strings.Contains(few.Reason, says) {
			t.Errorf("%+v: %+v, %v", c, n, err)
		}
	}
}
