package sizing

import (
	"maps"
	"strings"
	"sync"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
)

// Meant is a configuration with what its author meant of memory and processors, and under which name or as which value it
// was written: by the right key, what was written instead.
func Meant(conf spark.Conf, version spark.Version) (meant spark.Conf, written map[string]string) {
	meant, written = conf, map[string]string{}
	own := false
	put := func(key, value string) {
		if !own {
			own, meant = true, maps.Clone(conf)
		}
		setting := meant[key]
		setting.Value = value
		meant[key] = setting
	}
	for _, key := range conf.Keys() {
		if !suspicious(key) {
			continue
		}
		known, err := catalogue()
		if err != nil {
			return conf, nil
		}
		v := known.Look(key, version)
		if v.Kind != keys.Misspelt || !v.Same {
			continue
		}
		if value, set := meant.Get(v.To); set && !Replaces(meant, version, key, v.To) {
			put(v.To, value) // what Spark ignores goes, as SPK-P002 takes it out
		} else {
			put(v.To, conf[key].Value)
			written[v.To] = key
		}
		delete(meant, key)
	}
	for _, role := range spark.Jobs {
		if mib, is := OverheadFactor(meant, version, role); is {
			key := "spark." + string(role) + ".memoryOverhead"
			text := meant[key].Value
			put(key, spark.FormatSize(mib<<20))
			written[key] = text
		}
	}
	return meant, written
}

// catalogue is generated data, read when the first slip is looked at.
var catalogue = sync.OnceValues(keys.New)

// suspicious says whether a key may be a slip of one that sizes: it speaks of memory or cores and is none of those that do.
func suspicious(key string) bool {
	lower := strings.ToLower(key)
	if !strings.HasPrefix(lower, "spark.") || !strings.Contains(lower, "memor") && !strings.Contains(lower, "memro") && !strings.Contains(lower, "core") {
		return false
	}
	for _, right := range [...]string{"memory", "memoryOverhead", "memoryOverheadFactor", "minMemoryOverhead", "cores"} {
		if key == "spark.driver."+right || key == "spark.executor."+right {
			return false
		}
	}
	switch key {
	case spark.KeyOffHeapEnabled, spark.KeyOffHeapSize, spark.KeyPySparkMemory, spark.KeyOverheadFactor, spark.KeyMemoryFraction, spark.KeyStorageFraction,
		LimitKey(spark.Driver), LimitKey(spark.Executor), requestKey(spark.Driver), requestKey(spark.Executor):
		return false
	}
	return true
}

// Replaces says whether what stands under a key that Spark ignores is to take the place of what stands under the right one:
// an overhead that Spark's own exceeds, where the other would do.
func Replaces(conf spark.Conf, version spark.Version, key, to string) bool {
	for _, role := range spark.Jobs {
		if to != "spark."+string(role)+".memoryOverhead" {
			continue
		}
		have, err := spark.PodMemory(spark.MemoryInput{Version: version, Role: role, Conf: conf})
		want, _, wantErr := conf.SizeFor(version, key, spark.MiB, spark.MiB)
		return err == nil && wantErr == nil && have.Overhead < have.Derived && want >= have.Derived
	}
	return false
}

// OverheadFactor is the overhead in MiB that a factor stands for which was written as memoryOverhead (0.2): the factor of the
// heap, and what Spark derives at the least. is is false for anything else.
func OverheadFactor(conf spark.Conf, version spark.Version, role spark.Role) (mib int64, is bool) {
	key := "spark." + string(role) + ".memoryOverhead"
	factor, set, err := conf.Decimal(key)
	if text, _ := conf.Get(key); !set || err != nil || factor <= 0 || factor >= 1 || !strings.Contains(text, ".") {
		return 0, false
	}
	rest := spark.Conf{}
	for k, setting := range conf {
		if k != key {
			rest[k] = setting
		}
	}
	m, err := spark.PodMemory(spark.MemoryInput{Version: version, Role: role, Conf: rest})
	if err != nil {
		return 0, false
	}
	return max(int64(factor*float64(m.Heap)), m.Derived), true
}
