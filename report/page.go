package report

import (
	"io"

	"github.com/kubectl-spark/kubectl-spark/report/curves"
)

// HTML is the form of a prediction that is one page.
const HTML = "html"

// page writes a prediction as one page.
func (r *Tuning) page(w io.Writer) error {
	return curves.Write(w, curves.Input{Log: &r.Log, Run: &r.Run, Result: r.Result, Regression: r.Regression, Unread: r.EventLog.NotRead()})
}
