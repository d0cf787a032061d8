package applying

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/forms"
	"github.com/kubectl-spark/kubectl-spark/plugin/input"
	"github.com/kubectl-spark/kubectl-spark/plugin/safe"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Patches writes what would change as operations on objects. Settings for the submit command have no such form.
func Patches(s *session.Session, planned *change.Set, output string, p *safe.Printer) ([]byte, error) {
	all, err := planned.Edited(p.JSON)
	if err == nil {
		err = input.NoFile(planned.Left(), s.ErrOut)
	}
	if err != nil {
		return nil, err
	}
	if n := len(planned.Others); n > 0 {
		s.Say("note: ", fmt.Sprintf("-o %s changes Kubernetes objects only, so %s not among them (-o diff): %s", output, report.Count(n, "changed file is", "changed files are"), clean.Text(scene.FirstNames(planned.Others))))
	}
	if output == "kustomize" && slices.ContainsFunc(all, func(one change.Edited) bool { return one.Live && len(one.Operations) > 0 }) {
		s.Say("note: ", "this is a Component: save it as kustomization.yaml in a folder, and in the kustomization that holds the objects add that folder under components")
	}
	out, notes, err := forms.Patches(all, output)
	for _, note := range notes {
		s.Say("note: ", clean.Text(note))
	}
	text := p.Text(string(out))
	p.Masked = strings.Contains(text, mask.Masked) // of what the operations show
	return []byte(text), err
}

// NamespaceOf gives the namespace of the workload of a title.
func NamespaceOf(sc *scene.Scene) func(title string) string {
	return func(title string) string {
		for _, w := range sc.Workloads {
			if w.Title == title {
				return w.Namespace
			}
		}
		return ""
	}
}
