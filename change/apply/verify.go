package apply

import (
	"context"
	"errors"
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
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Verdict is what a comparison came to.
type Verdict string

// The verdicts.
const (
	AsApplied   Verdict = "as applied"
	AsPredicted Verdict = "as predicted"
	Better      Verdict = "better" // than predicted, and the prediction knew nothing of a setting that was changed
	Different   Verdict = "different"
	NotRead     Verdict = "not read"
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
	Cores     int     `json:"cores,omitempty"` // of each executor
}

// Compared is one thing that was compared.
type Compared struct {
	Name    string  `json:"name"` // a key of the configuration, time or cost
	Wanted  string  `json:"wanted"`
	Found   string  `json:"found,omitempty"`
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why,omitempty"` // where it was not read, or what may make the difference
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
	if w.Prediction == nil {
		v.Compared = append(v.Compared, Compared{Name: "time and cost", Verdict: NotRead, Why: "the record has no prediction: give --event-log with --apply"})
		return v
	}
	v.Compared = append(v.Compared, w.Prediction.time(&run), w.Prediction.cost(&run))
	return v
}

// time compares the time of a run with what was predicted.
func (p *Prediction) time(run *Run) Compared {
	c := Compared{Name: "time", Wanted: p.timeText(), Verdict: NotRead}
	switch {
	case run.Seconds == 0:
		c.Why = "the run has not ended, or its log has no end"
	case !p.sized(run):
		c.Found, c.Why = fmt.Sprintf("%.1f s", run.Seconds), "the run had "+size(run.Executors, run.Cores)
	default:
		c.Found, c.Verdict = fmt.Sprintf("%.1f s", run.Seconds), p.within(run.Seconds, p.Low, p.High)
	}
	if len(p.Open) > 0 && (c.Verdict == Different || c.Verdict == Better) {
		c.Why = "the prediction leaves out " + strings.Join(p.Open, ", ")
	}
	return c
}

func (p *Prediction) timeText() string {
	return fmt.Sprintf("%.1f s (%s) with %s", p.Seconds, span(p.Low, p.High, "%.1f"), size(p.Executors, p.Cores))
}

func gibHours(x float64) string { return fmt.Sprintf("%.4g GiB·h", x) }

// String is a sentence about the next run.
func (p *Prediction) String() string {
	text := "the next run is predicted to take " + p.timeText()
	if p.GiBHours > 0 {
		text += ", " + gibHours(p.GiBHours)
	}
	if len(p.Open) > 0 {
		text += "; the effect of " + strings.Join(p.Open, ", ") + " is not predicted"
	}
	return text
}

// cost compares the memory that the pods of a run held, times the hours: the bounds are those of the time.
func (p *Prediction) cost(run *Run) Compared {
	low, high := p.GiBHours*p.Low/max(p.Seconds, .001), p.GiBHours*p.High/max(p.Seconds, .001)
	c := Compared{Name: "cost", Wanted: fmt.Sprintf("%s (%s)", gibHours(p.GiBHours), span(low, high, "%.4g")), Verdict: NotRead}
	switch {
	case p.GiBHours == 0:
		c.Wanted, c.Why = "", "the memory of the pods was not known"
	case run.Seconds == 0:
		c.Why = "the run has not ended, or its log has no end"
	case run.GiBHours == 0:
		c.Why = "the memory of the pods is not known"
	case !p.sized(run):
		c.Found, c.Why = gibHours(run.GiBHours), "the run had "+size(run.Executors, run.Cores)
	default:
		c.Found, c.Verdict = gibHours(run.GiBHours), p.within(run.GiBHours, low, high)
	}
	return c
}

// sized says whether a run had the executors that the prediction is for.
func (p *Prediction) sized(run *Run) bool {
	return run.Cores == p.Cores && (run.Executors == p.Executors || p.Dynamic && run.Executors < p.Executors)
}

func size(executors, cores int) string {
	words := []string{fmt.Sprintf("%d executors", executors), fmt.Sprintf("%d cores", cores)}
	for i, n := range []int{executors, cores} {
		if n == 1 {
			words[i] = strings.TrimSuffix(words[i], "s")
		}
	}
	return strings.Join(words, " of ")
}

// span is an interval; high is 0 where it has no end.
func span(low, high float64, form string) string {
	if high == 0 {
		return fmt.Sprintf("at least "+form, low)
	}
	return fmt.Sprintf(form+"–"+form, low, high)
}

func (p *Prediction) within(x, low, high float64) Verdict {
	switch {
	case x >= low && (high == 0 || x <= high):
		return AsPredicted
	case x < low && len(p.Open) > 0:
		return Better
	}
	return Different
}

// verify compares one setting with the configuration in effect.
func (s *Setting) verify(run Run) Compared {
	found, set := run.Conf[s.Key]
	c := Compared{Name: s.Key, Wanted: mask.Value(s.Key, s.Value), Found: mask.Value(s.Key, found), Verdict: Different}
	if s.Unset {
		c.Wanted = "(not set)"
	}
	switch {
	case !set && !run.Reads(s.Key):
		c.Verdict, c.Why = NotRead, run.Source+" does not tell this setting"
	case s.Unset && !set, !s.Unset && set && sameValue(s.Key, s.Value, found):
		c.Verdict = AsApplied
	case s.Unset:
		if instead, ok := (spark.Change{Key: s.Key, Unset: true}).Set(); ok && sameValue(s.Key, instead.Value, found) {
			c.Verdict = AsApplied
		}
	}
	if !set && c.Verdict != NotRead {
		c.Found = "(not set)"
	}
	return c
}

// sameValue says whether Spark takes two values of a key as the same: sizes may be spelled in different units.
func sameValue(key, a, b string) bool {
	if strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) {
		return true
	}
	unit := spark.MiB
	switch {
	case key == spark.KeyOffHeapSize:
		unit = spark.Byte
	case !strings.HasSuffix(key, "emory") && !strings.HasSuffix(key, "emoryOverhead"):
		return false
	}
	x, err := spark.ParseSize(a, unit)
	y, also := spark.ParseSize(b, unit)
	return err == nil && also == nil && x == y
}

// driverConf is the volume of a driver's pod that holds its configuration, and properties its key.
const driverConf, driverProperties = "spark-conf-volume-driver", "spark.properties"

// LiveRun is the run of a workload by its driver's pod and the ConfigMap that spark-submit made for it. The error says why there is none.
func LiveRun(ctx context.Context, reader *cluster.Reader, w *scene.Workload) (run Run, err error) {
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
		return run, errors.New("no pod of a driver runs")
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
		return run, errors.New("the driver's pod has no ConfigMap with its configuration")
	case gap != nil:
		return run, fmt.Errorf("the ConfigMap of the driver was not read: it %s", gap.Reason())
	}
	conf, err := spark.ParseProperties([]byte(lookup(raw, "data", driverProperties)))
	if err != nil {
		return run, fmt.Errorf("the configuration of the driver cannot be read: %w", err)
	}
	run.Source, run.Conf, run.Reads = "the driver's pod", map[string]string{}, func(string) bool { return true }
	for key, setting := range conf {
		run.Conf[key] = setting.Value
	}
	return run, nil
}

// Standing compares the objects of a record with what was applied to them: whether each still has its fields.
func (r *Record) Standing(ctx context.Context, reader *cluster.Reader) (all []Compared, err error) {
	order, entries := r.standing()
	for _, uid := range slices.Backward(order) {
		o := &Object{Edited: change.Edited{Target: entries[uid][0].Object}, reader: reader}
		c := Compared{Name: o.Name(), Verdict: AsApplied}
		object, err := o.now(ctx)
		switch {
		case apierrors.IsForbidden(err):
			c.Verdict, c.Why = NotRead, "your account may not read it"
		case err != nil:
			return nil, err
		case object == nil:
			c.Verdict, c.Found = Different, "it was deleted since"
		default:
			_, unmade, changed := takeBack(object, entries[uid])
			if len(unmade) == len(entries[uid]) {
				continue
			}
			if len(changed) > 0 {
				c.Verdict, c.Found = Different, strings.Join(changed, ", ")+" changed since"
			}
		}
		fields := map[string]bool{}
		for _, entry := range entries[uid] {
			for _, f := range entry.Fields {
				fields[f.Path] = true
			}
		}
		if c.Wanted = "1 field"; len(fields) != 1 {
			c.Wanted = fmt.Sprintf("%d fields", len(fields))
		}
		all = append(all, c)
	}
	return all, nil
}
