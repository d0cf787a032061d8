package diagnosis

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// Names of labels and annotations of ours, behind rule.Prefix: those that users write, and those that the tool itself does.
var (
	userAnnotations = []string{"profile", "want", "skip", "image"}
	ownAnnotations  = []string{"report", "undo", "namespace", "api-server", "ca", "active-since", "probe", "companion-for"}
	knownLabels     = []string{"inject", "role", "companion"}
)

// unknownMarks notes labels and annotations of ours that mean nothing on the subject's pod, its owner and its namespace.
func unknownMarks(s *scene.Subject, set *rule.Set) []string {
	notes := unknownMarksOf(s.Workload.Title, s.Marks(), set)
	notes = append(notes, unknownMarksOf(s.Workload.Title, rule.Marks{Labels: s.Doc.Meta.Labels, Annotations: s.Doc.Meta.Annotations}, set)...)
	notes = append(notes, marksBesideThePods(s)...)
	return append(notes, unknownMarksOf("namespace "+s.Doc.Namespace, s.NamespaceMarks(), set)...)
}

// marksBesideThePods notes annotations on an owner that are read on its pods alone.
func marksBesideThePods(s *scene.Subject) (notes []string) {
	if s.Doc.Kind == "Pod" {
		return nil
	}
	at := "the annotations of the pod template"
	if strings.HasPrefix(s.Doc.APIVersion, "sparkoperator.k8s.io/") {
		at = "spec.driver.annotations and spec.executor.annotations"
	}
	for _, key := range ours(s.Doc.Meta.Annotations) {
		if slices.Contains(userAnnotations, key) {
			notes = append(notes, fmt.Sprintf("%s: annotation %s of the %s does not reach its pods and means nothing there: put it into %s", s.Workload.Title, rule.Prefix+key, s.Doc.Kind, at))
		}
	}
	return notes
}

// unknownMarksOf notes those of one object.
func unknownMarksOf(object string, marks rule.Marks, set *rule.Set) (notes []string) {
	for _, key := range ours(marks.Annotations) {
		if why := unknownAnnotation(set, key, marks.Annotations[rule.Prefix+key]); why != "" {
			notes = append(notes, object+": annotation "+rule.Prefix+key+why)
		}
	}
	for _, key := range ours(marks.Labels) {
		switch {
		case slices.Contains(knownLabels, key):
		case slices.Contains(userAnnotations, key):
			notes = append(notes, object+": label "+rule.Prefix+key+" means nothing: make it an annotation")
		default:
			notes = append(notes, object+": label "+rule.Prefix+key+" is unknown and means nothing"+meant(key, knownLabels[:1]))
		}
	}
	return notes
}

// ours are the names of marks behind our prefix, in order.
func ours(marks map[string]string) (names []string) {
	for _, key := range slices.Sorted(maps.Keys(marks)) {
		if name, is := strings.CutPrefix(key, rule.Prefix); is {
			names = append(names, name)
		}
	}
	return names
}

// unknownAnnotation says what is wrong with an annotation of ours; "" where nothing is.
func unknownAnnotation(set *rule.Set, name, value string) string {
	code, ignores := strings.CutPrefix(name, "ignore.")
	switch {
	case ignores:
		return noRule(set, code)
	case name == "want", name == "skip":
		for _, one := range strings.Split(value, ",") {
			if one = strings.TrimSpace(one); one != "" {
				if why := noRule(set, one); why != "" {
					return fmt.Sprintf("=%q%s", one, why)
				}
			}
		}
		return ""
	case slices.Contains(userAnnotations, name), slices.Contains(ownAnnotations, name):
		return ""
	case name == knownLabels[0]:
		return " means nothing: make it a label"
	}
	return " is unknown and means nothing" + meant(name, userAnnotations)
}

// noRule says that no rule has a code, or its part; "" where one has.
func noRule(set *rule.Set, named string) string {
	code, part, parted := strings.Cut(named, "/")
	if r := set.Rule(code); r != nil {
		if !parted || slices.ContainsFunc(r.Parts, func(p rule.Part) bool { return p.Name == part }) {
			return ""
		}
		var parts []string
		for _, p := range r.Parts {
			parts = append(parts, p.Name)
		}
		return " names no part of " + code + suggested(scene.Near(part, parts), code+"/")
	}
	var codes []string
	for _, r := range set.Rules() {
		codes = append(codes, r.Code)
	}
	return " names no rule" + suggested(scene.Near(strings.ToUpper(code), codes), "")
}

// meant suggests the marks that were likely meant.
func meant(name string, names []string) string {
	return suggested(scene.Near(name, names), rule.Prefix)
}

func suggested(near []string, prefix string) string {
	if len(near) == 0 {
		return ""
	}
	return "; did you mean " + prefix + strings.Join(near, " or "+prefix) + "?"
}
