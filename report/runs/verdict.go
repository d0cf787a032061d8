package runs

import (
	"fmt"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// ranVerdict says what the run did, then how far the log was read. A check mark stands over a run that ended and whose jobs
// succeeded, in a log that was read completely.
func (t *table) ranVerdict(e *EventLog) {
	t.WriteByte('\n')
	bad, text := ranOutcome(e)
	sign, read := t.Paint(layout.Green, t.Glyph("√", "ok")), "the log was read completely"
	if !e.Log.Complete {
		read = fmt.Sprintf("the log is not complete; the last event read is %s of %s", e.Log.LastEvent, e.Log.LastTime.Format(time.DateTime))
	}
	switch {
	case e.Run.Outcome == model.Failed:
		sign = t.Sign(rule.Error)
	case bad, !e.Log.Complete:
		sign = t.Sign(rule.Warning)
	}
	t.Wrapped(sign+" ", "  ", text+t.Sep()+read)
}

// ranOutcome words how the run ended, and says whether that is anything but well.
func ranOutcome(e *EventLog) (bad bool, text string) {
	r := &e.Run
	failed, stopped := r.FailedJobs()
	jobs := layout.Count(len(r.Jobs), "job", "jobs")
	if r.LeftOut["jobs"] > 0 {
		jobs = "the first " + jobs
	}
	switch r.Outcome {
	case model.NoEnd:
		return true, "the application has no end: it still ran, or its driver was killed"
	case model.Failed:
		text = fmt.Sprintf("the application failed with exit code %d", *r.Application.ExitCode)
		if failed+stopped > 0 {
			text += fmt.Sprintf("; %d of %s failed", failed+stopped, jobs)
		}
		return true, text
	case model.Stopped:
		if len(e.Log.Incomplete) > 0 { // their ends may be what is missing
			return true, fmt.Sprintf("the application ended, and %s in the log", layout.Count(stopped, "job has no end", "jobs have no end"))
		}
		return true, fmt.Sprintf("the application was stopped while %s ran", layout.Count(stopped, "job", "jobs"))
	case model.Failures:
		return true, fmt.Sprintf("the application ended, and %d of %s failed", failed, jobs)
	}
	if len(r.Jobs) == 0 {
		return false, "the application ended, and ran no job"
	}
	return false, "the application ended, and " + jobs + " succeeded"
}
