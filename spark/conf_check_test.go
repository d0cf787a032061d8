package spark

import (
	"errors"
	"testing"
)

func TestCheckNamesTheSizesThatCannotBeRead(t *testing.T) {
	good := Conf{"spark.executor.memory": {Value: "6g"}, "spark.driver.memory": {Value: "${MEM}"}, "spark.executor.cores": {Value: "two"}}
	if err := good.Check(); err != nil {
		t.Errorf("good: %v", err)
	}
	bad := Conf{"spark.executor.memoryOverhead": {Value: "6 gigs", Line: 7}}
	var at *ConfError
	if err := bad.Check(); !errors.As(err, &at) || at.Key != "spark.executor.memoryOverhead" || at.Line() != 7 {
		t.Errorf("bad: %v", err)
	}
}
