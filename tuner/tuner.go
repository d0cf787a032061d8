// Package tuner recommends how a Spark workload should be sized: from what it says of itself and from the nodes that it
// runs on, and from its runs where their event logs are given. It is pure, and what it says is arithmetic of Spark, the JVM and
// Kubernetes, a figure of a run, or a prior that is named as one: of a workload's real use it knows nothing without a run, and lowers
// no memory then. Where both speak, the run decides. Formulas lists what runs decide, and how.
package tuner

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner/formulas"
	"github.com/kubectl-spark/kubectl-spark/tuner/scaling"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

// Input is one workload as it is asked for, and where it is to run.
type Input struct {
	Version  spark.Version // unknown counts as the newest line
	Launcher spark.Launcher
	// Conf is an application's configuration; nil where the workload has none, as a standalone worker, or it was not read.
	Conf spark.Conf
	// Python and R say what the application is written in, ClusterMode that spark-submit makes its driver's pod. What Conf
	// and Launcher tell of them need not be said.
	Python, R, ClusterMode bool
	// Pods are the roles that the workload is known to have, in their order.
	Pods []Pod
	// Nodes are the shapes of the nodes that its pods may be placed on; nil where they are not known.
	Nodes []shapes.Node
	// Try carries what is only worth an experiment, too: recommendations of low confidence take effect one upon the other.
	Try bool
	// Pack lets the size of executors change so that more of them fit on a node, their sum of cores and heap being kept.
	Pack bool
	// Runs are runs of the workload, as their event logs tell them, and MinRuns how many of them must have ended well before anything
	// is lowered: 0 for DefaultMinRuns.
	Runs    []model.Logged
	MinRuns int
	// Objective chooses the number of executors by predictions of the runs; "" for none.
	Objective scaling.Objective
	// Ended is what happened to pods that are seen, by their status.
	Ended []Ended
	// Switches asks for the settings by which the next run shows more; nil: none.
	Switches *Switches
	// Leave says of a setting that it stays as it is, and is not spoken of; nil: none.
	Leave func(Setting) bool
}

// Pod is one role of a workload.
type Pod struct {
	Role spark.Role
	// Container holds the role's JVM; nil where no template shows it. Spec is the pod's, where it is known.
	Container *corev1.Container
	Spec      *corev1.PodSpec
	// Files are those that ConfigMaps bring into the configuration folder; nil where they are not known.
	Files map[string]string
	// ImageKnown says that the image is known to set no variable of Spark's.
	ImageKnown bool
	// Java is the major release of the image's JDK, 0 where it is not known.
	Java int
	// Open says that configuration may come from where it cannot be seen. What Container shows of that need not be said.
	Open bool
	// Submitted says that Spark makes the pod, and sets its resources from the configuration.
	Submitted bool
}

// Ended is what happened to pods of a role that had a limit and a heap, in MiB.
type Ended struct {
	Role            spark.Role
	Limit, Heap     int64
	OOMKilled, Full int // pods that the kernel killed at their limit, and those that ended with a full heap
	Pod             string
}

// Verdict is what a recommendation asks for.
type Verdict string

// The verdicts.
const (
	Keep   Verdict = "keep"   // it is right, or nothing known speaks against it
	Change Verdict = "change" // arithmetic says so
	Try    Verdict = "try"    // a prior or a policy says so: worth an A/B run, carried only when asked to
)

// Confidence is how sure a recommendation is.
type Confidence = formulas.Confidence

// The confidences.
const High, Medium, Low = formulas.High, formulas.Medium, formulas.Low

//go:generate go run ../test/docs -formulas -o README.md

// Setting is what is recommended for one setting.
type Setting struct {
	Role spark.Role `json:"role"`
	// Name is what people call it: a configuration key, a JVM flag, a variable, a field of the container.
	Name string `json:"name"`
	// Now and Recommended are values as they are written; "" stands for not set.
	Now         string     `json:"now"`
	Recommended string     `json:"recommended"`
	Verdict     Verdict    `json:"verdict"`
	Why         string     `json:"why"`     // one line
	Formula     string     `json:"formula"` // with its numbers
	Source      string     `json:"source"`
	Confidence  Confidence `json:"confidence"`
	// Evidence is what runs showed, Basis the Formula by which that became the recommendation, and Effect what is expected of it; "" for
	// what follows from the specification.
	Evidence string `json:"evidence,omitempty"`
	Basis    string `json:"basis,omitempty"`
	Effect   string `json:"effect,omitempty"`
	// Rules are the codes of the rules that judge the same setting.
	Rules []string `json:"rules,omitempty"`

	edit *spark.PodChange // of the role's container
}

// Recommendation is all that is said of one workload.
type Recommendation struct {
	Settings []Setting `json:"settings"`
	// Runs are how many runs it goes by, and WholeRuns those of them that ended well and whose logs are complete.
	Runs      int `json:"runs,omitempty"`
	WholeRuns int `json:"wholeRuns,omitempty"`
	// UnusedRuns are logs that nothing could be taken from; Notes say why.
	UnusedRuns int       `json:"unusedRuns,omitempty"`
	Packing    []Packing `json:"packing,omitempty"`
	// Notes say what could not be weighed, and what evidence would tell.
	Notes []string `json:"notes,omitempty"`
	// NotJudged says of which roles nothing is recommended, and why: no check mark stands over them.
	NotJudged []NotJudged `json:"notJudged,omitempty"`

	changes []spark.Change // of the configuration, which is not kept: a fleet has many
}

// NotJudged is a role that could not be sized.
type NotJudged struct {
	Role   string `json:"role"` // a role, or application
	Reason string `json:"reason"`
}

// Recommend sizes one workload. It fails with a *spark.ConfError for a value that Spark could not read.
func Recommend(in Input) (Recommendation, error) {
	w := begin(in)
	if err := w.all(); err != nil {
		return Recommendation{}, err
	}
	w.out.Runs, w.out.WholeRuns, w.out.UnusedRuns = len(w.runs.Runs), w.runs.Whole(), len(in.Runs)-len(w.runs.Runs)
	w.out.changes = w.changes(in.Conf)
	return w.out, nil
}

// Changed says whether anything that is carried would change. Experiments count only where Input.Try asked for them.
func (r Recommendation) Changed() bool { return len(r.changes) > 0 || len(r.PodEdits()) > 0 }

// Changes are the changes to the configuration that are carried, in order of key.
func (r Recommendation) Changes() []spark.Change { return slices.Clone(r.changes) }

// changes are what the configuration that was worked on differs by from the given one, without the keys that stay as they are.
func (w *work) changes(given spark.Conf) (changes []spark.Change) {
	for _, key := range w.conf.Keys() {
		if value, set := given.Get(key); !w.left[key] && (!set || value != w.conf[key].Value) {
			changes = append(changes, spark.Change{Key: key, Value: w.conf[key].Value})
		}
	}
	for _, key := range given.Keys() {
		if _, set := w.conf.Get(key); !set && !w.left[key] {
			changes = append(changes, spark.Change{Key: key, Unset: true})
		}
	}
	return changes
}

// PodEdits are the changes to containers that are carried.
func (r Recommendation) PodEdits() []spark.PodChange {
	var edits []spark.PodChange
	for _, s := range r.Settings {
		if s.edit != nil {
			edits = append(edits, *s.edit)
		}
	}
	return edits
}

func clone(c spark.Conf) spark.Conf {
	out := spark.Conf{}
	maps.Copy(out, c)
	return out
}

// Shape is an application's executors in a few words: 3 × (6g + 200m, 2 cores); "" where there are none, or where a value
// cannot be read.
func Shape(in Input) string {
	w := begin(in)
	if in.Conf == nil || !w.application() || w.otherManager() || !w.configured() {
		return ""
	}
	w.conf = w.in.Conf // as Spark reads it now
	m, err := w.sized(spark.Executor)
	if err != nil {
		return ""
	}
	cores := m.Cores
	word := "cores"
	if cores == 1 {
		word = "core"
	}
	each := fmt.Sprintf("%s + %s, %d %s", size(m.Heap), size(m.Total()-m.Heap), cores, word)
	n, set, err := w.conf.Int(keyInstances)
	if dynamic, _, _ := in.Conf.Bool("spark.dynamicAllocation.enabled"); err != nil || dynamic {
		return "executors of " + each
	}
	if !set {
		n = defaultExecutors
	}
	return fmt.Sprintf("%d × (%s)", n, each)
}
