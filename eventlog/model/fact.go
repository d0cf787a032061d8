package model

import "github.com/kubectl-spark/kubectl-spark/rule"

// Logged is a run, and how far its log was read.
type Logged struct {
	Log Reading `json:"log"`
	Run Run     `json:"run"`
	// Pods is what a Prometheus knows of the run's pods; nil where none was asked.
	Pods *Pods `json:"pods,omitempty"`
}

// FactRuns are runs of a workload, as their event logs tell them.
var FactRuns = rule.NewFact[[]Logged]("the event log")

// Whole says that the log was read from start to end, that it holds every kind of event, and that the application ended and none of its
// jobs failed: what did not happen in such a run is known not to have happened.
func (l *Logged) Whole() bool {
	for _, what := range []string{leftExecutors, leftJobs, leftReasons} {
		if l.Run.LeftOut[what] > 0 {
			return false
		}
	}
	return l.Log.Complete && l.Run.Outcome == Done && l.Run.Spark[excluded] == ""
}

// What a bound may leave out that says how a run went.
const (
	leftExecutors = "executors"
	leftJobs      = "jobs"
	leftReasons   = "reasons of failures"
)
