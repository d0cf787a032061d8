package tuner

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

const fromWorker = "Spark: WorkerArguments.scala; deploy/ has no memoryOverhead"

// worker decides about a standalone worker: its container must hold its own JVM and every executor that it may start.
func (w *work) worker(p *Pod) {
	c := p.Container
	if c == nil {
		w.note("the worker has no pod template here: nothing can be said of its memory")
		return
	}
	daemon, _, daemonOK := envMiB(c, "SPARK_DAEMON_MEMORY", spark.DefaultDaemonMiB)
	offers, set, offersOK := envMiB(c, "SPARK_WORKER_MEMORY", 0)
	switch {
	case !daemonOK || !offersOK:
		w.note("SPARK_WORKER_MEMORY or SPARK_DAEMON_MEMORY of the worker cannot be read: nothing can be said of its memory")
		return
	case severalWorkers(c):
		w.note("the worker's arguments, or several workers in one container, decide what it offers: nothing is said of its memory")
		return
	case !set && p.Open:
		w.note("SPARK_WORKER_MEMORY may be set where it cannot be seen: nothing is said of the worker's memory")
		return
	}
	w.edit(Setting{Role: p.Role, Name: "SPARK_DAEMON_MEMORY", Now: spark.EnvString(c, "SPARK_DAEMON_MEMORY"), Verdict: Keep, Confidence: Medium,
		Why: "the worker's own heap: it keeps little", Formula: fmt.Sprintf("heap %dMi", daemon), Source: fromWorker}, spark.PodChange{Env: "SPARK_DAEMON_MEMORY"})
	limit, limited := memoryLimit(c)
	if !limited && !set {
		w.note("the worker has neither a memory limit nor SPARK_WORKER_MEMORY: it offers the node's memory less %dMi, and executors compete with whatever else runs there; say what it may offer with SPARK_WORKER_MEMORY", spark.WorkerLeavesMiB)
		w.workerCores(p)
		return
	}
	w.workerMemory(p, daemon, offers, set, limit, limited)
	w.workerCores(p)
}

func (w *work) workerMemory(p *Pod, daemon, offers int64, set bool, limit int64, limited bool) {
	s := Setting{Role: p.Role, Name: "SPARK_WORKER_MEMORY", Now: spark.EnvString(p.Container, "SPARK_WORKER_MEMORY"), Verdict: Keep, Confidence: High, Source: fromWorker}
	s.Why = "said plainly"
	if !set {
		offers = spark.WorkerOffer(limit)
		s.Verdict, s.Recommended, s.Confidence = Change, size(offers), Medium
		s.Why = fmt.Sprintf("unset: its limit less %dMi, %dMi at the least", spark.WorkerLeavesMiB, spark.WorkerLeavesMiB)
	}
	need := spark.WorkerNeed(daemon, offers)
	if limited && limit < need && !w.fitsSomewhere((need+255)/256*256) {
		if fits := spark.WorkerFits(daemon, limit) / 64 * 64; fits >= spark.DefaultHeapMiB {
			offers = fits
			s.Verdict, s.Recommended, s.Confidence = Change, size(offers), High
			s.Why = "no node holds a limit that is large enough: what fits the limit is offered"
			need = spark.WorkerNeed(daemon, offers)
		}
	}
	formula := fmt.Sprintf("daemon %dMi + %dMi + 1.15 × %dMi = %dMi", daemon, spark.DaemonBesideMiB, offers, need)
	s.Formula = formula
	w.edit(s, spark.PodChange{Env: s.Name})
	w.limit(p, need, formula, fromWorker)
}

// fitsSomewhere says whether a node holds a pod of a size; it does where the nodes are not known.
func (w *work) fitsSomewhere(mib int64) bool {
	for _, n := range w.in.Nodes {
		if n.MemoryMiB >= mib {
			return true
		}
	}
	return w.in.Nodes == nil
}

// severalWorkers says whether more decides about what a worker offers than its variables do.
func severalWorkers(c *corev1.Container) bool {
	if value, literal, present := spark.EnvValue(c, "SPARK_WORKER_INSTANCES"); present && (!literal || value != "1") {
		return true
	}
	for _, words := range [][]string{c.Command, c.Args} {
		for _, word := range words {
			if word == "-m" || word == "--memory" || strings.HasPrefix(word, "--memory=") || strings.Contains(word, " --memory ") || strings.Contains(word, " -m ") {
				return true
			}
		}
	}
	return false
}

// workerCores decides about the processors that a worker offers. Without a word they are those that its JVM sees.
func (w *work) workerCores(p *Pod) {
	c := p.Container
	limit, limited := c.Resources.Limits[corev1.ResourceCPU]
	request, requested := c.Resources.Requests[corev1.ResourceCPU]
	value, literal, present := spark.EnvValue(c, "SPARK_WORKER_CORES")
	cores, err := parseCores(value)
	s := Setting{Role: p.Role, Name: "SPARK_WORKER_CORES", Now: value, Verdict: Keep, Confidence: Medium, Source: "Spark: WorkerArguments.scala; " + fromCgroup}
	switch {
	case present && (!literal || err != nil), !present && p.Open:
		w.note("SPARK_WORKER_CORES cannot be told: nothing is said of the worker's processors")
		return
	case present:
		s.Why, s.Formula = "said plainly", fmt.Sprintf("%d cores", cores)
	case limited:
		seen := (limit.MilliValue() + 999) / 1000
		s.Why, s.Formula = "not set: it offers its CPU limit, rounded up", fmt.Sprintf("ceil(%s) = %d", limit.String(), seen)
	case requested && request.MilliValue() >= 1000:
		s.Verdict, s.Confidence, s.Recommended = Try, Low, strconv.FormatInt(request.MilliValue()/1000, 10)
		s.Why, s.Formula = "not set, no limit: it offers every processor of its node", fmt.Sprintf("floor(request %s)", request.String())
	default:
		s.Why, s.Formula = "not set, no limit: it offers every processor of its node", "processors of the node"
	}
	w.edit(s, spark.PodChange{Env: s.Name})
	if limited && present && limit.MilliValue() < cores*1000 {
		w.edit(Setting{Role: p.Role, Name: "limits.cpu", Now: limit.String(), Verdict: Change, Confidence: High, Source: fromRequest,
			Why: fmt.Sprintf("%d tasks at a time are throttled to %s", cores, processorsOf(limit.MilliValue())), Formula: fmt.Sprintf("%d cores, limit %s", cores, limit.String())}, spark.PodChange{Resource: "limits.cpu"})
	}
	w.note("a standalone application without spark.executor.cores gets one executor for each worker, with all of its cores; set it, and spark.cores.max where workers are shared")
}

func parseCores(text string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	if err == nil && n < 1 {
		err = errors.New("must be at least 1")
	}
	return n, err
}
