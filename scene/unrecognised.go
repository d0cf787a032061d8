package scene

import (
	"fmt"
	"maps"
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
		if more := kind.count - len(kind.first); more > 0 {
			notes = append(notes, NotRead{Object: fmt.Sprintf("%d more of kind %s", more, strings.ToLower(name)), Reason: "look like Spark, but their role is not known; they were not checked"})
		}
	}
	return notes
}
