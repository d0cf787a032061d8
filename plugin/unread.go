package plugin

import (
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// unread notes what of a document could not be read with certainty: it is no part of what was checked.
func (d *diagnosis) unread(doc *workload.Document) {
	d.notes = append(d.notes, unread(doc, d.file[doc], d.texts())...)
	for _, reason := range doc.Unread(d.texts()) {
		one := report.NotChecked{Object: objectName(doc), Reason: reason}
		if file := d.file[doc]; file != "" {
			one.Location = &report.Location{File: file, Line: max(doc.Line, 1)}
		}
		d.report.Coverage.NotChecked = append(d.report.Coverage.NotChecked, one)
	}
}

// unread words what of a document could not be read with certainty.
func unread(doc *workload.Document, file string, texts workload.Texts) (notes []string) {
	what := objectName(doc)
	if what != "" {
		what += ": "
	}
	if file != "" {
		what = fmt.Sprintf("%s:%d: %s", file, max(doc.Line, 1), what)
	}
	for _, note := range doc.Unread(texts) {
		notes = append(notes, what+note)
	}
	return notes
}

// objectName names an object: job jobs/etl.
func objectName(doc *workload.Document) string {
	name := doc.Name
	if doc.Namespace != "" {
		name = doc.Namespace + "/" + name
	}
	if doc.Kind == "" {
		return "" // the file says it all
	}
	return strings.ToLower(doc.Kind) + " " + name
}

// texts are the files of ConfigMaps that were read; nil where none were.
func (d *diagnosis) texts() workload.Texts {
	if d.around == nil {
		return nil
	}
	return d.around.texts
}
