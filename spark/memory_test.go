package spark

import (
	"errors"
	"testing"
)

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
