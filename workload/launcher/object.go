package launcher

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// maxNesting bounds lists in lists.
const maxNesting = 4

// FromObject reads one live object as JSON. The document keeps the slice. A list is an error: hand in its items.
func FromObject(raw []byte) (*workload.Document, error) {
	docs, err := (&Reader{}).Object(raw, nil, "", "", 0)
	if err != nil {
		return nil, err
	}
	if len(docs) > 1 && len(docs[1].Text) > 0 {
		docs[0].Notes = append(docs[0].Notes, "its manifests were not checked: give them as a file, with -f")
		docs = docs[:1]
	}
	if len(docs) != 1 || len(docs[0].At) > 0 {
		return nil, errors.New("a list or review, expected one object")
	}
	return docs[0], nil
}

// Reader reads the objects of one YAML document.
type Reader struct {
	File   string
	Places workload.Places
}

// Object reads an object and what it holds. Items of typed lists carry no kind of their own: it is handed in.
func (r *Reader) Object(raw []byte, at patch.Path, apiVersion, kind string, depth int) ([]*workload.Document, error) {
	var head struct {
		APIVersion string          `json:"apiVersion"`
		Kind       string          `json:"kind"`
		Metadata   json.RawMessage `json:"metadata"`
	}
	if err := kjson.Unmarshal(raw, &head); err != nil {
		return nil, fmt.Errorf("not a Kubernetes object: %w", err)
	}
	d := &workload.Document{APIVersion: head.APIVersion, Kind: head.Kind, At: at, Raw: raw, Places: r.Places}
	if d.Kind == "" {
		d.APIVersion, d.Kind = apiVersion, kind
	}
	if r.Places != nil {
		d.Line, _ = r.Places(at)
	}
	if items, ok := listItems(d.Kind, raw); ok {
		return r.items(d, items, depth)
	}
	if d.Kind == "AdmissionReview" {
		return r.review(d, depth)
	}
	if len(head.Metadata) > 0 {
		if err := kjson.Unmarshal(head.Metadata, &d.Meta); err != nil {
			return nil, r.broken(d, patch.Path{"metadata"}, err)
		}
	}
	d.Namespace, d.Name = d.Meta.Namespace, d.Meta.Name
	if err := r.fill(d); err != nil {
		return nil, err
	}
	docs := []*workload.Document{d}
	if of := holder(d); of != nil {
		docs = append(docs, of.holds(r, d, depth)...)
	}
	return docs, nil
}

func listItems(kind string, raw []byte) (int, bool) {
	if !strings.HasSuffix(kind, "List") {
		return 0, false
	}
	return patch.Len(raw, patch.Path{"items"})
}

func (r *Reader) items(list *workload.Document, n, depth int) ([]*workload.Document, error) {
	if depth == maxNesting {
		return nil, r.broken(list, nil, fmt.Errorf("lists nested more than %d deep", maxNesting))
	}
	var held struct {
		Items []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(list.Raw, &held); err != nil {
		return nil, r.broken(list, nil, err)
	}
	docs := make([]*workload.Document, 0, n)
	for i, raw := range held.Items {
		if string(raw) == "null" {
			continue
		}
		more, err := r.Object(raw, list.At.With("items", strconv.Itoa(i)), list.APIVersion, strings.TrimSuffix(list.Kind, "List"), depth+1)
		if err != nil {
			return nil, err
		}
		docs = append(docs, more...)
	}
	return docs, nil
}

// review reads the object that an admission review asks about. Its namespace may stand in the request alone.
func (r *Reader) review(d *workload.Document, depth int) ([]*workload.Document, error) {
	object, ok := patch.Lookup(d.Raw, patch.Path{"request", "object"})
	if depth == maxNesting {
		return nil, r.broken(d, nil, fmt.Errorf("reviews nested more than %d deep", maxNesting))
	}
	if !ok || string(object) == "null" {
		return nil, r.broken(d, nil, errors.New("without request.object; the review of a created object is expected"))
	}
	docs, err := r.Object(object, d.At.With("request", "object"), "", "", depth+1)
	if err != nil {
		return nil, err
	}
	var request struct {
		Request struct {
			Namespace string `json:"namespace"`
		} `json:"request"`
	}
	if err := kjson.Unmarshal(d.Raw, &request); err != nil {
		return nil, r.broken(d, nil, err)
	}
	for _, held := range docs {
		if held.Namespace == "" {
			held.Namespace = request.Request.Namespace
		}
	}
	return docs, nil
}

// fill finds a document's slots and configuration by its kind.
func (r *Reader) fill(d *workload.Document) error {
	if d.Guess = shapeOf(d); d.Guess != "" {
		d.Notes = append(d.Notes, "the group "+d.Group()+" is not known; judged by its shape, as a "+d.Kind+" of "+string(d.Guess)+": a guess")
	}
	of := Of(d)
	switch {
	case of != nil && !specified(d):
		d.Notes = append(d.Notes, "the "+d.Kind+" has no spec: it makes no pods and was not checked")
		return nil
	case of != nil:
		err := of.read(r, d)
		if err == nil && len(d.Slots)+len(d.Notes) == 0 && calledSpark(d) && !of.has(d.Kind) {
			noteUnknown(d)
		}
		return err
	case unknownSpark(d):
		noteUnknown(d)
		return nil
	}
	switch d.Kind {
	case "Pod":
		return r.template(d, patch.Path{})
	case "PodTemplate":
		return r.template(d, patch.Path{"template"})
	case "CronJob":
		return r.template(d, patch.Path{"spec", "jobTemplate", "spec", "template"})
	case "ConfigMap":
		return r.configMap(d)
	case "":
		// Spark takes a pod template file without a kind, too.
		if _, ok := patch.Len(d.Raw, patch.Path{"spec", "containers"}); ok {
			return r.template(d, patch.Path{})
		}
		return nil
	}
	// Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, and whatever else holds a template where they do.
	at := patch.Path{"spec", "template"}
	if _, ok := patch.Len(d.Raw, at.With("spec", "containers")); ok {
		return r.template(d, at)
	}
	if holder(d) == nil { // those are looked through by themselves
		looksWithin(d)
	}
	return nil
}

// unknownSpark says whether a custom resource is called Spark's and no launcher that is known has it.
func unknownSpark(d *workload.Document) bool {
	group := d.Group()
	custom := strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io")
	return custom && calledSpark(d)
}

func calledSpark(d *workload.Document) bool {
	return strings.HasPrefix(d.Kind, "Spark") || strings.HasPrefix(d.Kind, "ScheduledSpark")
}

// has says whether the launcher's operator has a kind.
func (l *Launcher) has(kind string) bool {
	return slices.ContainsFunc(l.Traits.Kinds, func(k spark.Kind) bool { return k.Kind == kind })
}

func noteUnknown(d *workload.Document) {
	d.Notes = append(d.Notes, "the kind "+d.Kind+" of "+d.APIVersion+" looks like Spark, but is unknown: it was not checked")
}

// specified says whether a custom resource holds a specification, without which the API server does not take it.
func specified(d *workload.Document) bool {
	spec, ok := patch.Lookup(d.Raw, patch.Path{"spec"})
	return ok && string(spec) != "null"
}

// template adds a slot when the pod template at a path is a Spark one by its own marks.
func (r *Reader) template(d *workload.Document, at patch.Path) error {
	raw, ok := patch.Lookup(d.Raw, at)
	if !ok || string(raw) == "null" {
		return nil
	}
	t, err := decode(raw)
	if err != nil {
		return r.broken(d, at, err)
	}
	slot := slotOf(t, raw, at)
	if slot.Role == "" && len(at) == 0 {
		slot = podTemplateFile(r.File, slot)
	}
	switch {
	case slot.Role != "":
		d.Slots = append(d.Slots, slot)
	case !r.submits(d, t, raw, at):
		looksLike(d, t)
	}
	return nil
}

func decode(raw []byte) (*corev1.PodTemplateSpec, error) {
	t := &corev1.PodTemplateSpec{}
	if err := kjson.Unmarshal(raw, t); err != nil {
		return nil, err
	}
	return t, nil
}

func slotOf(t *corev1.PodTemplateSpec, raw []byte, at patch.Path) workload.Slot {
	id := spark.Identify(&t.ObjectMeta, &t.Spec)
	s := workload.Slot{Role: id.Role, Launcher: id.Launcher, Version: id.Version, Identity: id, At: at, Template: t, Raw: raw}
	if id.Container >= 0 {
		s.Conf = submit.Conf(&t.Spec.Containers[id.Container], at.With("spec", "containers", strconv.Itoa(id.Container)))
	}
	return s
}

// owned is a slot whose owner says what the pod is for.
func owned(id spark.Identity, at patch.Path, containerName string, conf spark.Conf) workload.Slot {
	id.Container, id.Certain = -1, true
	return workload.Slot{Role: id.Role, Launcher: id.Launcher, Version: id.Version, Identity: id, At: at, Conf: conf,
		ContainerName: containerName, Missing: true}
}

// submitted marks the slot as one whose template Spark itself makes the pod of.
func submitted(s workload.Slot) workload.Slot {
	s.Submitted = true
	return s
}

// hold puts the template at the slot's path into it, if one is there. Spark takes the container of the given name, else
// the first (KubernetesUtils.selectSparkContainer); so do we, where the owner leaves the choice to Spark.
func (r *Reader) hold(d *workload.Document, s workload.Slot, first bool) error {
	raw, ok := patch.Lookup(d.Raw, s.At)
	if !ok || string(raw) == "null" {
		return r.keep(d, s)
	}
	t, err := decode(raw)
	if err != nil {
		return r.broken(d, s.At, err)
	}
	s.Template, s.Raw, s.Missing = t, raw, false
	return r.keep(d, choose(s, first))
}

func (r *Reader) keep(d *workload.Document, s workload.Slot) error {
	if s.Identity.Container < 0 {
		s.Identity.Certain, s.Identity.Why = false, spark.WhyContainerUnknown
	}
	d.Slots = append(d.Slots, s)
	return nil
}

// choose finds the container that Spark will run in.
func choose(s workload.Slot, first bool) workload.Slot {
	for i := range s.Template.Spec.Containers {
		if s.Template.Spec.Containers[i].Name == s.ContainerName {
			s.Identity.Container = i
			return s
		}
	}
	if first && len(s.Template.Spec.Containers) > 0 {
		s.Identity.Container = 0
	}
	return s
}

// podTemplateFile reads the role of a pod template for spark-submit from its file's name, which is the only place
// that tells: driver-pod-template.yaml, executor.template.yml.
func podTemplateFile(name string, s workload.Slot) workload.Slot {
	if !strings.Contains(strings.ToLower(name), "template") {
		return s
	}
	return forSubmit(s, roleInName(name))
}

// forSubmit makes a template without marks one that spark-submit is given for a role.
func forSubmit(s workload.Slot, role spark.Role) workload.Slot {
	if role == "" || s.Template == nil || len(s.Template.Spec.Containers) == 0 || s.Identity.Why != spark.WhyNoRole {
		return s
	}
	id := spark.Identity{Role: role, Launcher: spark.Native, Certain: true, Finite: true, Container: -1}
	s.Role, s.Launcher, s.Identity, s.ContainerName, s.Submitted = role, spark.Native, id, spark.ContainerName(role), true
	return choose(s, true)
}

// GiveRole makes a pod that shows no role of its own the template that spark-submit is given for one. container is the one that the
// configuration names for Spark; "" where it names none.
func GiveRole(d *workload.Document, role spark.Role, container string) (given bool) {
	t, err := decode(d.Raw)
	if err != nil || d.Kind != "" && d.Kind != "Pod" {
		return false
	}
	s := forSubmit(slotOf(t, d.Raw, patch.Path{}), role)
	if s.Role == "" {
		return false
	}
	if container != "" {
		s.ContainerName = container
		s = choose(s, true)
	}
	d.Slots, d.Notes, d.Looks = append(d.Slots, s), nil, ""
	return true
}

func roleInName(name string) spark.Role {
	name = strings.ToLower(name)
	driver, executor := strings.Contains(name, "driver"), strings.Contains(name, "executor")
	switch {
	case driver && !executor:
		return spark.Driver
	case executor && !driver:
		return spark.Executor
	}
	return ""
}

func identityOf(role spark.Role, launcher spark.Launcher, version string, meta *metav1.ObjectMeta) spark.Identity {
	v, _ := spark.ParseVersion(version)
	return spark.Identity{Role: role, Launcher: launcher, Version: v, App: meta.Name, Finite: role.Job()}
}
