package tuner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
	"github.com/kubectl-spark/kubectl-spark/tuner/formulas"
)

// DefaultMinRuns is how many whole runs must show that less is enough before anything is lowered.
const DefaultMinRuns = 3

// How far one recommendation goes from what a run had: memory grows to twice of it and shrinks by a quarter.
const (
	mostGrowth  = 2
	leastShrink = .75
)

// answer is what runs ask of a memory setting. It counts from what the runs had, not from what is configured now: once it is carried
// out, the same runs ask for nothing.
type answer struct {
	to         int64 // MiB; what is configured now where nothing changes
	basis      string
	why        string
	formula    string
	evidence   string
	confidence Confidence
	verdict    Verdict
	run        *evidence.Run // that asks for a larger heap of executors; nil else
}

// minRuns is how many whole runs a reduction needs.
func (w *work) minRuns() int { return cmp.Or(w.in.MinRuns, DefaultMinRuns) }

// ran says whether runs are known.
func (w *work) ran() bool { return len(w.runs.Runs) > 0 }

// lowers says whether whole runs are enough to lower something, and how many are given.
func (w *work) lowers() bool { return w.runs.Whole() >= w.minRuns() }

// side is a role's part of a run.
func side(r *evidence.Run, role spark.Role) *evidence.Side { return r.Side(role) }

// few words that a value could be lower, and how many runs that would need.
func (w *work) few(what string) string {
	return fmt.Sprintf("%s; %d of the %d whole runs that a reduction needs", what, w.runs.Whole(), w.minRuns())
}

// moreTasks says that executors run more tasks at once than those of a run did, so that the run does not show that less memory is enough;
// "" where they do not.
func (w *work) moreTasks() string {
	cores, err := sizing.Cores(w.conf, spark.Executor)
	now := cores / sizing.TaskCores(w.conf)
	for i := range w.runs.Runs {
		if r := &w.runs.Runs[i]; err == nil && r.Whole && now > r.Slots {
			return fmt.Sprintf("executors run %d tasks at once now, not %d%s: nothing is reduced", now, r.Slots, w.from(r))
		}
	}
	return ""
}

// moreHeap says of executors why their heap must hold more than in a run; "" where it does not.
func (w *work) moreHeap() string {
	if more := w.moreTasks(); more != "" {
		return more
	}
	m, err := w.sized(spark.Executor)
	n, set, _ := w.conf.Int(keyInstances)
	dynamic, _, _ := w.conf.Bool(keyDynamic)
	for i := range w.runs.Runs {
		switch r := &w.runs.Runs[i]; {
		case err != nil || !r.Whole:
		case m.OffHeap < r.Executor.Pod.OffHeap:
			return fmt.Sprintf("executors have less off-heap memory now%s: the heap is not reduced", w.from(r))
		case set && !dynamic && n < r.Executors && r.Executor.Stored > 0:
			return fmt.Sprintf("%d executors store now what %d stored%s: the heap is not reduced", n, r.Executors, w.from(r))
		}
	}
	return ""
}

// answered writes what runs ask for into a setting of memory. m is the pod with what was decided so far, and now what it has of it.
func (w *work) answered(s *Setting, a *answer, m sizing.Pod, now int64) {
	if a == nil {
		return
	}
	w.keepPeak(s.Role, a, now)
	f := formulas.Of(a.basis)
	s.Basis, s.Source, s.Confidence, s.Why, s.Evidence = a.basis, f.Source, a.confidence, a.why, w.runs.WithPods(a.evidence, s.Role)
	if a.formula != "" {
		s.Formula = a.formula
	}
	if s.Verdict = Keep; a.to == now {
		return
	}
	s.Verdict = cmp.Or(a.verdict, Change)
	s.Recommended = sizing.JavaSize(a.to)
	before, after := m.Total(), m.Total()-now+a.to
	if after > before && w.fitsSomewhere(before) && !w.fitsSomewhere(after) {
		s.Verdict = Try
		s.Why += fmt.Sprintf("; no node holds a pod of %dMi", after)
	}
	if limit := w.limitOf(s.Role); before < limit && limit < after {
		s.Verdict = Try
		s.Why += fmt.Sprintf("; the operator's memoryLimit is %dMi, and the API server refuses a pod that requests %dMi", limit, after)
	}
	s.Effect = fmt.Sprintf("%s's pod %dMi, now %dMi (%+d %%)", s.Role, after, before, (after-before)*100/max(before, 1))
}

// keepPeak lets a reduction leave what a pod of the runs took. What was decided before it counts, and heaps stay at the sizes of 4-byte pointers.
func (w *work) keepPeak(role spark.Role, a *answer, now int64) {
	least, why := w.runs.Floor(role)
	m, err := w.sized(role)
	left := m.Total() - now + a.to
	if err != nil || a.to >= now || left >= least {
		return
	}
	if a.why += "; " + why; least > m.Total() {
		a.to = now
		return
	}
	if a.to = min(sizing.Up64(a.to+least-left), now); a.basis == "heap-unused" && sizing.Narrow(a.to) != a.to {
		a.to = now
	}
}

// limitOf is the memory limit in MiB that an operator's webhook gives the container of a role in place of Spark's; 0 where there is none.
func (w *work) limitOf(role spark.Role) int64 {
	p := w.pod(role)
	if !w.in.Launcher.Traits().Webhook || p.Container == nil {
		return 0
	}
	return p.Container.Resources.Limits.Memory().Value() >> 20
}

// setByRuns decides about a key that runs ask for. The value "" takes it out.
func (w *work) setByRuns(role spark.Role, key, value, basis string, verdict Verdict, confidence Confidence, why, seen, effect string) {
	f := formulas.Of(basis)
	s := Setting{Role: role, Name: key, Verdict: verdict, Recommended: value, Basis: basis, Confidence: confidence, Why: why, Evidence: seen, Effect: effect, Formula: f.Formula, Source: f.Source}
	if now, set := w.conf.Get(key); set && same(now, value) || !set && value == "" {
		s.Verdict = Keep
	}
	if s.Verdict == Keep && w.in.Conf[key].Value == "" {
		return
	}
	w.set(s)
}

// same compares a value with one that is recommended: booleans in any case.
func same(now, value string) bool { return strings.EqualFold(strings.TrimSpace(now), value) }

// from names the run that a figure is from, where there are several.
func (w *work) from(r *evidence.Run) string {
	if len(w.runs.Runs) < 2 || r == nil {
		return ""
	}
	return " (" + r.ID + ")"
}

// percent writes a share.
func percent(share float64) string { return fmt.Sprintf("%.1f %%", share*100) }

// up rounds a heap as people write it: to 64 MiB below 1 GiB, else to 256 MiB.
func up(mib int64) int64 {
	if mib < 1024 {
		return sizing.Up64(mib)
	}
	return sizing.Up256(mib)
}

// missing notes the evidence that the last run's log lacks, with the settings that bring it.
func (w *work) missing() {
	last := w.runs.Last()
	var all []string
	for _, m := range last.Model.Missing {
		if name, _, _ := strings.Cut(m.Setting, "="); m.Setting != "" && !w.switched(strings.TrimSuffix(name, " (unset)")) && !slices.Contains(all, m.Setting) {
			all = append(all, m.Setting)
		}
	}
	if all != nil {
		w.note("the log lacks evidence. The next run has it with %s (tune --enable-evidence)%s", strings.Join(all, ", "), last.Elsewhere())
	}
	for _, text := range w.runs.NotRead() {
		w.note("%s", text)
	}
	const keyName = "spark.app.name"
	if name, set := w.conf.Get(keyName); set && name != last.Model.Application.Name {
		w.note("the event log is of application %q, and %s is %q", last.Model.Application.Name, keyName, name)
	}
	if text := last.NoEnd(); text != "" {
		w.note("%s", text)
	}
}

// decided says whether something was said of a setting before.
func (w *work) decided(key string) bool {
	return slices.ContainsFunc(w.out.Settings, func(s Setting) bool { return s.Name == key })
}

// switched says whether a switch of evidence is on by what was decided so far.
func (w *work) switched(key string) bool {
	return slices.ContainsFunc(w.out.Settings, func(s Setting) bool { return s.Name == key && s.Verdict == Change })
}
