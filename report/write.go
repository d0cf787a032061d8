package report

import (
	"io"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Formats lists the forms of a report that kubectl does not know; the first is the usual one.
func Formats() []string { return []string{"table", "wide", "markdown"} }

// Options say how a report is written.
type Options struct {
	Format string // one of Formats, or one that kubectl knows
	// Printer is that of kubectl's forms; nil where Format says all.
	Printer printers.Printer
	Lowest  rule.Level // the lowest level that the tables show; "": warning
	Color   bool
	ASCII   bool // the terminal's character set has no √ and ✗
	// Width is the number of columns of a line; 0 for the usual 80. The wide form breaks no line.
	Width int
	// By is what a table is grouped by, ByWorkload or ByFinding; "" for the one that suits the number of workloads.
	By string
	// Install is the command that installs the webhook, and Injected are the codes of what it edits in new pods; "" and nil where
	// it is installed, or that is not known.
	Install  string
	Injected map[string]bool
	// Right shows settings that are right too.
	Right bool
	wide  bool
	// ShowSecrets leaves what looks like a secret in a recommendation in the clear.
	ShowSecrets bool
}

// shows says whether a level is shown.
func (o Options) shows(level rule.Level) bool {
	if o.Lowest == "" {
		return level.AtLeast(rule.Warning)
	}
	return level.AtLeast(o.Lowest)
}

// own says that a form is one of formats, the first of which is the usual one, and none that kubectl knows.
func (o Options) own(formats []string) bool {
	return o.Printer == nil && (o.Format == "" || slices.Contains(formats, o.Format))
}

// print writes a document in one of kubectl's forms.
func (o Options) print(w io.Writer, d printers.Document) error {
	printer := o.Printer
	if printer == nil {
		var err error
		if printer, err = printers.Of(o.Format); err != nil {
			return err
		}
	}
	return printer(w, d)
}

// Write writes a finished report.
func (r *Report) Write(w io.Writer, o Options) error {
	switch {
	case !o.own(Formats()):
	case o.Format == "markdown":
		return r.markdown(w, o)
	default:
		o.wide = o.Format == "wide"
		return r.table(w, o)
	}
	d := printers.Document{Whole: r, Names: r.names(o)}
	shown, _ := r.shown(o)
	for _, f := range shown {
		d.Rows = append(d.Rows, f)
	}
	return o.print(w, d)
}
