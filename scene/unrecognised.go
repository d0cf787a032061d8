package scene

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/workload"
)

// maxNamed is how many objects of a kind are named each by itself that look like Spark and were not recognised.
const maxNamed = 3

// unrecognised gathers by kind what looks like Spark and was not recognised: of thousands a few are kept.
type unrecognised map[string]*unrecognisedKind

type unrecognisedKind struct {
	count int
	first []NotRead
}

// add takes a document in, if it looks like Spark.
func (l unrecognised) add(doc *workload.Document, file string) {
	found := Unrecognised(doc, file)
	if helmValues(doc, file) {
		found = []NotRead{{File: file, Line: max(doc.Line, 1), Reason: "values of a Helm chart, not checked: run helm template CHART | kubectl spark doctor -f -"}}
	}
	if found == nil {
		return
	}
	kind := l[doc.Kind]
	if kind == nil {
		kind = &unrecognisedKind{}
		l[doc.Kind] = kind
	}
	if kind.count++; kind.count > maxNamed {
		return
	}
	kind.first = append(kind.first, found...)
}

// helmValues says that a document holds values of a chart that speak of Spark: nothing can be judged until they are rendered.
func helmValues(doc *workload.Document, file string) bool {
	name := path.Base(filepath.ToSlash(file))
	return doc.Kind == "" && doc.APIVersion == "" && doc.Other == "" && !doc.Properties && strings.HasPrefix(name, "values") && bytes.Contains(bytes.ToLower(doc.Raw), []byte("spark"))
}

// Unrecognised notes that a document looks like Spark and was not recognised; nothing where it does not.
func Unrecognised(doc *workload.Document, file string) []NotRead {
	if doc.Looks == "" || doc.Spark() || len(doc.Notes) > 0 {
		return nil
	}
	one := NotRead{Object: objectName(doc), File: file,
		Reason: fmt.Sprintf("looks like Spark (%s), but its role is not known; it was not checked", doc.Looks)}
	if doc.APIVersion == "" && doc.Kind != "" {
		one.Reason = "has no apiVersion, so kubectl refuses it and its kind is not known; it was not checked: set apiVersion"
	}
	if file != "" {
		one.Line = max(doc.Line, 1)
	}
	return []NotRead{one}
}

// all are a note for each of few objects of a kind, and one for the rest of many.
func (l unrecognised) all() (notes []NotRead) {
	for _, name := range slices.Sorted(maps.Keys(l)) {
		kind := l[name]
		notes = append(notes, kind.first...)
		switch more := kind.count - len(kind.first); {
		case more > 0 && name == "":
			notes = append(notes, NotRead{Object: fmt.Sprintf("%d more files with values of Helm charts", more), Reason: "they were not checked"})
		case more > 0:
			notes = append(notes, NotRead{Object: fmt.Sprintf("%d more of kind %s", more, strings.ToLower(name)), Reason: "look like Spark, but their role is not known; they were not checked"})
		}
	}
	return notes
}
