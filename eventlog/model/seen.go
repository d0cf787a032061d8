package model

// Seen are the runs whose logs were found, each with the log that was found first: a copy of a log is no other run.
type Seen map[seenRun]string

// seenRun tells a run from others: by its id, or by its start where the log names no id.
type seenRun struct {
	name, id, attempt string
	started           int64
}

// Again notes that a log is of a run. again says that another log was of that run before, which is first.
func (s Seen) Again(app Application, log string) (first string, again bool) {
	run := seenRun{name: app.Name, id: app.ID, attempt: app.Attempt}
	if app.ID == "" {
		run.started = app.Started.UnixMilli()
	}
	if first, again = s[run]; !again {
		s[run] = log
	}
	return first, again
}
