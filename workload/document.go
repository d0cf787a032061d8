// Package workload is what was read, in one model: a Document is an object of a file or of the API, a Slot a place in it for
// a Spark pod, a Workload an application or a server with all of its slots, grouped by a Collector. It is pure, as are the
// packages below it, of which each knows only those above it in this list:
//
//	workload/document   every format of a file, as values: what stands in it and where
//	workload/submit     command lines of spark-submit
//	workload/pod        the pod that Spark or an operator makes of a slot, field by field with its place
//	workload/launcher   one value a launcher: how its objects are read, which pod they become, where a setting goes
//	workload/source     files: opened, read and edited, byte for byte the same beside the edit
//	workload/carry      what is wanted of pods and settings, as operations on the documents that hold them
//
// Start reading at Document.
package workload

import (
	"cmp"
	"crypto/sha256"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

// Document is one object of a file or of the API, or a properties file.
type Document struct {
	APIVersion, Kind, Namespace, Name string
	// Meta holds labels, annotations and owners.
	Meta metav1.ObjectMeta
	// Line is where the object begins in its file, from 1; 0 for a live object.
	Line int
	// At is where the object stands in its YAML document: empty but for items of a list and admission reviews.
	At patch.Path
	// Text are the places of the texts in which the object stands, the outer first: a manifest in a workflow, which holds YAML
	// of its own. At is a place in the innermost. nil: it stands in the file itself.
	Text []patch.Path
	// Raw is the object as JSON; nil for a properties file.
	Raw []byte
	// Slots are the places of Spark pod templates. A document that is not about Spark has none.
	Slots []Slot
	// Conf is what the document itself says of Spark's configuration: a custom resource, a ConfigMap or a
	// properties file. nil where it says nothing.
	Conf spark.Conf
	// Properties says that the document is a properties file: no object, and edited by key.
	Properties bool
	// Dockerfile is one that is Spark's; nil for others. It is edited by lines.
	Dockerfile *dockerfile.File
	// Other says what the text is where it is nothing of Spark's and no object: "logging configuration", "unrendered Helm
	// template". Such a document is counted, and nothing else.
	Other string
	// Notes say what of the document could not be read with certainty, and was therefore left out.
	Notes []string
	// Guess is the launcher as whose custom resource the document was read, by its shape, for its group is not known.
	Guess spark.Launcher
	// Looks says by what the document looks like Spark where nothing of it was recognised: "image team/spark-etl:1".
	Looks string

	Places Places
	// Takes says why the text in which the document stands does not take operations; nil for a live object, which does.
	Takes func(ops []patch.Op) error
	// Closed says why nothing at all can be edited in the text: it is a piece of a large one. nil where something can.
	Closed error
	// Twin is the first document of the file that differs from this one in the digits of its name and in nothing else; nil where this is
	// the first one, or the only.
	Twin *Document
	// alike is the number of pods that Fold dropped because they are like this one, and alikeNames some of their names.
	alike      int
	alikeNames []string
}

// Called is the document's name, or what the API server will make one of.
func (d *Document) Called() string { return cmp.Or(d.Name, d.Meta.GenerateName) }

// Slot is one place for a pod template.
type Slot struct {
	// Role is what the owner says the pod is for, else what the template shows.
	Role     spark.Role
	Launcher spark.Launcher
	Version  spark.Version
	// Identity is all of the above with the container that holds the JVM, as rules want it.
	Identity spark.Identity
	// At is the path of the template in the object: empty for a Pod.
	At patch.Path
	// Template is the typed copy; nil where it is missing.
	Template *corev1.PodTemplateSpec
	// Raw is the JSON that Template was decoded from, unknown fields included.
	Raw []byte
	// Conf is the configuration that is in effect for the slot; nil where it is not known.
	Conf spark.Conf
	// Missing says that the owner could hold a template here and does not.
	Missing bool
	// Served says that this is the configuration of servers among the documents, whose templates show their pods.
	Served bool
	// ContainerName is the container in which the owner runs Spark; "" where the template alone tells.
	ContainerName string
	// Defaulted are the fields of a Kubeflow resource that its webhook alone brings on the pods of the role; of a live
	// pod, once it stands in a Workload, those that it lacks.
	Defaulted []Defaulted
	// Section is where the owner speaks of the pod beside its template; nil where it has no such place.
	Section patch.Path
	// Submitted says that the template is handed to Spark, by spark-submit or an operator's application, and Spark makes
	// the pod of it.
	Submitted bool
	// Outside are arguments and variables of a driver that stand in no template: what a resource hands to it, what the
	// container is given that submits it.
	Outside []Outside
	// Embedded says that the template is YAML text in a ConfigMap's value. Edits name paths below it all the same.
	Embedded bool
	// Apart says that its pod template is a file of its own that was read, and is judged there.
	Apart bool

	// BySubmit is the spark-submit among the container's arguments that tells of the slot; nil where none does.
	BySubmit *Submission

	hash *[sha256.Size]byte // of Raw, once it was asked for
}

// Outside is a list of arguments or of variables, and its path in the object. Its fields are those of rule.Outside.
type Outside struct {
	Path patch.Path
	Args []string
	Env  []corev1.EnvVar
}

// Submission says that a container of the document runs spark-submit, and that the slot is told by its arguments: the
// container itself, as the driver in client mode, or a pod that Spark will make.
func (s *Slot) Submission() bool { return s.BySubmit != nil }

// ConfAt is where a setting that the configuration lacks would stand among the arguments of spark-submit; nil for others.
func (s *Slot) ConfAt() patch.Path {
	if s.BySubmit == nil {
		return nil
	}
	return s.BySubmit.Arguments()
}

// Spark says whether the document concerns Spark at all.
func (d *Document) Spark() bool { return len(d.Slots) > 0 || d.Conf != nil || d.Dockerfile != nil }

// LineOf is the line of a field of the object in its file, from 1; of the nearest field above it where it does not
// exist, and 0 for a live object.
func (d *Document) LineOf(p patch.Path) int {
	line, _ := d.Position(p)
	return line
}

// Position is the line and the column of a field of the object in its file, from 1 and in characters; of the nearest field
// above it where it does not exist, and 0 for a live object.
func (d *Document) Position(p patch.Path) (line, column int) {
	if d.Places == nil {
		return 0, 0
	}
	return d.Places(d.At.With(p...))
}

// What says what a document is, for counts of what was left aside: its kind, or what it is instead of an object.
func (d *Document) What() string {
	switch {
	case d.Other != "":
		return d.Other
	case d.Properties:
		return "properties"
	case d.Dockerfile != nil:
		return "Dockerfile"
	case d.Kind == "":
		return "YAML or JSON without a kind"
	}
	return d.Kind
}

// Places tells the line and column in a file at which a path of a document stands.
type Places func(patch.Path) (line, column int)

// Group is the API group of the document's kind; "" for those of Kubernetes' own core.
func (d *Document) Group() string {
	group, _, _ := strings.Cut(d.APIVersion, "/")
	return group
}

// Operator is the launcher whose operator makes pods of the document, certainly or by a guess; "" where none does.
func (d *Document) Operator() spark.Launcher {
	if d.Guess != "" {
		return d.Guess
	}
	return spark.LauncherOfGroup(d.Group())
}

// Refuses says why operations cannot be carried out in the text that holds the document.
func (d *Document) Refuses(ops []patch.Op) error {
	if d.Takes == nil || d.Closed != nil {
		return d.Closed
	}
	return d.Takes(ops)
}
