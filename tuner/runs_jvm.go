package tuner

import (
	"cmp"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
	"github.com/kubectl-spark/kubectl-spark/tuner/formulas"
)

const occupancy = "-XX:InitiatingHeapOccupancyPercent"

// collectorByRuns decides about a collector by the time that collection took; it gives the option that is recommended, and found false
// where runs say nothing of it.
func (w *work) collectorByRuns(role spark.Role, s *Setting, m sizing.Pod, chosen bool) (token string, found bool) {
	share, full := -1.0, int64(0)
	var worst *evidence.Run
	for i := range w.runs.Runs {
		r := &w.runs.Runs[i]
		one := side(r, role)
		known, of := r.Model.Totals.RunMillis >= gcRunLeast, one.TaskGC
		if role == spark.Driver {
			of, known = one.GCShare, one.Sampled
		}
		if known && one.Collector == s.Now && of > share {
			share, worst = of, r
		}
		if known && one.Collector == "G1" {
			full += one.FullGCs
		}
	}
	if worst == nil || side(worst, role).Concurrent() {
		return "", false
	}
	basis, verdict, confidence, why, effect := "collector-fits", Keep, Medium, fmt.Sprintf("GC took %s of the time", percent(share)), ""
	switch one := side(worst, role); {
	case s.Now == "Serial" && !chosen && m.Heap >= sizing.ServerClassMiB && share >= littleGC:
		basis, verdict, token, effect = "collector-serial", Change, "-XX:+UseParallelGC", "GC on each core that the JVM counts"
		why = fmt.Sprintf("SerialGC by the JVM's choice; GC took %s", percent(share))
		s.Recommended = "Parallel"
	case s.Now == "Serial" && !chosen && share > wantedGC && w.countsSeveral(role, m.Cores):
		basis, verdict, token, effect = "collector-small", Change, "-XX:+UseParallelGC", "GC on each core that the JVM counts"
		why = fmt.Sprintf("a pod this small gets SerialGC; GC took %s", percent(share))
		s.Recommended = "Parallel"
	case s.Now == "Serial" && chosen && share > wantedGC && m.Heap >= sizing.ServerClassMiB && w.countsSeveral(role, m.Cores) && w.serialIn(role) != "":
		basis, verdict, effect = "collector-chosen", Try, "GC on each core that the JVM counts"
		if share > muchGC {
			verdict = Change
		}
		why = fmt.Sprintf("SerialGC by an option; GC took %s", percent(share))
		if at := w.serialIn(role); at != optionsKey(role) { // a JVM with two collectors does not start
			verdict, effect, why = Keep, "", fmt.Sprintf("%s: change it in %s to -XX:+UseParallelGC", why, at)
			break
		}
		s.Recommended, token = "Parallel", "-XX:+UseParallelGC"
	case role == spark.Executor && s.Now == "G1" && !chosen && share > wantedGC && full == 0 && m.Heap > 8<<10 && m.Heap <= sizing.NarrowHeap && one.Unified*5 < one.Pod.Heap:
		basis, verdict, token, effect = "collector-parallel", Try, "-XX:+UseParallelGC", "less GC work"
		why += ", and little is stored"
		s.Recommended = "Parallel"
	case s.Now == "G1" && full > 0 && share > wantedGC:
		basis, verdict, token, effect = "collector-occupancy", Try, occupancy+"=35", "marking starts earlier, full collections are rarer"
		why = fmt.Sprintf("G1 ran %s", count(full, "full collection", "full collections"))
		tokens, _ := w.tokens(role)
		if spark.HasOption(tokens, occupancy) { // and more is not asked of G1
			verdict, token, effect = Keep, "", ""
			break
		}
		s.Name, s.Now, s.Recommended = occupancy, "", "35"
	case share > wantedGC:
		return "", false
	}
	f := formulas.Of(basis)
	s.Basis, s.Source, s.Formula, s.Verdict, s.Confidence, s.Why, s.Effect = basis, f.Source, f.Formula, verdict, confidence, why, effect
	s.Evidence = fmt.Sprintf("%s; GC took %s of the time%s", side(worst, role).Collector, percent(share), w.from(worst))
	return token, true
}

// countsSeveral says whether the JVM of a role has processors on which another collector works faster than the serial one.
func (w *work) countsSeveral(role spark.Role, cores int64) bool {
	cpu, err := sizing.CPUOf(w.conf, role)
	if err != nil {
		return false
	}
	cpu.Tokens, _ = w.tokens(role)
	n := cmp.Or(cpu.Processors(), w.largestNode()/1000)
	return n != 1 && cores > 1
}

// serialIn names what holds the option that chooses the serial collector of a role: the key that recommendations are written to, where it
// is there. Pods hold what an earlier configuration said, so that they tell of other places alone. "" where a key chooses another one.
func (w *work) serialIn(role spark.Role) string {
	for _, key := range []string{optionsKey(role), "spark." + string(role) + ".defaultJavaOptions"} {
		text, _ := w.conf.Get(key)
		tokens, err := spark.SplitOptions(text)
		switch name, chosen := spark.CollectorOf(tokens); {
		case err != nil, chosen && name != "Serial":
			return ""
		case chosen:
			return key
		}
	}
	return "the pod template or the image"
}

// Keys of decommissioning.
const (
	keyDecommission = "spark.decommission.enabled"
	keyStorage      = "spark.storage.decommission.enabled"
	keyShuffleMoved = "spark.storage.decommission.shuffleBlocks.enabled"
	keyCacheMoved   = "spark.storage.decommission.rddBlocks.enabled"
)

// losses decides about what executors leave behind, and notes losses that no setting of Spark's answers.
func (w *work) losses() error {
	if !w.ran() {
		return nil
	}
	for i := range w.runs.Runs {
		l := &w.runs.Runs[i].Lost
		if l.Single {
			w.note("executors came back with one task slot after an OutOfMemoryError%s: Spark's recovery mode. Fix the memory and start the application again", w.from(&w.runs.Runs[i]))
		}
		if l.Classes > 0 {
			w.note("the memory of classes or of mapped files ran out for %s%s: a larger heap does not help; raise or remove -XX:MaxMetaspaceSize", count(l.Classes, "task", "tasks"), w.from(&w.runs.Runs[i]))
		}
		if l.Elsewhere > 0 {
			w.note("%s of other resource profiles ran out of memory%s: their memory is set in the application's code", count(l.Elsewhere, "executor", "executors"), w.from(&w.runs.Runs[i]))
		}
		if l.Evicted > 0 {
			text := "the kubelet evicted " + count(l.Evicted, "executor", "executors")
			if l.Disk > 0 {
				text += " for disk space: give executors a volume (spark.kubernetes.executor.volumes) or an ephemeral-storage request in the pod template"
			}
			w.note("%s%s", text, w.from(&w.runs.Runs[i]))
		}
	}
	gone, r := w.runs.Most(func(r *evidence.Run) int64 { return r.Lost.Decommissioned })
	if r == nil {
		return nil
	}
	verdict, confidence := Try, Low
	if r.Lost.Refetched > 0 {
		verdict, confidence = Change, Medium
	}
	seen := fmt.Sprintf("%s stopped from outside, %s fetched again or lost%s", count(gone, "executor was", "executors were"), count(r.Lost.Refetched, "shuffle output was", "shuffle outputs were"), w.from(r))
	for _, key := range []string{keyDecommission, keyStorage, keyShuffleMoved, keyCacheMoved} {
		if _, _, err := w.conf.Bool(key); err != nil {
			return err
		}
		w.setByRuns(spark.Executor, key, "true", "decommission", verdict, confidence, "executors were stopped from outside", seen, "blocks move before an executor ends")
	}
	return nil
}
