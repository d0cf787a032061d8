package sizing

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestLacks: what is set and what Spark derives are measured by one need; only less than Spark derives is certain.
func TestLacks(t *testing.T) {
	for name, one := range map[string]struct {
		overhead string
		lacks    int64
		certain  bool
	}{
		"set, below what Spark derives":         {"256m", 935, true},
		"derived, below the estimated need":     {"", 372, false},
		"set to what Spark derives":             {"819m", 372, false},
		"set to the estimated need":             {"1191m", 0, false},
		"set to more than the need":             {"2g", 0, false},
		"set, one MiB below what Spark derives": {"818m", 373, true},
	} {
		conf := spark.Conf{"spark.executor.memory": {Value: "8g"}, "spark.executor.cores": {Value: "4"}}
		if one.overhead != "" {
			conf["spark.executor.memoryOverhead"] = spark.Setting{Value: one.overhead}
		}
		pod, err := PodOf(spark.MemoryInput{Version: spark.Version{Major: 3, Minor: 5, Patch: 6}, Role: spark.Executor, Conf: conf, ClusterMode: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if mib, certain := pod.Lacks(); mib != one.lacks || certain != one.certain {
			t.Errorf("%s: lacks %d, certain %v", name, mib, certain)
		}
	}
}

// TestNodeCount: twice the cores is many.
func TestNodeCount(t *testing.T) {
	for _, one := range []struct {
		processors, cores int64
		want              Verdict
	}{{0, 4, Prior}, {7, 4, Fits}, {8, 4, Short}, {1, 1, Fits}, {2, 1, Short}} {
		if got := NodeCount(one.processors, one.cores); got != one.want {
			t.Errorf("%d processors, %d cores: %s", one.processors, one.cores, got)
		}
	}
}
