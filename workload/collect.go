package workload

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Workload is one Spark application or server with all that was seen of it.
type Workload struct {
	Launcher        spark.Launcher
	Kind            string // of the owner; Pod where spark-submit made the pods
	Namespace, Name string
	App             string // the application's id, where pods told it
	Version         spark.Version
	// Conf is the configuration in effect: the driver's ConfigMap where it was read, else the custom resource's.
	// nil where neither was seen.
	Conf spark.Conf
	// ConfDoc is the document that Conf was read from; nil where it was not seen.
	ConfDoc *Document
	// Subjects are its distinct templates, owners before pods, in the order of roles.
	Subjects []Subject

	configMaps map[Ref]bool
	fromMap    bool
	ofPod      bool // Version is that of a pod
}

// Subject is one template of a workload and how many live pods look like it.
type Subject struct {
	// Doc is the object that was seen first with this template.
	Doc *Document
	// Slot is the place in Doc: an edit reads Doc's slots anew.
	Slot *Slot
	// Live says that Doc is a Pod; its names are then the pods of this template, at most maxNames of them.
	Live  bool
	Names []string
	// Shared says that its configuration is the workload's, and none of its own.
	Shared bool
	// Count is the number of pods of this template; 1 for an owner, and 0 for pods that the live Doc will make: see coming.
	Count int
}

// maxNames bounds the pod names that are kept of one template.
const maxNames = 5

// Ref names an object of a namespace.
type Ref struct{ Namespace, Name string }

// Collector groups documents into workloads as they come, page by page. Of pods that look alike it keeps the first.
type Collector struct {
	byKey    map[owner]*Workload
	keys     []owner
	subjects map[owner]*alikes[int]
	confs    map[Ref]*Document
	all      bool            // pods that look alike are kept
	makers   map[owner]owner // of objects that another, which was added, makes: a Job of a CronJob
}

type owner struct{ launcher, kind, namespace, name string }

// NewCollector makes an empty one.
func NewCollector() *Collector {
	return &Collector{byKey: map[owner]*Workload{}, subjects: map[owner]*alikes[int]{}, confs: map[Ref]*Document{}, makers: map[owner]owner{}}
}

// Group makes workloads of documents that are all at hand.
func Group(docs []*Document) []Workload {
	c := NewCollector()
	for _, d := range docs {
		c.Add(d)
	}
	return c.Workloads()
}

// GroupAll is Group for documents that are to be edited: pods that look alike are kept, each by itself.
func GroupAll(docs []*Document) []Workload {
	c := NewCollector()
	c.all = true
	for _, d := range docs {
		c.Add(d)
	}
	return c.Workloads()
}

// Add takes a document in. Documents that are not about Spark change nothing. The configuration of a driver is used
// when its ConfigMap is added, before or after the pod; ConfigMaps says which are missed.
func (c *Collector) Add(d *Document) {
	if d.Kind == "ConfigMap" && d.Conf != nil {
		c.confs[Ref{d.Namespace, d.Name}] = d
	}
	for i := range d.Slots {
		c.addSlot(d, i)
	}
}

func (c *Collector) addSlot(d *Document, index int) {
	s := &d.Slots[index]
	key := ownerOf(d, s)
	if c.ofResource(d, key) {
		return
	}
	if maker, made := c.maker(d, key); made {
		c.makers[key] = maker
		return
	}
	if maker, made := c.makers[key]; made {
		key = maker
	}
	w := c.byKey[key]
	if w == nil {
		w = &Workload{Launcher: s.Launcher, Kind: key.kind, Namespace: d.Namespace, Name: key.name, configMaps: map[Ref]bool{}}
		c.byKey[key] = w
		c.keys = append(c.keys, key)
	}
	live := d.Kind == "Pod" && (s.Template != nil || s.BySubmit == nil) // what a pod submits is no pod yet
	w.learn(d, s, live)
	if live && !c.all {
		if c.subjects[key] == nil {
			c.subjects[key] = &alikes[int]{}
		}
		if i, seen := c.subjects[key].find(s); seen {
			w.Subjects[i].count(d)
			return
		}
		c.subjects[key].add(s, len(w.Subjects))
	}
	one := Subject{Doc: d, Slot: s, Live: live, Count: 1}
	if live {
		one.Count = 0
		one.count(d)
	}
	w.Subjects = append(w.Subjects, one)
}

// maker is the object that controls one which makes pods, where it was added: it says what there is to say of the other.
func (c *Collector) maker(d *Document, key owner) (maker owner, made bool) {
	if d.Kind == "Pod" || d.Kind != key.kind {
		return owner{}, false
	}
	for _, ref := range d.Meta.OwnerReferences {
		if ref.Controller != nil && *ref.Controller {
			maker = owner{key.launcher, ref.Kind, d.Namespace, ref.Name}
			group, _, _ := strings.Cut(ref.APIVersion, "/")
			if of := spark.LauncherOfGroup(group); of != "" {
				maker.launcher = string(of)
			}
			return maker, c.byKey[maker] != nil
		}
	}
	return owner{}, false
}

// ofResource says whether an object that makes pods was itself made for a custom resource which was added: the resource says
// what there is to say of those pods.
func (c *Collector) ofResource(d *Document, key owner) bool {
	if d.Kind == "Pod" || d.Kind == key.kind || c.byKey[key] == nil {
		return false
	}
	return slices.ContainsFunc(c.byKey[key].Subjects, func(s Subject) bool { return s.Doc.Kind == key.kind })
}

// count takes a live pod in, and those that were folded into it.
func (s *Subject) count(d *Document) {
	s.Count += 1 + d.alike
	for _, name := range append([]string{d.Name}, d.alikeNames...) {
		if len(s.Names) < maxNames {
			s.Names = append(s.Names, name)
		}
	}
}

func (w *Workload) learn(d *Document, s *Slot, live bool) {
	if s.Version.Known() && (!w.Version.Known() || live && !w.ofPod) { // what runs is the version, whatever a resource says
		w.Version, w.ofPod = s.Version, live
	}
	if app := d.Meta.Labels[spark.LabelApp]; live && w.App == "" {
		w.App = app
		if s.Template != nil && s.Template.Labels[spark.LabelApp] != "" {
			w.App = s.Template.Labels[spark.LabelApp]
		}
	}
	if !live && d.Conf != nil && d.Kind != "ConfigMap" {
		w.Conf, w.ConfDoc = d.Conf, d
	}
	if w.Conf == nil && s.Conf != nil {
		w.Conf, w.ConfDoc = s.Conf, d
	}
	// The name of the application as people know it is on its pods from 3.3 on.
	if name := d.Meta.Labels["spark-app-name"]; live && w.Kind == "Pod" && name != "" {
		w.Name = name
	}
	if name := driverConfigMap(s); live && name != "" {
		w.configMaps[Ref{d.Namespace, name}] = true
	}
}

// driverConfigMap is the ConfigMap from which a driver that spark-submit made takes its configuration
// (Constants.scala: SPARK_CONF_VOLUME_DRIVER; before 3.1 spark-conf-volume).
func driverConfigMap(s *Slot) string {
	if s.Template == nil || s.Role == spark.Executor {
		return ""
	}
	for i := range s.Template.Spec.Volumes {
		v := &s.Template.Spec.Volumes[i]
		if (v.Name == "spark-conf-volume-driver" || v.Name == "spark-conf-volume") && v.ConfigMap != nil {
			return v.ConfigMap.Name
		}
	}
	return ""
}

// ConfigMaps lists the ConfigMaps that hold a workload's configuration and were not added yet.
func (c *Collector) ConfigMaps() []Ref {
	var refs []Ref
	for _, key := range c.keys {
		for ref := range c.byKey[key].configMaps {
			if c.confs[ref] == nil {
				refs = append(refs, ref)
			}
		}
	}
	return sortRefs(refs)
}

// ConfigMaps lists the ConfigMaps that hold the workload's configuration, as its pods name them.
func (w *Workload) ConfigMaps() []Ref { return sortRefs(slices.Collect(maps.Keys(w.configMaps))) }

func sortRefs(refs []Ref) []Ref {
	slices.SortFunc(refs, func(a, b Ref) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(refs)
}

// Workloads are those seen so far, by namespace, name and kind. Slots of pods get the configuration of their workload.
func (c *Collector) Workloads() []Workload {
	out := make([]Workload, 0, len(c.keys))
	claimed := map[Ref]bool{} // by an application's driver: told with the application
	for _, w := range c.byKey {
		for ref := range w.configMaps {
			claimed[ref] = true
		}
	}
	for _, key := range c.keys {
		w := c.byKey[key]
		if w.Kind == "ConfigMap" && claimed[Ref{Namespace: w.Namespace, Name: w.Name}] {
			continue
		}
		for _, ref := range w.ConfigMaps() { // of several the last by name
			if held := c.confs[ref]; held != nil {
				w.Conf, w.ConfDoc, w.fromMap = held.Conf, held, true
			}
		}
		one := *w
		one.Subjects = slices.Clone(w.Subjects)
		used := one.defaulted()
		for i := range one.Subjects {
			s := &one.Subjects[i]
			if s.Live {
				s.Slot.Defaulted = missingFields(used[s.Slot.Role == spark.Executor], s.Slot)
			}
			if s.Live && w.Conf != nil && (s.Slot.Conf == nil || w.fromMap) && sharesConf(s.Slot.Role) {
				s.Slot.Conf, s.Shared = w.Conf, true
			}
		}
		one.Subjects = append(one.Subjects, w.coming()...)
		slices.SortStableFunc(one.Subjects, bySubject)
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b Workload) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// coming are the executors that a driver will make by the configuration that spark-submit wrote for it, where none of them was seen:
// that configuration is all that is known of them. Another manager's executors are no pods.
func (w *Workload) coming() []Subject {
	if !w.fromMap || spark.OtherManager(w.Conf) {
		return nil
	}
	var driver *Subject
	for i := range w.Subjects {
		switch s := &w.Subjects[i]; {
		case s.Slot.Role == spark.Executor:
			return nil
		case s.Live && driver == nil && driverConfigMap(s.Slot) != "":
			driver = s
		}
	}
	if driver == nil {
		return nil
	}
	slot := ConfSlot(spark.Executor, w.Conf)
	slot.Launcher, slot.Version = driver.Slot.Launcher, driver.Slot.Version
	slot.Identity.Launcher, slot.Identity.Version, slot.Identity.Python = slot.Launcher, slot.Version, driver.Slot.Identity.Python
	return []Subject{{Doc: driver.Doc, Slot: &slot, Live: true, Shared: true}}
}

// defaulted are the fields that the workload's own resource uses and its webhook brings, by whether they are for executors.
func (w *Workload) defaulted() map[bool][]Defaulted {
	used := map[bool][]Defaulted{}
	for _, s := range w.Subjects {
		if !s.Live {
			executors := s.Slot.Role == spark.Executor
			used[executors] = append(used[executors], s.Slot.Defaulted...)
		}
	}
	return used
}

// ConfOf is the configuration that is in effect for a subject, and the document that holds it, as they stand now.
// The slot is the subject's, which an edit of its document reads anew.
func (w *Workload) ConfOf(s Subject, slot *Slot) (spark.Conf, *Document) {
	if s.Shared && w.ConfDoc != nil {
		return w.ConfDoc.Conf, w.ConfDoc
	}
	return slot.Conf, s.Doc
}

// sharesConf: a cluster's applications bring their own configuration, its daemons read their environment.
func sharesConf(role spark.Role) bool { return role != spark.Master && role != spark.Worker }

func bySubject(a, b Subject) int {
	if a.Live != b.Live {
		if a.Live {
			return 1
		}
		return -1
	}
	return cmp.Compare(rank(a.Slot.Role), rank(b.Slot.Role))
}

func rank(role spark.Role) int {
	return slices.Index([]spark.Role{spark.Driver, spark.Connect, spark.Thrift, spark.History, spark.Master, spark.Worker, spark.Executor}, role)
}

// Owner is the document that holds the workload's configuration and can be changed; nil where pods are all there is.
func (w *Workload) Owner() *Document {
	for i := range w.Subjects {
		if s := &w.Subjects[i]; !s.Live && (s.Doc.Conf != nil || s.Slot.Conf != nil) {
			return s.Doc
		}
	}
	return nil
}
