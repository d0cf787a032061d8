package launcher

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// argo is Argo Workflows, whose templates submit and hold manifests. Its group has other kinds of other projects.
func argo() *Launcher {
	return &Launcher{
		Name: "argo",
		Traits: spark.Traits{Group: "argoproj.io", Holds: true, Kinds: []spark.Kind{
			{Kind: "Workflow", Versions: []string{"v1alpha1"}, Running: "workflows.argoproj.io/completed!=true", OnChange: spark.Ignored},
			{Kind: "WorkflowTemplate", Versions: []string{"v1alpha1"}, OnChange: spark.NextRun},
			{Kind: "ClusterWorkflowTemplate", Versions: []string{"v1alpha1"}, Cluster: true, OnChange: spark.NextRun},
			{Kind: "CronWorkflow", Versions: []string{"v1alpha1"}, OnChange: spark.NextRun},
		}},
		holds: (*Reader).workflow,
		predict: func(p *pod.Prediction, d *workload.Document, s *workload.Slot) {
			if s.Role == spark.Driver && s.Identity.Client {
				template := s.BySubmit.At[:len(s.BySubmit.At)-1]
				p.Held(s.BySubmit.At, template, template[:len(template)-2])
				return
			}
			p.Job()
		},
	}
}

// argoTemplate is what of a template of a workflow makes pods or other objects (pkg/apis/workflow/v1alpha1).
type argoTemplate struct {
	Name      string            `json:"name"`
	Container *corev1.Container `json:"container"`
	Script    *struct {
		corev1.Container
		Source string `json:"source"`
	} `json:"script"`
	Resource *struct {
		Manifest string `json:"manifest"`
	} `json:"resource"`
	Volumes []corev1.Volume `json:"volumes"`
}

// workflow finds what a workflow submits, and the objects that its manifests hold: they are documents of their own.
func (r *Reader) workflow(d *workload.Document, depth int) (held []*workload.Document) {
	list := patch.Path{"spec", "templates"}
	if d.Kind == "CronWorkflow" {
		list = patch.Path{"spec", "workflowSpec", "templates"}
	}
	n, _ := patch.Len(d.Raw, list)
	for i := range n {
		at := list.With(strconv.Itoa(i))
		raw, _ := patch.Lookup(d.Raw, at)
		var t argoTemplate
		if kjson.Unmarshal(raw, &t) != nil {
			continue
		}
		switch {
		case t.Resource != nil:
			held = append(held, r.manifest(d, &t, at.With("resource", "manifest"), depth)...)
		case t.Container != nil:
			r.workflowContainer(d, &t, at.With("container"))
		case t.Script != nil && spark.LooksContainer(&corev1.Container{Image: t.Script.Image, Args: []string{t.Script.Source}, Env: t.Script.Env}) != "":
			d.Notes = append(d.Notes, "the script of its template "+t.Name+" looks like Spark and was not checked")
		}
	}
	return held
}

// workflowContainer adds what the container of a template submits. In client mode the template's own pod is the driver.
func (r *Reader) workflowContainer(d *workload.Document, t *argoTemplate, at patch.Path) {
	whole := &corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{*t.Container}, Volumes: t.Volumes}}
	if t.Container.Name == "" {
		t.Container.Name = "main" // as Argo calls it
		whole.Spec.Containers[0].Name = t.Container.Name
	}
	found, unread := submit.Find(whole, nil, func(container int) bool { return workload.MayHaveDefaults(d.Namespace, whole, container) })
	skip := func(reason string) {
		d.Notes = append(d.Notes, "the container of its template "+t.Name+" looks like Spark and was not checked: "+reason)
	}
	switch open := parameterIn(t.Container.Command, t.Container.Args); {
	case open != "" && (len(unread) > 0 || found != nil && found.Scripted()): // a shell may take it for anything
		skip("the value of " + open + " is not known")
	case len(unread) > 0:
		note(d, unread)
	case found == nil && spark.LooksContainer(t.Container) != "":
		skip("its role is not known")
	case found == nil:
	case slices.ContainsFunc(d.Slots, func(s workload.Slot) bool { return s.Submission() }):
		skip("another template submits, too")
	default:
		for key, setting := range found.Conf {
			setting.Path = at.With(setting.Path[len(found.At):]...)
			found.Conf[key] = setting
		}
		found.At = at
		for _, slot := range slotsOf(workload.NewSubmission(found, d.Namespace, whole), whole, nil, at) {
			if slot.Template != nil { // the pod is a workflow's, of which more than the container tells
				slot.Template, slot.Missing, slot.Section, slot.ContainerName = nil, true, at[:len(at)-1], t.Container.Name
				slot.Identity.Finite, slot.Identity.Container = true, -1
			}
			d.Slots = append(d.Slots, slot)
		}
	}
}

// manifest reads the object that a template creates, which stands in the workflow as a text.
func (r *Reader) manifest(d *workload.Document, t *argoTemplate, at patch.Path, depth int) []*workload.Document {
	text := t.Resource.Manifest
	if !strings.Contains(strings.ToLower(text), "spark") {
		return nil
	}
	skip := func(reason string) []*workload.Document {
		d.Notes = append(d.Notes, "the manifest of its template "+t.Name+" looks like Spark and was not checked: "+reason)
		return nil
	}
	raw, err := sigsyaml.YAMLToJSON([]byte(text))
	switch {
	case err != nil && strings.Contains(text, "{{"):
		return skip("its parameters stand outside of quotes")
	case err != nil:
		return skip(err.Error())
	case depth >= maxNesting:
		return skip(fmt.Sprintf("manifests nested more than %d deep", maxNesting))
	}
	if err := document.CheckTwice(text); err != nil {
		return skip(err.Error())
	}
	var tree any
	if kjson.Unmarshal(raw, &tree) != nil {
		return nil
	}
	if place := parameterAt(tree, nil); place != nil {
		return skip(place.Field() + " is a parameter, whose value is not known")
	}
	inner := &Reader{File: r.File}
	if r.Places != nil {
		inside := document.Inside(text)
		inner.Places = func(p patch.Path) (line, column int) {
			return r.Places(d.At.With(at...).With(strconv.Itoa(inside(p))))
		}
	}
	docs, err := inner.Object(raw, nil, "", "", depth+1)
	if err != nil {
		return skip(err.Error())
	}
	for _, one := range docs {
		one.Text = append([]patch.Path{d.At.With(at...)}, one.Text...)
		if one.Namespace == "" {
			one.Namespace = d.Namespace
		}
	}
	return docs
}

// parameterIn is the first parameter of Argo's among arguments; "" where there is none.
func parameterIn(lists ...[]string) string {
	for _, arg := range slices.Concat(lists...) {
		if name := submit.Parameter(arg); name != "" {
			return name
		}
	}
	return ""
}

// parameterAt is the first place of an object that holds a parameter of Argo's, but for names, labels, annotations and what an
// application is handed, on which nothing depends.
func parameterAt(v any, at patch.Path) patch.Path {
	switch held := v.(type) {
	case string:
		if strings.Contains(held, "{{") {
			return at
		}
	case []any:
		for i, one := range held {
			if found := parameterAt(one, at.With(strconv.Itoa(i))); found != nil {
				return found
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(held)) {
			if name == "metadata" || name == "labels" || name == "annotations" || name == "arguments" || name == "driverArgs" {
				continue
			}
			if strings.Contains(name, "{{") {
				return at.With(name)
			}
			if found := parameterAt(held[name], at.With(name)); found != nil {
				return found
			}
		}
	}
	return nil
}
