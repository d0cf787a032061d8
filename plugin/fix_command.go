package plugin

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// mender gives the command that mends a finding of a subject, "" where fix has nothing that it could change: pods are made
// anew from what owns them, so that it is the owner that must have the fault, and a form for its mend.
func (d *diagnosis) mender(name string, w *workload.Workload, s workload.Subject) func(rule.Finding) string {
	command := func(f rule.Finding, docs ...*workload.Document) string {
		return "kubectl spark fix " + d.where(docs...) + " " + f.Code
	}
	owner := slices.IndexFunc(w.Subjects, func(o workload.Subject) bool { return !o.Live && o.Slot.Role == s.Slot.Role })
	var mended map[string]bool // what can be mended in the owner, by code
	return func(f rule.Finding) string {
		switch {
		case len(f.Edits) == 0:
			return ""
		case !s.Live || d.file[s.Doc] != "":
			return command(f, s.Doc)
		case owner < 0 && w.Kind == "Pod" && f.OfConf: // as arguments for what submits it; the driver's pod tells of the configuration
			var pods []*workload.Document
			if driver := slices.IndexFunc(w.Subjects, func(o workload.Subject) bool { return o.Slot.Role != spark.Executor }); driver >= 0 && w.Subjects[driver].Doc != s.Doc {
				pods = append(pods, w.Subjects[driver].Doc)
			}
			return command(f, append(pods, s.Doc)...)
		case owner < 0:
			return ""
		}
		if mended == nil {
			mended = d.mendable(name, w.Subjects[owner])
		}
		if !mended[f.Code] {
			return ""
		}
		return command(f, w.Subjects[owner].Doc)
	}
}

// mendable are the codes of the findings that a subject has and that edits mend.
func (d *diagnosis) mendable(name string, s workload.Subject) map[string]bool {
	notes := len(d.notes)
	in, _ := d.input(name, s)
	d.notes = d.notes[:notes] // they are told of the subject itself, where it is looked at
	codes := map[string]bool{}
	for _, f := range d.set.Diagnose(in).Findings {
		codes[f.Code] = codes[f.Code] || len(f.Edits) > 0
	}
	return codes
}

// where names documents as fix takes them: their file, or the objects of a namespace.
func (d *diagnosis) where(docs ...*workload.Document) string {
	switch file := d.file[docs[0]]; {
	case file == standardInput:
		return "-f -"
	case file != "":
		return "-f " + submit.Quote(file)
	}
	var objects []string
	for _, doc := range docs {
		objects = append(objects, report.Subject{APIVersion: doc.APIVersion, Kind: doc.Kind, Name: doc.Name}.String())
	}
	if docs[0].Namespace != "" {
		objects = append(objects, "-n "+docs[0].Namespace)
	}
	return strings.Join(objects, " ")
}
