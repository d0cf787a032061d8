package tuner

import (
	"slices"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

// The rules that judge every key: SPK-P002 one that Spark ignores, SPK-P045 a value that it cannot read.
const (
	ignoredKey = "SPK-P002"
	unreadable = "SPK-P045"
)

// judged is a setting by its name, and the codes of the rules that judge it: what they find, the setting's recommendation
// fixes.
type judged struct {
	name  string
	rules []string
}

// ofApplications are the settings of drivers and executors, ofServers those of servers.
func ofApplications() (all []judged) {
	for _, role := range []string{"driver", "executor"} {
		all = append(all,
			judged{"spark." + role + ".memory", map[string][]string{"driver": {"SPK-P008", "SPK-P057", "SPK-P043", unreadable}, "executor": {"SPK-P008", "SPK-P057", "SPK-P043"}}[role]},
			judged{"spark." + role + ".memoryOverhead", []string{"SPK-P006", "SPK-P001"}},
			judged{"spark." + role + ".cores", nil},
			judged{"spark.kubernetes." + role + ".limit.cores", []string{"SPK-P010", "SPK-P012"}},
			judged{"spark.kubernetes." + role + ".request.cores", []string{"SPK-P012"}})
	}
	return append(all, judged{keyInstances, nil}, judged{"-XX:ActiveProcessorCount", []string{"SPK-P011"}}, judged{"collector", []string{"SPK-P010"}},
		judged{keyMost, nil}, judged{keyLeast, nil}, judged{spark.KeyOffHeapSize, nil}, judged{spark.KeyPySparkMemory, nil},
		judged{keyPartitions, nil}, judged{keyInitial, nil}, judged{keyAdaptive, nil}, judged{keyParallelism, nil}, judged{keySkewJoin, nil}, judged{keySplit, nil}, judged{keyBroadcast, nil},
		judged{keyDecommission, nil}, judged{keyStorage, nil}, judged{keyShuffleMoved, nil}, judged{keyCacheMoved, nil}, judged{occupancy, nil},
		judged{keyEventLog, nil}, judged{keyEventLogDir, nil}, judged{keyRolling, nil}, judged{keyStages, nil}, judged{keyTrees, nil}, judged{keyPolling, nil}, judged{keyYoungGC, nil}, judged{keyOldGC, nil}, judged{gcLogFlag, nil},
		judged{"-XX:G1HeapRegionSize", nil}, judged{"-XX:UseCompactObjectHeaders", nil}, judged{"-XX:ExitOnOutOfMemoryError", nil})
}

func ofServers() []judged {
	return []judged{{"SPARK_WORKER_MEMORY", []string{"SPK-P034"}}, {"SPARK_WORKER_CORES", []string{"SPK-P035"}}, {"SPARK_DAEMON_MEMORY", nil},
		{"limits.memory", []string{"SPK-P034", "SPK-P044"}}, {"requests.memory", []string{"SPK-P034", "SPK-P044"}}, {"limits.cpu", []string{"SPK-P012"}}}
}

// Settings are the names of all settings that something can be recommended for.
func Settings() (names []string) {
	for _, one := range append(ofApplications(), ofServers()...) {
		names = append(names, one.name)
	}
	return names
}

// Rules are the codes of all rules that judge one of them.
func Rules() (codes []string) {
	for _, one := range append(ofApplications(), ofServers()...) {
		codes = append(codes, one.rules...)
	}
	return append(codes, ignoredKey, unreadable)
}

// rulesOf are the codes of the rules that judge a setting. What a worker offers is no other server's.
func (w *work) rulesOf(s Setting) (codes []string) {
	slip, has := w.slips[s.Name]
	switch {
	case has && slip.Key == s.Name:
		codes = []string{unreadable}
	case has, slices.ContainsFunc(w.gone, func(g sizing.Slip) bool { return g.Key == s.Name }):
		codes = []string{ignoredKey}
	}
	return append(codes, w.namedRules(s)...)
}

func (w *work) namedRules(s Setting) []string {
	for _, one := range w.judged {
		if one.name != s.Name {
			continue
		}
		if s.Role != spark.Worker && (s.Name == "limits.memory" || s.Name == "requests.memory") {
			return one.rules[1:]
		}
		return one.rules
	}
	return nil
}
