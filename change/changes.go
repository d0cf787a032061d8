package change

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
)

// submitCommand is what takes settings that stand in no object.
const submitCommand = "the command that submits the application"

// Where says where the finding of an outcome stands, or would: "app.yaml: spec.executor.image of SparkApplication orders". Of a finding
// that names its field it is the object alone.
func (s *Set) Where(o *Outcome) string {
	subjects := s.subjects(o.Title, o.Role)
	if len(subjects) == 0 {
		return ""
	}
	doc, field := subjects[0].Stands(*o.Finding)
	if doc == nil {
		return ""
	}
	file := s.Scene.FileOf(doc)
	object := strings.TrimSpace(doc.Kind + " " + doc.Called())
	switch {
	case file != nil && doc.Properties && file.Name == o.Title:
		return ""
	case file != nil && doc.Properties:
		return file.Name
	case file != nil && doc.Dockerfile != nil:
		return fmt.Sprintf("%s:%d", file.Name, max(o.Finding.Line, 1))
	case file != nil && doc.Kind == launcher.KindScript:
		return fmt.Sprintf("%s:%d", file.Name, max(subjects[0].Places(*o.Finding)[0].Line, doc.Line, 1))
	case field != "" && !strings.Contains(o.Finding.Summary, field):
		object = field + " of " + object
	}
	if file != nil {
		return file.Name + ": " + object
	}
	return object
}

// Changes names what changes for a code in a workload, with the roles that it is about: "app.yaml:1: SparkApplication orders (driver,
// executor)".
func (s *Set) Changes(title, code string) (objects []string) {
	roles := map[string][]spark.Role{}
	note := func(object string, role spark.Role) {
		if roles[object] == nil {
			objects = append(objects, object)
		}
		if !slices.Contains(roles[object], role) {
			roles[object] = append(roles[object], role)
		}
	}
	for _, o := range s.Kept() {
		if o.Title != title || o.Finding.Code != code || o.Fate == Manual {
			continue
		}
		for _, subject := range s.subjects(title, o.Role) {
			for _, e := range o.Finding.Edits {
				s.changedBy(e, o, subject, note)
			}
		}
	}
	for i, object := range objects {
		names := make([]string, len(roles[object]))
		for j, role := range roles[object] {
			names[j] = string(role)
		}
		if list := strings.Join(names, ", "); list != "" { // a Dockerfile is of no role
			objects[i] += " (" + list + ")"
		}
	}
	return objects
}

// Arguments says whether settings are left for the command that submits an application: none of its files takes them.
func (s *Set) Arguments() bool {
	for _, one := range s.Submit {
		if !s.LeftOut(one.File) && len(one.Args()) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(s.Kept(), func(o Outcome) bool {
		return o.Fate != Fixed && hasConf(*o.Finding) && slices.ContainsFunc(s.subjects(o.Title, o.Role), func(subject *scene.Subject) bool {
			doc := subject.ConfDoc()
			return doc != nil && doc.Kind == launcher.KindScript
		})
	})
}

// changedBy notes the objects of an edit: the one with the pod's fields, and the one with the settings.
func (s *Set) changedBy(e rule.Edit, o Outcome, subject *scene.Subject, note func(object string, role spark.Role)) {
	if len(e.Ops)+len(e.Lines) > 0 {
		note(s.object(subject.Doc), o.Role)
	}
	if e.Companion != nil {
		note("new "+e.Companion.Name(), o.Role)
	}
	for _, c := range e.Conf {
		role := spark.RoleOfKey(c.Key)
		if role == "" {
			role = o.Role
		}
		object := submitCommand
		if doc := subject.ConfDoc(); doc != nil && s.Scene.FileOf(doc) != nil {
			object = s.object(doc)
		}
		note(object, role)
	}
}

// subjects are those of a workload that are edited for a role.
func (s *Set) subjects(title string, role spark.Role) (all []*scene.Subject) {
	if s.titled == nil {
		s.titled = map[string][]*scene.Subject{}
		for _, w := range s.Scene.Workloads {
			s.titled[w.Title] = append(s.titled[w.Title], w.Editable()...)
		}
	}
	for _, subject := range s.titled[title] {
		if subject.Slot.Role == role {
			all = append(all, subject)
		}
	}
	return all
}

// object names a document; one of the cluster stands in no file.
func (s *Set) object(doc *workload.Document) string {
	if file := s.Scene.FileOf(doc); file != nil {
		return named(file, doc)
	}
	return doc.Kind + " " + doc.Called()
}
