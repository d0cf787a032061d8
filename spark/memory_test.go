package spark

import (
	"errors"
	"testing"
)

func TestExecutorFloorNeverExceedsWhatSparkAsksFor(t *testing.T) {
	for _, heap := range []int64{1, 600, 1024, 3839, 3840, 3850, 4096, 54321, 1 << 30} {
		for _, version := range []Version{{3, 3, 4}, {3, 5, 9}, {4, 3, 0}, {}} {
			conf := Conf{"spark.executor.memory": {Value: FormatSize(heap << 20)}}
			got, err := PodMemory(MemoryInput{Version: version, Role: Executor, Conf: conf, Python: true, ClusterMode: true})
			plain, plainErr := PodMemory(MemoryInput{Version: version, Role: Executor, Conf: conf})
			floor := ExecutorFloor(version, heap)
			if err != nil || plainErr != nil || floor > got.Total() || floor != plain.Total() {
				t.Errorf("%v with %dm: floor %d, asked %d and %d, %v, %v", version, heap, floor, plain.Total(), got.Total(), err, plainErr)
			}
		}
	}
}

func TestMemoryOverheadReplacesWhatWouldBeDerived(t *testing.T) {
	conf := Conf{"spark.driver.memory": {Value: "8g"}, "spark.driver.memoryOverhead": {Value: "100m", Line: 7}}
	got, err := PodMemory(MemoryInput{Role: Driver, Conf: conf})
	if err != nil || !got.OverheadSet || got.Overhead != 100 || got.Derived != 819 || got.Total() != 8292 {
		t.Errorf("got %+v, %v", got, err)
	}
	conf["spark.driver.memoryOverhead"] = Setting{Value: "10 %", Line: 7}
	var bad *ConfError
	if _, err = PodMemory(MemoryInput{Role: Driver, Conf: conf}); !errors.As(err, &bad) || bad.Line() != 7 {
		t.Errorf("got %v", err)
	}
	if _, err = PodMemory(MemoryInput{Role: Worker}); err == nil {
		t.Error("a worker has no formula")
	}
}
