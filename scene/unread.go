package scene

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// unread notes what of a document could not be read with certainty: it is no part of what was checked.
func (sc *Scene) unread(doc *workload.Document) {
	sc.NotRead = append(sc.NotRead, Unread(doc, sc.fileName[doc], sc.related.texts)...)
}

// Unread lists what of a document could not be read with certainty. Texts are the ConfigMaps that were read; nil: none.
func Unread(doc *workload.Document, file string, texts workload.Texts) (all []NotRead) {
	reasons := doc.Unread(texts)
	if err := unreadStatus(doc); err != nil {
		reasons = append(slices.Clip(reasons), err.Error())
	}
	for _, reason := range reasons {
		one := NotRead{Object: objectName(doc), File: file, Reason: reason}
		if file != "" {
			one.Line = max(doc.Line, 1)
		}
		all = append(all, one)
	}
	return all
}

// String is the note that tells of it: app.yaml:3: job jobs/etl: why.
func (n NotRead) String() string {
	text := n.Reason
	if n.Object != "" {
		text = n.Object + ": " + text
	}
	if n.File != "" {
		text = fmt.Sprintf("%s:%d: %s", n.File, n.Line, text)
	}
	return text
}

// objectName names an object: job jobs/etl.
func objectName(doc *workload.Document) string {
	if doc.Kind == "" {
		return "" // the file says it all
	}
	return strings.ToLower(doc.Kind) + " " + strings.TrimPrefix(doc.Namespace+"/"+doc.Called(), "/")
}

// unreadStatus says why the status of a pod or a custom resource cannot be read; nil where it can, or nothing looks at it.
func unreadStatus(doc *workload.Document) (err error) {
	switch {
	case doc.Operator() != "":
		_, err = model.OfResource(doc.Raw)
	case doc.Kind == "Pod" && model.Happened(doc.Raw):
		_, err = status(doc)
	}
	return err
}

// status is that of a pod. The rest of its text is not looked at.
func status(doc *workload.Document) (corev1.PodStatus, error) {
	text, _ := patch.Lookup(doc.Raw, patch.Path{"status"})
	return model.StatusOf(text)
}
