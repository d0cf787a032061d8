// Package carry turns wanted changes of a pod or of Spark's configuration into edits of the document that makes the pod: Object for a
// custom resource, Conf and ConfGroups for a configuration. UndoObject and UndoConf take such edits back. A change that the document
// has no form for is refused, with the reason. Start reading at Object.
package carry

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// Wish is an edit of a pod that its owner is to bring about.
type Wish struct {
	Name string // by which a refusal speaks of it: a rule's part
	// Op is one of patch's verbs; "" is patch.Add.
	Op string
	// Path is the place in the pod as the wishes before this one leave it, and Value what is wanted there.
	Path  patch.Path
	Value json.RawMessage
	// Token is a JVM option that the edit adds to the options of the variable Env; Path and Value say how a pod
	// carries it.
	Token, Env string
}

// Order is what one slot's pods are to get.
type Order struct {
	Slot *workload.Slot
	// Container is the index in the predicted pod of the container that holds Spark.
	Container int
	Wishes    []Wish
	// Report gives the annotation by which the pods tell what was done to them, once it is known what was refused. nil:
	// they tell nothing.
	Report func(refused []Refusal) (key, value string)
}

// Object turns wishes for the pods of a custom resource into operations on the resource, for File.Edit. Each is carried to
// where the pod's field comes from. What comes from nowhere yet goes into the pod template that the resource can hold,
// which is made where it is missing; options of an executor's JVM go where Spark takes them from, for Spark numbers their
// variables anew in every pod. With undo an annotation of the resource says how to take it all back, for UndoObject, and what
// a user wrote is not changed; without it f may be nil. What has no form is refused by name.
func Object(f *source.File, d *workload.Document, orders []Order, undo bool) (ops []patch.Op, refused [][]Refusal) {
	w := newDraft(d, undo)
	if undo {
		w.plain = f.Plain(d)
		w.returns = func(at patch.Path, option string) error { return f.Returns(d, at, option) }
	}
	all := make([]*podModel, len(orders))
	for i := range orders {
		all[i] = &podModel{origins: []pod.Origin{{At: orders[i].Slot.At, Below: true}}}
		if pod, ok := launcher.Predict(d, orders[i].Slot); ok {
			all[i] = newPodModel(pod)
		}
	}
	for i := range orders {
		probe := carrier{draft: w.copy(), d: d, o: &orders[i], s: orders[i].Slot, all: copies(all), index: i}
		wishes, no := wholeParts(orders[i].Wishes, probe.carry)
		c := carrier{draft: w, d: d, o: &orders[i], s: orders[i].Slot, all: all, index: i}
		for _, wish := range orders[i].Wishes {
			if wishes[wish.Name] {
				c.carry(wish)
			} else {
				c.model().advance(wish, nil)
			}
		}
		if orders[i].Report != nil {
			if key, value := orders[i].Report(no); key != "" {
				c.note(c.s.At.With("metadata", "annotations", key), value)
			}
		}
		refused = append(refused, no)
	}
	return w.finish(), refused
}

// wholeParts names the wishes of those parts that can be carried as a whole: half of one may be worse than nothing, such as an
// option that writes into a volume which is not there. The others are refused once each.
func wholeParts(wishes []Wish, try func(Wish) error) (kept map[string]bool, refused []Refusal) {
	kept = map[string]bool{}
	for _, wish := range wishes {
		kept[wish.Name] = true
	}
	for _, wish := range wishes {
		if err := try(wish); err != nil && kept[wish.Name] {
			kept[wish.Name] = false
			refused = append(refused, Refusal{Key: wish.Name, Reason: err.Error()})
		}
	}
	return kept, refused
}

// note sets an annotation of ours, which is the only one that is replaced where it stands.
func (c *carrier) note(at patch.Path, value string) {
	switch {
	case !c.holds(at):
		c.add(at, patch.Text(value))
	case c.text(at) != value:
		c.replace(at, patch.Text(value))
	}
}

// carrier carries the wishes of one slot.
type carrier struct {
	*draft
	d     *workload.Document
	o     *Order
	s     *workload.Slot
	all   []*podModel // of every order
	index int
}

func (c *carrier) model() *podModel { return c.all[c.index] }

func (c *carrier) carry(wish Wish) error {
	at, err := c.place(wish)
	if err != nil {
		at = nil
	}
	c.model().advance(wish, at)
	return err
}

// place makes the edit in the resource, and gives the place that stands for the wish's from now on.
func (c *carrier) place(wish Wish) (at patch.Path, err error) {
	switch {
	case wish.Token != "" && c.s.Role == spark.Executor:
		return nil, c.executorOption(wish.Token)
	case wish.Token != "":
		if at, set, err := c.mergeVariable(wish); set {
			return at, err
		}
		wish.Value, _ = json.Marshal(corev1.EnvVar{Name: wish.Env, Value: wish.Token})
		if _, ok := appended(wish.Path); !ok {
			wish.Path = patch.Path{"spec", "containers", strconv.Itoa(c.o.Container), "env", "-"}
		}
	case wish.Op == patch.Replace, wish.Op == patch.Remove:
		return c.edit(wish)
	}
	if at, err = c.target(wish.Path); err != nil {
		return nil, err
	}
	here := at
	if list, ok := appended(at); ok {
		n, _ := patch.Len(c.raw, list)
		here = list.With(strconv.Itoa(n))
	}
	return here, c.add(at, wish.Value)
}

// target is where the resource would hold a place of the pod that holds nothing yet.
func (c *carrier) target(path patch.Path) (at patch.Path, err error) {
	o := pod.Nearest(c.model().origins, path)
	if !o.Below || o.Gone {
		return nil, c.notEditable(o)
	}
	at = o.At.With(path[len(o.Pod):]...)
	if !patch.Under(at, c.s.At) {
		return at, nil
	}
	if v := c.s.Version; c.s.Missing && c.s.Submitted && v.Known() && !v.AtLeast(3, 0) {
		return nil, errors.New("pod templates need Spark 3.0 or later")
	}
	list := c.s.At.With("spec", "containers")
	if !patch.Under(at, list.With(strconv.Itoa(c.o.Container))) {
		return at, nil
	}
	// Spark's container, which is made where it is missing.
	if n, _ := patch.Len(c.raw, list); c.o.Container >= n {
		name, _ := json.Marshal(map[string]string{"name": c.s.ContainerName})
		if err := c.add(list.With("-"), name); err != nil {
			return nil, err
		}
		at = list.With(strconv.Itoa(n)).With(at[len(list)+1:]...)
	}
	return at, nil
}

// notEditable says why a place of the pod that the resource holds nowhere by itself is not edited.
func (c *carrier) notEditable(o pod.Origin) error {
	switch {
	case o.Gone:
		return fmt.Errorf("%s is taken out", o.At.Field())
	case o.Stands:
		return fmt.Errorf("it comes from %s, which decides about more than this", o.At.Field())
	}
	return errors.New("it is set by Spark or the operator")
}

// mergeVariable adds an option to a variable that the owner sets already: in its template, or by a setting. Of a name that
// stands twice the last counts.
func (c *carrier) mergeVariable(wish Wish) (at patch.Path, set bool, err error) {
	list := patch.Path{"spec", "containers", strconv.Itoa(c.o.Container), "env"}
	n, _ := patch.Len(c.model().raw, list)
	for i := n - 1; i >= 0; i-- {
		one := list.With(strconv.Itoa(i))
		if held := (&draft{raw: c.model().raw}).text(one.With("name")); held != wish.Env {
			continue
		}
		o := pod.Nearest(c.model().origins, one.With("value"))
		switch {
		case o.Below:
			at = o.At.With(one.With("value")[len(o.Pod):]...)
		case o.Stands && !o.Gone:
			at = o.At
		default:
			return nil, true, c.notEditable(o)
		}
		return at, true, c.extend(at, wish.Token)
	}
	return nil, false, nil
}

// executorOption adds an option to the ones that executors are started with.
func (c *carrier) executorOption(token string) error {
	token = spark.QuoteOption(token)
	home := launcher.Place{At: patch.Path{"spec", "sparkConf", spark.KeyExecutorOptions}}
	if of := launcher.Of(c.d); of != nil {
		home = of.Home(c.d, spark.KeyExecutorOptions)
	}
	at := home.At
	if setting, set := c.s.Conf[spark.KeyExecutorOptions]; set && len(setting.Path) > 0 && launcher.DecidesAlone(setting.Path, spark.KeyExecutorOptions) {
		at = setting.Path
	}
	if c.d.Kind == "SparkConnect" && (c.holds(at) || submit.Special(token)) {
		return launcher.ErrShell
	}
	if c.holds(at) {
		return c.extend(at, token)
	}
	return c.add(at, patch.Text(token))
}
