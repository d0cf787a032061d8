package workload

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// WriteEventLogs says that a workload writes an event log.
func WriteEventLogs(all []Workload) bool {
	writes := func(conf spark.Conf) bool {
		on, _ := conf.Get("spark.eventLog.enabled")
		return strings.EqualFold(strings.TrimSpace(on), "true")
	}
	return slices.ContainsFunc(all, func(w Workload) bool {
		return writes(w.Conf) || slices.ContainsFunc(w.Subjects, func(s Subject) bool { return writes(s.Slot.Conf) })
	})
}
