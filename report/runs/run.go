// Package runs shows what event logs tell of runs, what is predicted of them, and how far predictions are off. Start reading at
// EventLog.
package runs

import (
	"maps"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// EventLog is what tune reads in an event log: how far the log was read, and the run.
type EventLog model.Logged

// NotRead says what of a log was not read.
func (e *EventLog) NotRead() (reasons []string) {
	if reasons = e.Log.Incomplete; len(reasons) == 0 && !e.Log.Complete {
		reasons = []string{"the application's end is not in it"}
	}
	return reasons
}

// Clean makes every text of a log safe to print: a log is written by others. Secrets were masked when it was read; names of files
// and what stands in errors are masked here.
func (e *EventLog) Clean() {
	texts := func(all ...*string) {
		for _, one := range all {
			*one = clean.Text(*one)
		}
	}
	pairs := func(of map[string]string) map[string]string {
		out := maps.Clone(of)
		for key, value := range of {
			delete(out, key)
			out[clean.Text(key)] = clean.Text(value)
		}
		return out
	}
	l, r := &e.Log, &e.Run
	texts(&l.Name, &l.LastEvent, &r.Application.ID, &r.Application.Name, &r.Application.Attempt, &r.Application.Version)
	l.Name = mask.Message(l.Name)
	l.Incomplete = slices.Clone(l.Incomplete)
	for i := range l.Incomplete {
		l.Incomplete[i] = clean.Text(mask.Message(l.Incomplete[i]))
	}
	r.Spark, r.Java = pairs(r.Spark), pairs(r.Java)
	for i := range r.Each {
		texts(&r.Each[i].ID, &r.Each[i].Reason)
	}
	for i := range r.Stages {
		texts(&r.Stages[i].Name, &r.Stages[i].Failure)
	}
	for i := range r.Queries {
		texts(&r.Queries[i].Description, &r.Queries[i].Error)
	}
	for i := range r.Failures {
		texts(&r.Failures[i].Reason, &r.Failures[i].Example)
	}
	for i := range r.Missing {
		texts(&r.Missing[i].What, &r.Missing[i].Setting)
	}
	if e.Pods != nil {
		pods := *e.Pods
		texts(&pods.Server)
		pods.Server = mask.Message(pods.Server)
		pods.Unread = slices.Clone(pods.Unread)
		for i := range pods.Unread {
			pods.Unread[i] = clean.Text(mask.Message(pods.Unread[i]))
		}
		e.Pods = &pods
	}
	for i := range r.Profiles {
		p := &r.Profiles[i]
		for _, of := range []map[string]float64{p.Executor, p.Task} {
			for key, value := range maps.Clone(of) {
				delete(of, key)
				of[clean.Text(key)] = value
			}
		}
	}
}
