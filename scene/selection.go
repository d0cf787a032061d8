package scene

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// selection is what names were resolved to; the zero value chooses everything.
type selection struct {
	objects []json.RawMessage    // that were named by type
	docs    []*workload.Document // of those, and of pods that are all there is of a name
	named   []*namedWorkload
}

// namedWorkload is a workload, an application or a pod that is named without a type.
type namedWorkload struct {
	namespace, name string
	word            string          // before the name, where it is no type and may be a namespace
	otherNames      []string        // what else tells it: the application of the pod of this name, or what controls the pod
	pod             json.RawMessage // the pod of this name; nil where there is none
}

// choose reads what the names with a type stand for, and the pods that the others may be. The scope is then that of the
// names.
func (n *Names) choose(ctx context.Context, reader *cluster.Reader, scope *Scope) (*selection, error) {
	c := &selection{}
	targets, err := n.targets()
	if err != nil {
		return nil, reader.Answered(ctx, err)
	}
	for i, t := range targets {
		var raw json.RawMessage
		if len(t.types) > 0 {
			if raw, err = n.object(ctx, reader, &t); err != nil {
				return nil, reader.Answered(ctx, err)
			}
		}
		if raw != nil {
			c.objects = append(c.objects, raw)
		} else {
			one := &namedWorkload{namespace: t.namespace, name: t.name, word: t.typeName}
			if err := one.readPod(ctx, reader); err != nil {
				return nil, err
			}
			c.named = append(c.named, one)
		}
		if i == 0 {
			scope.Namespace = t.namespace
		} else if scope.Namespace != t.namespace {
			scope.Namespace = ""
		}
	}
	return c, nil
}

// addObjects takes in what was named by type and is not in already.
func (c *selection) addObjects(in *intake) {
	listed := slices.Clone(in.docs)
	for _, raw := range c.objects {
		doc := readJSON(raw, nil).doc
		if doc != nil {
			i := slices.IndexFunc(listed, func(have *workload.Document) bool { return have.Meta.UID == doc.Meta.UID })
			if i >= 0 {
				c.docs = append(c.docs, listed[i])
				continue
			}
		}
		if doc = in.object(raw); doc != nil {
			c.docs = append(c.docs, doc)
		}
	}
}

// namespaces are those to list: given, or those of the names.
func (c *selection) namespaces(given string) (all []string) {
	if len(c.named) == 0 {
		return []string{given}
	}
	for _, one := range c.named {
		if !slices.Contains(all, one.namespace) {
			all = append(all, one.namespace)
		}
	}
	return all
}

// eventNamespaces are the namespaces whose Events are read: given, or those of the names.
func (c *selection) eventNamespaces(given string) []string {
	if len(c.named) > 0 && given == "" {
		return c.namespaces(given)
	}
	return []string{given}
}

// workloads are the workloads that were chosen.
func (c *selection) workloads(collector *workload.Collector) []workload.Workload {
	all := collector.Workloads()
	if len(c.named) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(w workload.Workload) bool {
		return !slices.ContainsFunc(c.named, func(one *namedWorkload) bool { return one.matches(&w) }) &&
			!slices.ContainsFunc(w.Subjects, func(s workload.Subject) bool { return slices.Contains(c.docs, s.Doc) })
	})
}

// resolve looks for the names that no workload has: a pod that is shown by no workload's name, or an application that has
// ended. A name that is left is an error.
func (c *selection) resolve(ctx context.Context, reader *cluster.Reader, in *intake, collector *workload.Collector) error {
	if len(c.named) == 0 {
		return nil
	}
	all := collector.Workloads()
	for _, one := range c.named {
		if i := slices.IndexFunc(all, func(w workload.Workload) bool { return one.matches(&w) }); i >= 0 {
			if err := c.addDriver(ctx, reader, in, collector, &all[i]); err != nil {
				return err
			}
			continue
		}
		if one.pod == nil {
			past := in.ended.last(one.namespace, one.name)
			if past != nil && past.job != nil {
				c.docs = append(c.docs, past.job)
				collector.Add(past.job)
				continue
			}
			if past != nil {
				if _, err := reader.Get(ctx, cluster.Path("v1", "Pod", one.namespace), past.Pod, &one.pod); err != nil {
					return err
				}
			}
		}
		if one.pod != nil {
			if doc := in.object(one.pod); doc != nil && doc.Spark() {
				c.docs = append(c.docs, doc)
				collector.Add(doc)
				continue
			}
			return fmt.Errorf("pod %q in namespace %q is not a Spark pod: give a driver, an executor or a workload", one.name, one.namespace)
		}
		return c.notFound(ctx, reader, one, all, in.ended)
	}
	return nil
}

// addDriver takes in the driver of an application that has ended while its executors have not: its ConfigMap holds the settings.
func (c *selection) addDriver(ctx context.Context, reader *cluster.Reader, in *intake, collector *workload.Collector, w *workload.Workload) error {
	past := in.ended.last(w.Namespace, w.App)
	if w.App == "" || past == nil || past.job != nil || slices.ContainsFunc(w.Subjects, func(s workload.Subject) bool { return !s.Live || s.Slot.Role != spark.Executor }) {
		return nil
	}
	var pod json.RawMessage
	if found, err := reader.Get(ctx, cluster.Path("v1", "Pod", w.Namespace), past.Pod, &pod); err != nil || !found {
		return err
	}
	if doc := in.object(pod); doc != nil {
		c.docs = append(c.docs, doc)
		collector.Add(doc)
	}
	return nil
}

// notFound is the error of a name that nothing has: it says where that was looked for, and what there is.
func (c *selection) notFound(ctx context.Context, reader *cluster.Reader, one *namedWorkload, all []workload.Workload, past ended) error {
	if _, missing := namespaceMissing(ctx, reader, one.namespace); missing != nil {
		if kind := spark.KindCalled(one.word); kind != "" && one.word == one.namespace {
			return fmt.Errorf("%s/%s: the cluster has no type and no namespace %q: is the operator installed that serves %s? kubectl api-resources lists the types", one.word, one.name, one.word, kind)
		}
		return missing
	}
	var titles, names []string
	for _, w := range all {
		if w.Namespace == one.namespace {
			titles = append(titles, w.Name)
			names = append(names, w.Name, w.App)
			for _, s := range w.Subjects {
				names = append(names, s.Names...)
			}
		}
	}
	for _, e := range past.all {
		names = append(names, e.Name, e.App, e.Pod)
	}
	hint := didYouMean(one.name, names)
	if hint == "" {
		hint = inOtherNamespaces(ctx, reader, one.name)
	}
	switch {
	case hint != "":
	case len(titles) > 0:
		hint = fmt.Sprintf("; it has %s", FirstNames(titles))
	default:
		hint = "; no other was found there: choose another namespace with -n"
	}
	return fmt.Errorf("no Spark workload is called %q in namespace %q%s", one.name, one.namespace, hint)
}

// readPod reads the pod of the name, if there is one: its labels tell the workload.
func (c *namedWorkload) readPod(ctx context.Context, reader *cluster.Reader) error {
	if found, err := reader.Get(ctx, cluster.Path("v1", "Pod", c.namespace), c.name, &c.pod); err != nil && errors.As(err, new(apierrors.APIStatus)) {
		return nil // it may not be read, and the lists tell what can be
	} else if err != nil || !found {
		return err
	}
	var about metav1.PartialObjectMetadata
	if err := json.Unmarshal(c.pod, &about); err != nil {
		return fmt.Errorf("read pod %q: %w", c.name, err)
	}
	if app := about.Labels[spark.LabelApp]; app != "" {
		c.otherNames = append(c.otherNames, app)
	}
	if _, _, name, ok := spark.ResourceOf(about.Labels); ok {
		c.otherNames = append(c.otherNames, name)
	}
	if owner := metav1.GetControllerOf(&about); owner != nil {
		_, name := spark.Controller(owner.Kind, owner.Name, about.Labels["pod-template-hash"])
		c.otherNames = append(c.otherNames, owner.Name, name)
	}
	return nil
}

// matches says whether a workload goes by the name: its own, its application's id, that of one of its pods.
func (c *namedWorkload) matches(w *workload.Workload) bool {
	if w.Namespace != c.namespace {
		return false
	}
	for _, name := range append([]string{c.name}, c.otherNames...) {
		if w.Name == name || w.App == name {
			return true
		}
		for _, s := range w.Subjects {
			if slices.Contains(s.Names, name) {
				return true
			}
		}
	}
	return false
}

// PodOf is a pod of the workload that is named: its driver's, the last one's where none runs, and of a server any.
func PodOf(ctx context.Context, reader *cluster.Reader, n *Names) (namespace, name string, err error) {
	targets, err := n.targets()
	if err != nil {
		return "", "", reader.Answered(ctx, err)
	}
	t := &targets[0]
	if len(t.types) > 0 {
		if _, err := n.object(ctx, reader, t); err != nil { // it may find that the first word is a namespace
			return "", "", reader.Answered(ctx, err)
		}
	}
	one := &namedWorkload{namespace: t.namespace, name: t.name}
	c, in, collector := &selection{named: []*namedWorkload{one}}, newIntake(), workload.NewCollector()
	if _, err := reader.Workloads(ctx, cluster.Scope{Namespace: t.namespace}, in.page); err != nil {
		return "", "", err
	}
	for _, doc := range in.docs {
		collector.Add(doc)
	}
	if err := c.resolve(ctx, reader, in, collector); err != nil {
		return "", "", err
	}
	for _, w := range c.workloads(collector) {
		for _, s := range w.Subjects {
			if s.Live && (name == "" || s.Slot.Role == spark.Driver) {
				name = s.Doc.Name
			}
		}
	}
	if past := in.ended.last(t.namespace, t.name); name == "" && past != nil && past.job == nil {
		name = past.Pod
	}
	if name == "" {
		return "", "", fmt.Errorf("workload %q in namespace %q has no pod of a driver or server: it does not run: start it, or name a pod", t.name, t.namespace)
	}
	return t.namespace, name, nil
}
