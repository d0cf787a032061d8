package sizing

import (
	"maps"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
)

// Slip is a setting by which its author meant another one, and what becomes of it.
type Slip struct {
	Key string // as it is written
	To  string // the key that was meant; Key itself, where only the value is none
	// Value is what To gets; "" where the key only goes: To is set already, or Spark reserves more without it (Reserves).
	Value string
	// Factor says that a factor was written, and that Value is the size that it stands for.
	Factor bool
	// Reserves is the overhead in MiB that Spark asks for without the key; 0 where that is not why it goes.
	Reserves int64
}

// Slipped says what becomes of what stands under a key that Spark ignores. Beside an overhead that Spark's own exceeds, one that
// would do takes its place; an overhead that Spark's own exceeds goes.
func Slipped(in spark.MemoryInput, key, to string) Slip {
	s := Slip{Key: key, To: to, Value: in.Conf[key].Value}
	_, set := in.Conf.Get(to)
	for _, in.Role = range spark.Jobs {
		if to != overheadKey(in.Role) {
			continue
		}
		if moved := in; !set {
			moved.Conf = maps.Clone(in.Conf)
			moved.Conf[to] = in.Conf[key]
			if mib, is := OverheadFactor(moved); is {
				s.Value, s.Factor = spark.FormatSize(mib<<20), true
				return s
			}
		}
		have, err := spark.PodMemory(in)
		wanted, _, wrong := in.Conf.SizeFor(in.Version, key, spark.MiB, spark.MiB)
		switch {
		case err != nil || wrong != nil:
		case !set && wanted < have.Derived:
			s.Value, s.Reserves = "", have.Derived
			return s
		case set && have.Overhead < have.Derived && wanted >= have.Derived:
			return s
		}
	}
	if set {
		s.Value = ""
	}
	return s
}

func overheadKey(role spark.Role) string { return "spark." + string(role) + ".memoryOverhead" }

// Meant is a configuration with what its author meant of memory and processors, and the slips that are put right in it. The
// role of the input does not count.
func Meant(in spark.MemoryInput) (meant spark.Conf, slips []Slip) {
	own := false
	change := func(s Slip) {
		if !own {
			own, in.Conf = true, maps.Clone(in.Conf)
		}
		if s.Key != s.To {
			delete(in.Conf, s.Key)
		}
		if s.Value != "" {
			setting := in.Conf[s.To]
			setting.Value = s.Value
			in.Conf[s.To] = setting
		}
		slips = append(slips, s)
	}
	for _, key := range in.Conf.Keys() {
		if !suspicious(key) {
			continue
		}
		known, err := keys.New()
		if err != nil {
			return in.Conf, slips
		}
		if v := known.Look(key, in.Version); v.Kind == keys.Misspelt && v.Same {
			change(Slipped(in, key, v.To))
		}
	}
	for _, in.Role = range spark.Jobs {
		if mib, is := OverheadFactor(in); is {
			key := overheadKey(in.Role)
			change(Slip{Key: key, To: key, Value: spark.FormatSize(mib << 20), Factor: true})
		}
	}
	return in.Conf, slips
}

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

// OverheadFactor is the overhead in MiB that a factor stands for which was written as the input's role's memoryOverhead (0.2): the
// factor of the heap, and what Spark derives at the least. is is false for anything else.
func OverheadFactor(in spark.MemoryInput) (mib int64, is bool) {
	key := overheadKey(in.Role)
	factor, set, err := in.Conf.Decimal(key)
	if text, _ := in.Conf.Get(key); !set || err != nil || factor <= 0 || factor >= 1 || !strings.Contains(text, ".") {
		return 0, false
	}
	in.Conf = maps.Clone(in.Conf)
	delete(in.Conf, key)
	m, err := spark.PodMemory(in)
	if err != nil {
		return 0, false
	}
	return max(int64(factor*float64(m.Heap)), m.Derived), true
}
