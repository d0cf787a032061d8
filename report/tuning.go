package report

import (
	"fmt"
	"io"

	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/report/runs"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// Tuning is what tune says: one object in every machine-readable form.
type Tuning struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Workloads  []TunedWorkload `json:"workloads"`
	Coverage   Coverage        `json:"coverage"`
	// EventLog is the last run that was given, and Earlier are the others.
	*runs.EventLog
	Earlier []runs.EventLog `json:"earlierRuns,omitempty"`
	// OfLog says that the configuration is the log's: the run is shown too.
	OfLog bool `json:"-"`
	// Result is what the run of the log is predicted to take with other executors.
	*prediction.Result
	// Regression is the run of the log beside earlier ones.
	Regression *prediction.Regression `json:"regression,omitempty"`
	// Limits are the flags that left settings out; "" where all were asked for.
	Limits string `json:"limits,omitempty"`
	// Next is the command that shows the change, for the table.
	Next string `json:"-"`
}

// TunedWorkload is one workload's share.
type TunedWorkload struct {
	Name     string `json:"name"`
	Launcher string `json:"launcher,omitempty"`
	Spark    string `json:"spark,omitempty"`
	// Shape is the workload in a few words: 3 × (6g + 200m, 2 cores).
	Shape string `json:"shape,omitempty"`
	// Targets are the objects that its changes go into.
	Targets []Target `json:"targets,omitempty"`
	// Evidence is what it goes by, where that is no specification and no log; Running are the pods that run.
	Evidence string       `json:"evidence,omitempty"`
	Running  []RunningPod `json:"running,omitempty"`
	tuner.Recommendation
}

// Target is an object that is to be changed, and where it stands. A live one has the uid and the version that it was read
// with, so that a change can be refused where it is another one by then.
type Target struct {
	File            string `json:"file"`
	APIVersion      string `json:"apiVersion,omitempty"`
	Kind            string `json:"kind,omitempty"`
	Namespace       string `json:"namespace,omitempty"`
	Name            string `json:"name,omitempty"`
	UID             string `json:"uid,omitempty"`
	ResourceVersion string `json:"resourceVersion,omitempty"`
	Subresource     string `json:"subresource,omitempty"`
}

// TuningFormats lists the forms of a recommendation that kubectl does not know; the first is the usual one.
func TuningFormats() []string { return []string{"table", "wide"} }

// Write writes a recommendation. Wide adds each setting's formula and source, and breaks no line.
func (r *Tuning) Write(w io.Writer, o Options) error {
	r.APIVersion, r.Kind = APIVersion, "Recommendations"
	if r.Workloads == nil {
		r.Workloads = []TunedWorkload{}
	}
	r.coverEventLog()
	r.Coverage.finish(0)
	r.clean(o.ShowSecrets)
	if o.Printer == nil && o.Format == HTML && r.Result != nil {
		return r.page(w)
	}
	if !o.own(TuningFormats()) {
		return o.print(w, r.document())
	}
	o.wide = o.Format == "wide"
	return draw(w, o, func(t *table) {
		if r.eventLog() && r.Result != nil {
			runs.ShowPrediction(t.Table, r.EventLog, r.Result, r.Regression)
			return
		}
		if r.eventLog() && !r.OfLog {
			runs.Show(t.Table, r.EventLog, r.Earlier, r.Regression)
			return
		}
		if r.OfLog {
			runs.Show(t.Table, r.EventLog, r.Earlier, r.Regression)
			t.WriteByte('\n')
		}
		quiet := 0
		for i := range r.Workloads {
			if len(r.Workloads) > 1 && r.Workloads[i].quiet(t.o) {
				quiet++
				continue
			}
			t.tuned(&r.Workloads[i])
		}
		if quiet > 0 && quiet < len(r.Workloads) {
			t.WriteString(Count(quiet, "workload", "workloads") + " with nothing to change: --all shows them\n\n")
		}
		t.tuningVerdict(r)
	})
}

// document has a row for each setting, and the names of the objects that something would change in.
func (r *Tuning) document() printers.Document {
	if r.eventLog() || r.OfLog {
		return r.eventLogDocument()
	}
	d := printers.Document{Whole: r}
	for _, w := range r.Workloads {
		for _, s := range w.Settings {
			d.Rows = append(d.Rows, struct {
				Workload string `json:"workload"`
				tuner.Setting
			}{w.Name, s})
		}
		if !w.Changed() {
			continue
		}
		for _, t := range w.Targets {
			name := printers.Name{APIVersion: t.APIVersion, Kind: t.Kind, Name: t.Name}
			if t.Kind == "" || t.Name == "" {
				name = printers.Name{Name: t.File}
			}
			d.Names = append(d.Names, name)
		}
	}
	return d
}

// Reasons are a line for each thing that was not read, and for each role that was not judged: for the forms that do not hold
// them.
func (r *Tuning) Reasons() (lines []string) {
	lines = (&Report{Coverage: r.Coverage}).Reasons()
	if r.EventLog != nil {
		for _, reason := range r.EventLog.NotRead() {
			lines = append(lines, r.EventLog.Log.Name+": "+reason)
		}
	}
	for _, w := range r.Workloads {
		for _, one := range w.NotJudged {
			lines = append(lines, fmt.Sprintf("%s, %s: %s", w.Name, one.Role, one.Reason))
		}
	}
	return lines
}

// clean makes every string safe to print, and masks the values of what looks like a secret.
func (r *Tuning) clean(showSecrets bool) {
	for i := range r.Workloads {
		r.Workloads[i].clean(showSecrets)
	}
	r.Coverage.clean(showSecrets)
}

func (w *TunedWorkload) clean(showSecrets bool) {
	text := func(s string) string {
		if !showSecrets {
			s = mask.Message(s)
		}
		return clean.Text(s)
	}
	for j := range w.Running {
		for _, field := range []*string{&w.Running[j].Name, &w.Running[j].Node, &w.Running[j].NotResized} {
			*field = text(*field)
		}
	}
	for _, field := range []*string{&w.Name, &w.Launcher, &w.Spark, &w.Shape, &w.Evidence} {
		*field = clean.Text(*field)
	}
	for j := range w.Targets {
		one := &w.Targets[j]
		for _, field := range []*string{&one.File, &one.APIVersion, &one.Kind, &one.Namespace, &one.Name, &one.UID, &one.ResourceVersion, &one.Subresource} {
			*field = clean.Text(*field)
		}
	}
	for j := range w.Settings {
		s := &w.Settings[j]
		for _, field := range []*string{&s.Now, &s.Recommended} {
			if !showSecrets {
				*field = mask.Value(s.Name, *field)
			}
			*field = clean.Text(*field)
		}
		for _, field := range []*string{&s.Name, &s.Why, &s.Formula, &s.Evidence, &s.Effect} {
			*field = text(*field)
		}
		for _, field := range []*string{&s.Source, &s.Basis} {
			*field = clean.Text(*field)
		}
		s.Role, s.Verdict, s.Confidence = spark.Role(clean.Text(string(s.Role))), tuner.Verdict(clean.Text(string(s.Verdict))), tuner.Confidence(clean.Text(string(s.Confidence)))
		for k := range s.Rules {
			s.Rules[k] = clean.Text(s.Rules[k])
		}
	}
	for j := range w.Packing {
		one := &w.Packing[j]
		for _, field := range []*string{&one.Node, &one.Source, &one.Now.Bound, &one.Recommended.Bound} {
			*field = clean.Text(*field)
		}
	}
	for j := range w.Notes {
		w.Notes[j] = text(w.Notes[j])
	}
	for j := range w.NotJudged {
		w.NotJudged[j].Role, w.NotJudged[j].Reason = clean.Text(w.NotJudged[j].Role), text(w.NotJudged[j].Reason)
	}
}
