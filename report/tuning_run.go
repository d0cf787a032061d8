package report

import (
	"github.com/kubectl-spark/kubectl-spark/report/printers"
)

// eventLog is a recommendation without workloads, of a log alone.
func (r *Tuning) eventLog() bool { return r.EventLog != nil && len(r.Workloads) == 0 }

// coverEventLog notes what of the log was not read.
func (r *Tuning) coverEventLog() {
	if r.EventLog == nil {
		return
	}
	r.EventLog.Clean()
	for i := range r.Earlier {
		r.Earlier[i].Clean()
		for _, reason := range r.Earlier[i].NotRead() {
			r.Coverage.NotChecked = append(r.Coverage.NotChecked, NotChecked{Object: r.Earlier[i].Log.Name, Reason: reason})
		}
	}
	for _, reason := range r.EventLog.NotRead() {
		r.Coverage.NotChecked = append(r.Coverage.NotChecked, NotChecked{Object: r.EventLog.Log.Name, Reason: reason})
	}
}

// eventLogDocument has a row of the run, or one for each prediction, and the application's id as its name.
func (r *Tuning) eventLogDocument() printers.Document {
	if r.Result != nil {
		d := printers.Document{Whole: r, Names: []printers.Name{{Name: r.EventLog.Run.Application.ID}}}
		for _, point := range r.Points {
			d.Rows = append(d.Rows, point)
		}
		return d
	}
	return printers.Document{Whole: r, Rows: []any{r.EventLog.Run}, Names: []printers.Name{{Name: r.EventLog.Run.Application.ID}}}
}
