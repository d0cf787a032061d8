package spark

import (
	"slices"
	"strings"
)

// Traits are what is true of everything that a launcher brings. What asks for them need not know the launcher by name.
type Traits struct {
	// Group is that of the launcher's custom resources, and Kinds are those that make pods; none where it has no resources.
	Group string
	Kinds []Kind
	// Kubernetes says that Kubernetes is the cluster manager behind its applications.
	Kubernetes bool
	// WholeConf says that a resource holds all the settings that reach Spark: one that is missing there is set nowhere.
	WholeConf bool
	// ClusterMode says that drivers are always pods of their own.
	ClusterMode bool
	// ReadsReadiness says that the operator takes a driver's readiness for the state of its job.
	ReadsReadiness bool
	// ByHand says that somebody writes the containers of its servers: image, environment and mounted files decide beside what is seen.
	ByHand bool
	// OwnConnect says that the operator makes a Connect server's pod by itself, with an account and probes of its own.
	OwnConnect bool
	// OneSpark says that one resource brings masters and workers, which run the same Spark.
	OneSpark bool
	// Webhook says that some fields of its resources reach the pods by a webhook of the operator alone.
	Webhook bool
	// FieldsWin says that a resource has fields of its own for what settings say, and that those win.
	FieldsWin bool
	// StartsServers says that a server's container without a command runs a start script all the same.
	StartsServers bool
	// Submits says that spark-submit by itself makes a server that is an application, with a driver's headless Service.
	Submits bool
	// MetricsVariable is the variable by which an image is told to write a configuration of metrics, and which says that it can.
	MetricsVariable string
	// OwnTemplates says that the operator hands Spark a pod template of its own making, whatever the settings name.
	OwnTemplates bool
	// OwnOverhead says that the operator sets an overhead for what a resource leaves out: removing a key does not bring
	// Spark's default back.
	OwnOverhead bool
	// Adds are the settings that the operator makes of an application where the user has not, whatever Spark runs.
	Adds map[string]string

	// Marks are labels that its pods may have beside those of Kinds.
	Marks []string
	// Chart is how the label of a Helm chart begins whose servers name their role in a label.
	Chart string
	// ModeVariable is the variable by which an image is told the role of a server.
	ModeVariable string
	// KeepsName says that Spark is told which container of a template is its own, so that the container keeps its name.
	KeepsName bool
	// Rest says that servers are its whose pods no mark tells of.
	Rest bool
	// Holds says that its resources bring no pods of Spark by themselves, but hold what submits them, and other objects.
	Holds bool
}

// Kind is a custom resource and how the pods name the one that they belong to.
type Kind struct {
	Kind     string
	Versions []string // that are or were served, the newest first
	// Label holds the resource's name. Pods of a kind of which Mark is set have that label, with Value, as well. "": the
	// pods belong to another kind, which this one makes under a name of its own.
	Label, Mark, Value string
	// Makes is the kind of another resource that this one makes, whose marks its pods have.
	Makes string
	// Cluster says that it belongs to no namespace.
	Cluster bool
	// Running selects by a label those that have not ended; "" where all of them count.
	Running string
	// OnChange is what a change of its spec does to pods that run.
	OnChange Effect
}

// Effect is what a change of an object does to the pods that run.
type Effect string

// The effects. Sources: Kubeflow internal/controller/sparkapplication/event_filter.go, and its issues 2665 and 2784 about SparkConnect;
// issue 779 of Apache's spark-kubernetes-operator; Stackable's page about Spark applications.
const (
	NextRun   Effect = "next run"   // pods that run keep what they have, and the next run has the change
	Replaces  Effect = "replaces"   // a controller replaces the pods, one after the other
	Reruns    Effect = "reruns"     // the operator kills the application and runs it again, also where it has ended
	KeepsPods Effect = "keeps pods" // new pods have the change; those that run stay until somebody deletes them
	Ignored   Effect = "ignored"    // nothing has the change until the object is deleted and created again
)

// launcherTraits is an entry of the table of launchers, which is generated from the values in workload/launcher.
type launcherTraits struct {
	launcher Launcher
	traits   Traits
}

// Launchers are those of which it is true, or all of them.
func Launchers(of func(Traits) bool) (out []Launcher) {
	for _, l := range launchers {
		if of == nil || of(l.traits) {
			out = append(out, l.launcher)
		}
	}
	return out
}

// OnKubernetes says of a launcher that Kubernetes is the cluster manager behind its applications.
func OnKubernetes(t Traits) bool { return t.Kubernetes }

// HasResources says of a launcher that an operator makes its pods, of custom resources.
func HasResources(t Traits) bool { return t.Group != "" && !t.Holds }

// Submits says of a launcher that spark-submit by itself brings its pods.
func Submits(t Traits) bool { return t.Submits }

// first is the first launcher of which it is true; "" where it is true of none.
func first(of func(*Traits) bool) Launcher {
	for i := range launchers {
		if of(&launchers[i].traits) {
			return launchers[i].launcher
		}
	}
	return ""
}

// Submitter is the launcher of what spark-submit by itself brings.
func Submitter() Launcher { return first(func(t *Traits) bool { return t.Submits }) }

// Traits are those of the launcher; none of one that is not known.
func (l Launcher) Traits() Traits {
	for _, known := range launchers {
		if known.launcher == l {
			return known.traits
		}
	}
	return Traits{}
}

// LauncherOfGroup is the launcher whose custom resources are of the group; "" where that is none.
func LauncherOfGroup(group string) Launcher {
	for _, l := range launchers {
		if group != "" && l.traits.Group == group && !l.traits.Holds {
			return l.launcher
		}
	}
	return ""
}

// HolderOf is the launcher whose resources of a group and kind hold Spark and are none themselves; "" where there is none.
func HolderOf(group, kind string) Launcher {
	if group == "" {
		return ""
	}
	return first(func(t *Traits) bool { return t.Holds && t.Group == group && t.Of(kind).Kind != "" })
}

// ResourceOf is the custom resource that a pod belongs to, by its labels. ok is false where they name none.
func ResourceOf(labels map[string]string) (launcher Launcher, kind, name string, ok bool) {
	for _, l := range launchers {
		for _, k := range l.traits.Kinds {
			if name := labels[k.Label]; k.Label != "" && name != "" && (k.Mark == "" || labels[k.Mark] == k.Value) {
				return l.launcher, k.Kind, name, true
			}
		}
	}
	return "", "", "", false
}

// KindCalled is the kind of a launcher's custom resource that a word names as kubectl takes it, in singular or plural, also with its
// group; "" where it names none.
func KindCalled(word string) string {
	name, group, grouped := strings.Cut(strings.ToLower(word), ".")
	for _, l := range launchers {
		for _, k := range l.traits.Kinds {
			kind := strings.ToLower(k.Kind)
			if (name == kind || name == kind+"s") && (!grouped || group == l.traits.Group) {
				return k.Kind
			}
		}
	}
	return ""
}

// Controller is what people know as the controller of a pod whose controller reference names kind and name: a Deployment for its
// ReplicaSet, which is named after it and the pod's label pod-template-hash.
func Controller(kind, name, hash string) (string, string) {
	if kind == "ReplicaSet" && hash != "" && strings.HasSuffix(name, "-"+hash) {
		return "Deployment", strings.TrimSuffix(name, "-"+hash)
	}
	return kind, name
}

// Of is the kind of a name; the zero value where the launcher has none such.
func (t Traits) Of(kind string) Kind {
	for _, k := range t.Kinds {
		if k.Kind == kind {
			return k
		}
	}
	return Kind{}
}

// marked says whether labels are those of a pod of the launcher.
func (t Traits) marked(labels map[string]string) bool {
	own := func(label string) bool { return has(labels, label) }
	return slices.ContainsFunc(t.Marks, own) || slices.ContainsFunc(t.Kinds, func(k Kind) bool {
		return k.Label != "" && has(labels, k.Label) && (k.Mark == "" || labels[k.Mark] == k.Value)
	})
}

// OnChange is what a change of a custom resource's spec does to pods that run; "" where no launcher has such a resource.
func OnChange(group, kind string) Effect {
	for _, l := range launchers {
		if group != "" && l.traits.Group == group {
			return l.traits.Of(kind).OnChange
		}
	}
	return ""
}
