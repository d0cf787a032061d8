package status

import (
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
)

// Document is the status for programs: one row, and the names of the webhook's objects that there are.
func Document(l *installation.Inspection) printers.Document {
	d := printers.Document{Whole: &l.Status, Rows: []any{&l.Status}}
	add := func(version, kind, name string) {
		d.Names = append(d.Names, printers.Name{APIVersion: version, Kind: kind, Name: name})
	}
	if o := l.Have.Webhook; o != nil {
		add("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", o.Name)
	}
	if o := l.Have.Deployment; o != nil {
		add("apps/v1", "Deployment", o.Name)
	}
	if o := l.Have.Config; o != nil {
		add("v1", "ConfigMap", o.Name)
	}
	if o := l.Have.NetworkPolicy; o != nil {
		add("networking.k8s.io/v1", "NetworkPolicy", o.Name)
	}
	return d
}

// Reasons are a line for each thing that could not be seen, and for each problem: for the forms that do not hold them.
func Reasons(s *installation.Status) (lines []string) {
	for _, m := range s.Missing {
		lines = append(lines, missing(m))
	}
	return append(lines, s.Problems...)
}

func missing(m installation.Missing) string {
	text := m.What + ": " + m.Reason
	if m.Grant != "" {
		text += " (grant: " + m.Grant + ")"
	}
	return text
}
