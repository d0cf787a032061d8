package change

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Target is one Kubernetes object that is changed, and where it stands. A live one has the uid and the version that it was
// read with, so that what is applied later can be refused where it has changed since.
type Target struct {
	File            string `json:"file"`
	APIVersion      string `json:"apiVersion"`
	Kind            string `json:"kind"`
	Namespace       string `json:"namespace,omitempty"`
	Name            string `json:"name"`
	UID             string `json:"uid,omitempty"`
	ResourceVersion string `json:"resourceVersion,omitempty"`
	// Subresource is where the change is written: ResizePod for a pod that runs; "" for the object itself.
	Subresource string `json:"subresource,omitempty"`
}

// ResizePod is the subresource of a pod by which its containers are resized in place.
const ResizePod = "resize"

// InPlace resizes a container of a pod that runs. amounts are those that it gets, by their names: limits.cpu.
func InPlace(pod []byte, container int, amounts map[string]string, why []string) (Edited, error) {
	var meta metav1.PartialObjectMetadata
	if err := json.Unmarshal(pod, &meta); err != nil {
		return Edited{}, fmt.Errorf("read a pod: %w", err)
	}
	one := Edited{Live: true, Before: pod, Why: why, Target: Target{File: "pod/" + meta.Name, APIVersion: "v1", Kind: "Pod", Namespace: meta.Namespace, Name: meta.Name,
		UID: string(meta.UID), ResourceVersion: meta.ResourceVersion, Subresource: ResizePod}}
	for _, name := range slices.Sorted(maps.Keys(amounts)) {
		at := append(patch.Path{"spec", "containers", strconv.Itoa(container), "resources"}, strings.Split(name, ".")...)
		one.Operations = append(one.Operations, patch.Put(pod, at, patch.Text(amounts[name])))
	}
	return one, nil
}

// Edited is what is done to one object, as a JSON patch (RFC 6902) that kubectl patch --type=json takes.
type Edited struct {
	Target
	Operations []patch.Op `json:"operations"`
	Live       bool       `json:"-"` // the object is of a cluster, and File only its name
	Reviewed   bool       `json:"-"` // the object is that of an admission review
	// Create is the object as it is created; nil where it is there, and edited. Built is then the name of what kustomize makes of the
	// folder that holds its workload, if it does.
	Create []byte `json:"-"`
	Built  string `json:"-"`
	// Labels says of Create that the object is there, and only gets its labels.
	Labels bool `json:"-"`
	// Before is the object that the operations are for, and Why what they are for: codes of rules with what is fixed, or settings.
	Before []byte   `json:"-"`
	Why    []string `json:"-"`
}

// Targets are the objects whose edit lasts for a workload: those that make its pods, or hold its configuration. Of what stands
// in no object, such as a properties file, only the file is known.
func Targets(w *scene.Workload) (all []Target) {
	seen := map[*workload.Document]bool{}
	add := func(doc *workload.Document, file string) {
		if doc == nil || seen[doc] {
			return
		}
		seen[doc] = true
		one := Target{File: file, APIVersion: doc.APIVersion, Kind: doc.Kind, Namespace: doc.Namespace, Name: doc.Name}
		if doc.Properties {
			one.Name = ""
		}
		if file == "" {
			one.File, one.UID, one.ResourceVersion = scene.ObjectFile(doc), string(doc.Meta.UID), doc.Meta.ResourceVersion
		}
		all = append(all, one)
	}
	for _, s := range w.Editable() {
		if s.Live && s.File == "" {
			continue // a pod is made anew, and its owner was not seen
		}
		add(s.Doc, s.File)
		if doc := s.ConfDoc(); doc != s.Doc {
			add(doc, s.ConfFile())
		}
	}
	return all
}

func edited(file *source.File, doc *workload.Document, ops []patch.Op) Edited {
	target := Target{File: file.Name, APIVersion: doc.APIVersion, Kind: doc.Kind, Namespace: doc.Namespace, Name: doc.Name}
	return Edited{Target: target, Operations: append([]patch.Op{}, ops...), Reviewed: len(doc.At) > 0 && doc.At[0] != "items"}
}

// Edited are the objects that are not what they were, each with the operations that make it what it is now. A changed file
// that holds anything but Kubernetes objects is left out with the reason: a patch cannot carry it. One that nobody gave by its name is
// among Others, and the objects are given without it. shown is an object as it may be shown.
func (s *Set) Edited(shown func(object []byte) []byte) (all []Edited, err error) {
	all, s.Others = []Edited{}, nil
	unpatchable := map[string]error{}
	for _, file := range s.Files() {
		if made, creates := s.created[file]; creates {
			one := edited(file, file.Docs[0], nil)
			one.Live, one.Built, one.Create, one.Why = made.live, made.built, shown(file.Docs[0].Raw), s.reasons(file)
			one.Labels = one.Kind == "Namespace" // none is created
			all = append(all, one)
			continue
		}
		made, err := objectsOf(file, shown)
		switch {
		case err == nil:
		case s.left.Given == 0:
			return nil, err
		case errors.As(err, new(noObject)) && !s.left.Named(file.Name):
			s.Others, unpatchable[file.Name] = append(s.Others, file.Name), err
			continue
		default:
			s.left.Add(file.Name, err)
			continue
		}
		why := s.reasons(file)
		for _, one := range made {
			one.Why = why
			if version, live := s.Scene.Version(file); live {
				one.Live, one.UID, one.ResourceVersion = true, version.UID, version.ResourceVersion
			}
			all = append(all, one)
		}
	}
	if len(all) == 0 { // nothing is left to be given without them
		for _, name := range s.Others {
			s.left.Add(name, unpatchable[name])
		}
		s.Others = nil
	}
	return all, nil
}

// noObject is the error of a document that no patch can change.
type noObject struct{ at string }

func (e noObject) Error() string {
	return e.at + ": not a Kubernetes object, and a patch changes nothing else: leave out -o"
}

// objectsOf compares a file's objects with what they were when it was opened.
func objectsOf(file *source.File, shown func([]byte) []byte) (all []Edited, err error) {
	before, err := source.Open(file.Name, file.Raw)
	if err != nil {
		return nil, err
	}
	if len(before.Docs) != len(file.Docs) {
		return nil, fmt.Errorf("%s: it held %d objects and holds %d", file.Name, len(before.Docs), len(file.Docs))
	}
	for i, doc := range file.Docs {
		if len(doc.Text) > 0 || bytes.Equal(before.Docs[i].Raw, doc.Raw) && doc.Raw != nil { // what a manifest holds changes the object around it
			continue
		}
		if err := patchable(file.Name, doc); err != nil {
			return nil, err
		}
		ops, err := patch.Diff(shown(before.Docs[i].Raw), shown(doc.Raw))
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file.Name, max(doc.Line, 1), err)
		}
		one := edited(file, doc, ops)
		one.Before = before.Docs[i].Raw
		all = append(all, one)
	}
	return all, nil
}

// reasons are what a file was changed for: a code with what was changed, a line for each change, or a setting that is recommended.
func (s *Set) reasons(file *source.File) (all []string) {
	add := func(text string) {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	for _, o := range FixedIn(file, s.Outcomes) {
		if strings.HasPrefix(o.Finding.Code, recommendedCode) {
			add(strings.TrimPrefix(o.Finding.Summary, recommendedRemedy))
			continue
		}
		for _, line := range o.Done(file, false) {
			add(o.Finding.Code + " " + line)
		}
	}
	return all
}

// patchable is nil for a Kubernetes object, and else the sentence that says why no patch can change it.
func patchable(name string, doc *workload.Document) error {
	if doc.Raw == nil {
		return noObject{fmt.Sprintf("%s:%d", name, max(doc.Line, 1))}
	}
	return nil
}
