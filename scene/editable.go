package scene

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Editable is the scene in which the owners of a cluster's pods are files of their own, so that what is found in a cluster
// is changed as files are. A scene of files is that already.
func (sc *Scene) Editable() (*Scene, error) {
	if sc.files != nil {
		return sc, nil
	}
	out := *sc
	out.files, out.fileName, out.Files, out.docs = map[*workload.Document]*source.File{}, map[*workload.Document]string{}, nil, nil
	out.versions = map[*source.File]Version{}
	var grouped []workload.Workload
	for _, w := range sc.Workloads {
		var docs []*workload.Document
		seen := map[*workload.Document]bool{}
		for _, s := range w.Subjects {
			doc := s.Doc
			if seen[doc] {
				continue
			}
			seen[doc] = true
			if !s.Live {
				file, err := objectFile(doc)
				if err != nil {
					return nil, err
				}
				out.versions[file] = Version{string(doc.Meta.UID), doc.Meta.ResourceVersion}
				doc = file.Docs[0]
				out.files[doc] = file
				out.Files = append(out.Files, file)
			}
			docs = append(docs, doc)
		}
		if w.ConfDoc != nil && !seen[w.ConfDoc] {
			docs = append(docs, w.ConfDoc)
		}
		for _, again := range workload.Group(docs) {
			if again.Kind != "ConfigMap" || w.Kind == "ConfigMap" {
				grouped = append(grouped, again)
			}
		}
		out.docs = append(out.docs, docs...)
	}
	out.build(grouped)
	return &out, nil
}

// Version says which object of a cluster a file was made from, as it was read.
type Version struct{ UID, ResourceVersion string }

// Version is that of the live object that a file stands for; false where the file was read from disk.
func (sc *Scene) Version(file *source.File) (v Version, live bool) {
	v, live = sc.versions[file]
	return v, live
}

// ObjectFile names the file that stands for a live object.
func ObjectFile(doc *workload.Document) string {
	return strings.ToLower(doc.Kind) + "/" + doc.Name + ".yaml"
}

// objectFile writes a live object as a manifest: what the server adds is left out.
func objectFile(doc *workload.Document) (*source.File, error) {
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(doc.Raw))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	delete(object, "status")
	if meta, ok := object["metadata"].(map[string]any); ok {
		for _, field := range []string{"managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink"} {
			delete(meta, field)
		}
	}
	raw, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	if raw, err = yaml.JSONToYAML(raw); err != nil {
		return nil, err
	}
	file, err := source.Open(ObjectFile(doc), raw)
	if err == nil && len(file.Docs) != 1 {
		err = fmt.Errorf("it reads as %d documents", len(file.Docs))
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s cannot be written as a file: %w", doc.Kind, doc.Name, err)
	}
	return file, nil
}
