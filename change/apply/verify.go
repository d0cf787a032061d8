package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Verdict is what a comparison came to.
type Verdict string

// The verdicts.
const (
	AsApplied Verdict = "as applied"
	Different Verdict = "different"
	NotRead   Verdict = "not read"
)

// Run is a run of a workload, as an event log or its pods tell it.
type Run struct {
	Source  string    `json:"source"` // what tells it
	Started time.Time `json:"started"`
	// Conf is the configuration in effect, and Reads says whether a key would stand there if it were set.
	Conf  map[string]string     `json:"-"`
	Reads func(key string) bool `json:"-"`
	// Seconds is its duration and GiBHours the memory that its pods held, times hours; 0 where that is not known.
	Seconds   float64 `json:"seconds,omitempty"`
	GiBHours  float64 `json:"memoryGiBHours,omitempty"`
	Executors int     `json:"executors,omitempty"`
}

// Compared is one thing that was compared.
type Compared struct {
	Name    string  `json:"name"` // a key of the configuration, time or cost
	Wanted  string  `json:"wanted"`
	Found   string  `json:"found,omitempty"`
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why,omitempty"` // where it was not read
}

// Verification compares a run with what was applied.
type Verification struct {
	Workload string     `json:"workload,omitempty"` // "" for the objects of the record
	Run      *Run       `json:"run,omitempty"`
	Compared []Compared `json:"compared"`
}

// Is says whether any comparison came to a verdict.
func (v *Verification) Is(verdict Verdict) bool {
	return slices.ContainsFunc(v.Compared, func(c Compared) bool { return c.Verdict == verdict })
}

// Verify compares a run with what was applied for its workload: the settings, and the time and the cost with what was predicted.
func (w *Workload) Verify(run Run) Verification {
	v := Verification{Workload: w.Name, Run: &run}
	for _, s := range w.Settings {
		v.Compared = append(v.Compared, s.verify(run))
	}
	p := w.Prediction
	if p == nil {
		v.Compared = append(v.Compared, Compared{Name: "time and cost", Verdict: NotRead, Why: "the record has no prediction"})
		return v
	}
	wanted := fmt.Sprintf("%.0f s (%.0f–%.0f) with %d executors", p.Seconds, p.Low, p.High, p.Executors)
	switch {
	case run.Seconds == 0:
		v.Compared = append(v.Compared, Compared{Name: "time", Wanted: wanted, Verdict: NotRead, Why: "the run has not ended, or its log has no end"})
	case run.Executors != p.Executors:
		v.Compared = append(v.Compared, Compared{Name: "time", Wanted: wanted, Found: fmt.Sprintf("%.0f s with %d executors", run.Seconds, run.Executors), Verdict: NotRead, Why: "the run had another number of executors"})
	default:
		c := Compared{Name: "time", Wanted: wanted, Found: fmt.Sprintf("%.0f s", run.Seconds), Verdict: Different}
		if run.Seconds >= p.Low && run.Seconds <= p.High {
			c.Verdict = AsApplied
		}
		v.Compared = append(v.Compared, c)
	}
	cost := Compared{Name: "cost", Wanted: fmt.Sprintf("%.2f GiB·h", p.GiBHours), Found: fmt.Sprintf("%.2f GiB·h", run.GiBHours), Verdict: Different}
	low, high := p.GiBHours*p.Low/max(p.Seconds, 1), p.GiBHours*p.High/max(p.Seconds, 1)
	switch {
	case p.GiBHours == 0 || run.GiBHours == 0:
		cost.Verdict, cost.Why = NotRead, "the memory of the pods is not known"
	case run.GiBHours >= low && run.GiBHours <= high:
		cost.Verdict = AsApplied
	}
	v.Compared = append(v.Compared, cost)
	return v
}

// verify compares one setting with the configuration in effect.
func (s *Setting) verify(run Run) Compared {
	found, set := run.Conf[s.Key]
	c := Compared{Name: s.Key, Wanted: s.Value, Found: found, Verdict: Different}
	if s.Unset {
		c.Wanted = "(not set)"
	}
	switch {
	case !set && !run.Reads(s.Key):
		c.Verdict, c.Why = NotRead, run.Source+" does not tell this setting"
	case s.Unset && !set, !s.Unset && set && sameValue(s.Key, s.Value, found):
		c.Verdict = AsApplied
	}
	if !set {
		c.Found = "(not set)"
	}
	return c
}

// sameValue says whether Spark takes two values of a key as the same: sizes may be spelled in different units.
func sameValue(key, a, b string) bool {
	if strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) {
		return true
	}
	if !strings.Contains(strings.ToLower(key), "memory") {
		return false
	}
	x, err := spark.ParseSize(a, spark.MiB)
	y, also := spark.ParseSize(b, spark.MiB)
	return err == nil && also == nil && x == y
}

// driverConf is the volume of a driver's pod that holds its configuration, and properties its key.
const driverConf, driverProperties = "spark-conf-volume-driver", "spark.properties"

// LiveRun is the run of a workload by its driver's pod and the ConfigMap that spark-submit made for it. why says why there is none.
func LiveRun(ctx context.Context, reader *cluster.Reader, w *scene.Workload) (run Run, why string) {
	var driver []byte
	for _, s := range w.Subjects {
		if !s.Live || s.Slot.Role != spark.Driver {
			continue
		}
		if s.Doc.Meta.CreationTimestamp.After(run.Started) {
			driver, run.Started = s.Doc.Raw, s.Doc.Meta.CreationTimestamp.Time
		}
	}
	if driver == nil {
		return run, "no pod of a driver runs"
	}
	name := ""
	if volumes, ok := patch.Lookup(driver, patch.Path{"spec", "volumes"}); ok {
		patch.Elements(volumes, func(volume []byte) {
			if lookup(volume, "name") == driverConf {
				name = lookup(volume, "configMap", "name")
			}
		})
	}
	raw, gap := reader.ConfigMap(ctx, w.Namespace, name)
	switch {
	case name == "" || raw == nil && gap == nil:
		return run, "the driver's pod has no ConfigMap with its configuration"
	case gap != nil:
		return run, "the ConfigMap of the driver was not read: it " + gap.Reason()
	}
	conf, err := spark.ParseProperties([]byte(lookup(raw, "data", driverProperties)))
	if err != nil {
		return run, "the configuration of the driver cannot be read: " + err.Error()
	}
	run.Source, run.Conf, run.Reads = "the driver's pod", map[string]string{}, func(string) bool { return true }
	for key, setting := range conf {
		run.Conf[key] = setting.Value
	}
	return run, ""
}

// Standing compares the objects of a record with what was applied to them: whether each still has its fields.
func (r *Record) Standing(ctx context.Context, reader *cluster.Reader) (all []Compared, err error) {
	for _, entry := range r.Changes {
		if entry.State != Applied {
			continue
		}
		o := &Object{Edited: change.Edited{Target: entry.Object}, reader: reader}
		c := Compared{Name: o.Name(), Wanted: fmt.Sprintf("%d fields", len(entry.Fields)), Verdict: AsApplied}
		object, err := o.now(ctx)
		switch {
		case apierrors.IsForbidden(err):
			c.Verdict, c.Why = NotRead, "your account may not read it"
		case err != nil:
			return nil, err
		case object == nil:
			c.Verdict, c.Found = Different, "it was deleted since"
		default:
			if _, changed := undo(object, entry.Fields); len(changed) > 0 {
				c.Verdict, c.Found = Different, strings.Join(changed, ", ")+" changed since"
			}
		}
		all = append(all, c)
	}
	return all, nil
}
