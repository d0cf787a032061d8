package workload

import (
	"encoding/json"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// Wish is an edit of a pod that its owner is to bring about.
type Wish struct {
	Name string // by which a refusal speaks of it: a rule's part
	// Path is the place in the pod as it was predicted, and Value what is wanted there.
	Path  patch.Path
	Value json.RawMessage
	// Token is a JVM option that the edit adds to the options of the variable Env; Path and Value say how a pod
	// carries it.
	Token, Env string
}

// Order is what one slot's pods are to get.
type Order struct {
	Slot *Slot
	// Container is the index in the predicted pod of the container that holds Spark.
	Container int
	Wishes    []Wish
	// Report gives the annotation by which the pods tell what was done to them, once it is known what was refused.
	Report func(refused []Refusal) (key, value string)
}

// Carry turns wishes for the pods of a custom resource into operations on the resource, for File.Edit. Nearly all go into
// the pod template that the resource can hold, which is made where it is missing; options of an executor's JVM go where
// Spark takes them from, for Spark numbers their variables anew in every pod. How to take it all back is written into an
// annotation of the resource, for Uncarry. What has no form is refused by name.
func (f *File) Carry(d *Document, orders []Order) (ops []patch.Op, refused [][]Refusal) {
	w := newDraft(d)
	w.plain = f.plain(d)
	w.returns = func(at patch.Path, option string) string { return f.returns(d, at, option) }
	for i := range orders {
		probe := carrier{draft: w.copy(), d: d, o: &orders[i], s: orders[i].Slot}
		wishes, no := whole(orders[i].Wishes, probe.carry)
		c := carrier{draft: w, d: d, o: &orders[i], s: orders[i].Slot}
		for _, wish := range wishes {
			c.carry(wish)
		}
		if key, value := orders[i].Report(no); key != "" {
			c.note(c.s.At.With("metadata", "annotations", key), value)
		}
		refused = append(refused, no)
	}
	return w.finish(), refused
}

// whole keeps the wishes of those parts that can be carried as a whole: half of one may be worse than nothing, such as an
// option that writes into a volume which is not there. The others are refused once each.
func whole(wishes []Wish, try func(Wish) (why string)) (kept []Wish, refused []Refusal) {
	because := map[string]string{}
	for _, wish := range wishes {
		if why := try(wish); why != "" && because[wish.Name] == "" {
			because[wish.Name] = why
			refused = append(refused, Refusal{Key: wish.Name, Reason: why})
		}
	}
	for _, wish := range wishes {
		if because[wish.Name] == "" {
			kept = append(kept, wish)
		}
	}
	return kept, refused
}

// note sets an annotation of ours, which is the only one that is replaced where it stands.
func (c *carrier) note(at patch.Path, value string) {
	switch {
	case !c.holds(at):
		c.add(at, quoted(value))
	case c.text(at) != value:
		c.replace(at, quoted(value))
	}
}

// carrier carries the wishes of one slot.
type carrier struct {
	*draft
	d *Document
	o *Order
	s *Slot
}

func (c *carrier) carry(wish Wish) (why string) {
	if v := c.s.Version; c.s.Missing && groupOf(c.d) == groupKubeflow && v.Known() && !v.AtLeast(3, 0) {
		return "the operator takes pod templates for Spark 3.0 and later only"
	}
	if wish.Token != "" && c.s.Role == spark.Executor {
		return c.executorOption(wish.Token)
	}
	if wish.Token != "" {
		if done, why := c.mergeVariable(wish); done || why != "" {
			return why
		}
	}
	at, why := c.place(wish.Path)
	if why != "" {
		return why
	}
	if wish.Token != "" {
		value, _ := json.Marshal(corev1.EnvVar{Name: wish.Env, Value: wish.Token})
		return c.add(at, value)
	}
	return c.add(at, wish.Value)
}

// place is where the resource holds a place of the pod: in its template, but for fields that Kubeflow's webhook puts in
// the place of the template's.
func (c *carrier) place(path patch.Path) (at patch.Path, why string) {
	section := sectionAt(c.d, c.s)
	inMain := len(path) > 3 && path[0] == "spec" && path[1] == "containers" && path[2] == strconv.Itoa(c.o.Container)
	switch {
	case section != nil && inMain && path[3] == "securityContext" && c.holds(section.With("securityContext")):
		return section.With(path[3:]...), ""
	case section != nil && len(path) > 2 && path[1] == "securityContext" && c.holds(section.With("podSecurityContext")):
		return section.With("podSecurityContext").With(path[2:]...), ""
	case !inMain:
		return c.s.At.With(path...), ""
	}
	main, why := c.main()
	return main.With(path[3:]...), why
}

// main is the place of Spark's container in the resource's template. It is made where it is missing.
func (c *carrier) main() (at patch.Path, why string) {
	list := c.s.At.With("spec", "containers")
	n, _ := patch.Len(c.raw, list)
	index := c.o.Container
	if index >= n {
		name, _ := json.Marshal(map[string]string{"name": c.s.ContainerName})
		if why := c.add(list.With("-"), name); why != "" {
			return nil, why
		}
		index = n
	}
	return list.With(strconv.Itoa(index)), ""
}

// mergeVariable adds an option to a variable that the owner sets already: in its template, or in its configuration.
func (c *carrier) mergeVariable(wish Wish) (done bool, why string) {
	list := c.s.At.With("spec", "containers", strconv.Itoa(c.o.Container), "env")
	n, _ := patch.Len(c.raw, list)
	for i := n - 1; i >= 0; i-- {
		if c.text(list.With(strconv.Itoa(i), "name")) == wish.Env {
			return true, c.extend(list.With(strconv.Itoa(i), "value"), wish.Token)
		}
	}
	setting, set := c.s.Conf["spark.kubernetes.driverEnv."+wish.Env]
	if !set {
		return false, ""
	}
	return true, c.extend(setting.Path, wish.Token)
}

// executorOption adds an option to the ones that executors are started with.
func (c *carrier) executorOption(token string) (why string) {
	token = spark.QuoteOption(token)
	spec, home := patch.Path{"spec"}, place{at: patch.Path{"spec", "sparkConf", keyExecutorOptions}}
	if groupOf(c.d) == groupKubeflow {
		if c.d.Kind == "ScheduledSparkApplication" {
			spec = spec.With("template")
		}
		home = kubeflowPlace(spec, keyExecutorOptions, c.d.Kind == "SparkConnect")
	}
	at := home.at
	if setting, set := c.s.Conf[keyExecutorOptions]; set {
		at = setting.Path
	}
	if c.d.Kind == "SparkConnect" && (c.holds(at) || submit.Special(token)) {
		return whyShell
	}
	if c.holds(at) {
		return c.extend(at, token)
	}
	return c.add(at, quoted(token))
}
