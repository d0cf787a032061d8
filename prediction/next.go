package prediction

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Next is what is predicted of the next run of an application.
type Next struct {
	// Point is the prediction. With another heap Low and High are the bounds of a Heap; High is 0 where nothing bounds the time.
	Point
	// Dynamic says that executors come and go with the work: Executors are the most that there are at once.
	Dynamic bool
	// Open are the changed settings whose effect on the time is not predicted.
	Open []string
}

// Keys by which a next run is sized.
const (
	keyInstances = "spark.executor.instances"
	keyMost      = "spark.dynamicAllocation.maxExecutors"
	keyDynamic   = "spark.dynamicAllocation.enabled"
	keyCores     = "spark.executor.cores"
	keyHeap      = "spark.executor.memory"
)

// NextRun predicts the next run of an application from one that ended. conf is its configuration, of which changes are made. Executors,
// cores and memory are those that it sets, and those of the run where it does not. Costs are by the memory that pods then request. The
// error is *Insufficient where the run is not enough, or no run shows what is changed.
func NextRun(run *model.Run, conf spark.Conf, changes []spark.Change) (*Next, error) {
	m, err := New(run)
	if err != nil {
		return nil, err
	}
	wanted := maps.Clone(run.Spark)
	if wanted == nil {
		return nil, &Insufficient{"the log has no properties of Spark"}
	}
	for key, setting := range conf {
		if sized(key) {
			wanted[key] = setting.Value
		}
	}
	next := &Next{Dynamic: m.dynamic != nil}
	for _, c := range changes {
		if wanted[c.Key] = c.Value; c.Unset {
			delete(wanted, c.Key)
		}
		if !sized(c.Key) && !timeless(c.Key) {
			next.Open = append(next.Open, c.Key)
		}
	}
	changed := func(key string) bool { return wanted[key] != run.Spark[key] }
	count := func(key string, of int) (int, error) {
		if !changed(key) {
			return of, nil
		}
		n, err := strconv.Atoi(strings.TrimSpace(cmp.Or(wanted[key], "1")))
		if err != nil || n < 1 || n > Most || wanted[key] == "" && key != keyCores {
			return 0, &Insufficient{key + " is not a number from 1 to " + strconv.Itoa(Most)}
		}
		return n, nil
	}
	most := keyInstances
	if next.Dynamic {
		most = keyMost
	}
	if on := strings.EqualFold(strings.TrimSpace(wanted[keyDynamic]), "true"); on != next.Dynamic {
		return nil, &Insufficient{keyDynamic + " is changed, and no run shows that"}
	}
	executors, err := count(most, m.executors)
	if err != nil {
		return nil, err
	}
	cores, err := count(keyCores, m.cores)
	if err != nil {
		return nil, err
	}
	pods := *run
	pods.Spark = wanted
	m.memory = memory{podMiB(&pods, spark.Executor, 0), podMiB(&pods, spark.Driver, 0)}
	next.Point = m.At(executors, cores)
	if changed(keyHeap) {
		mib, err := ParseHeap(cmp.Or(wanted[keyHeap], "1g"))
		if err != nil {
			return nil, &Insufficient{keyHeap + ": " + err.Error()}
		}
		bounds := m.heap(mib, next.Point, Prices{})
		next.Low, next.High = bounds.AtLeast, bounds.AtMost
	}
	slices.Sort(next.Open)
	return next, nil
}

// sized says of a key that a prediction goes by it: it sizes pods or says how many there are.
func sized(key string) bool {
	return slices.Contains([]string{keyInstances, keyMost, keyDynamic, keyCores}, key) || strings.HasSuffix(key, "emory") || strings.Contains(key, "emoryOverhead") ||
		strings.HasPrefix(key, "spark.memory.offHeap.")
}

// timeless says of a key that it changes no time of a run that loses no executor: it is about evidence, losses, or the driver's pod.
func timeless(key string) bool {
	return slices.ContainsFunc([]string{"spark.eventLog.", "spark.executor.processTreeMetrics.", "spark.executor.metrics.", "spark.decommission.", "spark.storage.decommission.", "spark.driver.", "spark.kubernetes.driver."},
		func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}
