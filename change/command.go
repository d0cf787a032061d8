package change

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// Command gives the command that fixes a finding of a subject, "" where fix has nothing that it could change, or the place
// does not take the change. Pods are made anew from what owns them, so that it is the owner that must have the fault, and a
// form for its fix.
func Command(s *scene.Subject, want scene.Wanted) func(rule.Finding) string {
	command := func(f rule.Finding, docs ...*workload.Document) string {
		return strings.Join(append([]string{"kubectl spark fix", where(s.File, docs...), f.Code}, want.Flags...), " ")
	}
	owner := s.Owner()
	var fixable map[string]bool // what can be fixed in the owner, by code
	return func(f rule.Finding) string {
		switch {
		case len(f.Edits) == 0:
			return ""
		case f.Creates() && s.File != "": // objects of other files may say how it is to be
			return strings.Join(slices.Concat([]string{"kubectl spark fix"}, want.Given, []string{f.Code}, want.Flags), " ")
		case f.Creates():
			return command(f, s.Doc)
		case held(s) && !f.OfConf:
			return ""
		case s.Doc.Dockerfile != nil:
			return command(f, s.Doc)
		case !s.Live || s.File != "":
			one, at := want, s
			if owner != nil {
				at = owner
			}
			if one.Only = []string{f.Code}; !carriable(at, one) {
				return ""
			}
			return command(f, s.Doc)
		case owner == nil && s.Workload.Kind == "Pod" && f.OfConf: // as arguments for what submits it; the driver's pod tells of the configuration
			if driver := s.Workload.ConfSubject(); driver != nil && driver.Doc != s.Doc {
				return command(f, driver.Doc, s.Doc)
			}
			return command(f, s.Doc)
		case owner == nil:
			return ""
		}
		if fixable == nil {
			fixable = map[string]bool{}
			for _, found := range owner.Judge(want).Findings {
				fixable[found.Code] = fixable[found.Code] || len(found.Edits) > 0
			}
		}
		if !fixable[f.Code] {
			return ""
		}
		return command(f, owner.Doc)
	}
}

// held says that a workflow's template makes the subject's pod: its settings are edited there, and not its fields.
func held(s *scene.Subject) bool { return s.Slot.Submission() && s.Slot.Section != nil }

// FileFlag names a file as -f takes it, for a shell: the flag holds a list, of which a comma parts the names.
func FileFlag(name string) string {
	if folder, made := scene.KustomizedFrom(name); made {
		return "-k " + Quote(folder)
	}
	if strings.ContainsAny(name, ",\"\n") {
		name = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return "-f " + Quote(name)
}

// where names documents as fix takes them: their file, or the objects of a namespace.
func where(file string, docs ...*workload.Document) string {
	switch {
	case file == scene.StandardInput:
		return "-f -"
	case file != "":
		return FileFlag(file)
	}
	var objects []string
	for _, doc := range docs {
		kind := strings.ToLower(doc.Kind)
		if group, _, has := strings.Cut(doc.APIVersion, "/"); has {
			kind += "." + group
		}
		objects = append(objects, kind+"/"+doc.Name)
	}
	if docs[0].Namespace != "" {
		objects = append(objects, "-n "+docs[0].Namespace)
	}
	return strings.Join(objects, " ")
}
