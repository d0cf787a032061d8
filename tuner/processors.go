package tuner

import (
	"fmt"
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/formulas"
)

const (
	fromCgroup  = "JDK-8281181: without a CPU limit the JVM counts the node's processors"
	fromRequest = "Kubernetes: refuses a request above its limit, and throttles at the limit"
)

// processors decides about cores, CPU request and limit, and about what the JVM is told of them.
func (w *work) processors(role spark.Role, m sizing.Pod) error {
	cpu, err := sizing.CPUOf(w.conf, role)
	if err != nil {
		return err
	}
	cpu.HeapMiB = m.Heap
	cpu.Tokens, _ = w.tokens(role)
	if role == spark.Executor {
		w.coresByRuns(cpu.Cores)
	}
	if key := "spark." + string(role) + ".cores"; !w.decided(key) {
		w.coresSetting(role, cpu.Cores)
	}
	if cpu, err = sizing.CPUOf(w.conf, role); err != nil {
		return err
	}
	cpu.HeapMiB = m.Heap
	cpu.Tokens, _ = w.tokens(role)
	if role == spark.Executor {
		w.requestByRuns(cpu)
	}
	if key := "spark.kubernetes." + string(role) + ".request.cores"; w.conf[key].Value != "" && !w.decided(key) {
		w.set(Setting{Role: role, Name: key, Verdict: Keep, Confidence: Medium,
			Why:     "reserved by the scheduler; only a run shows the CPU that tasks use",
			Formula: fmt.Sprintf("request %dm for %d cores", cpu.Request, cpu.Cores), Source: "Spark: BasicExecutorFeatureStep.scala"})
	}
	if cpu.Limit > 0 {
		w.cpuLimit(role, cpu)
	} else if share := w.runs.Throttled(role); share > 0 {
		w.note("the kernel throttled pods of the %s in %s of their CPU periods, says Prometheus, and %s is not set: raise the CPU limit in their pod template", role, percent(share), sizing.LimitKey(role))
	}
	w.processorCount(role, cpu)
	return nil
}

func (w *work) cpuLimit(role spark.Role, cpu sizing.CPU) {
	key := sizing.LimitKey(role)
	s := Setting{Role: role, Name: key, Verdict: Keep, Confidence: Medium, Source: fromRequest,
		Why: "fits all cores, and the JVM counts them", Formula: fmt.Sprintf("limit %dm, request %dm, %d cores", cpu.Limit, cpu.Request, cpu.Cores)}
	if role == spark.Driver {
		s.Why = "fits the request, and the JVM counts processors by it"
	}
	switch cpu.Judge() {
	case sizing.Refused:
		s.Verdict, s.Confidence, s.Why = Change, High, "below the request: the API server refuses the pod"
	case sizing.Throttled:
		s.Verdict, s.Confidence, s.Why = Change, High, throttled(cpu)
	case sizing.Serial:
		if cpu.Raised()*1000 <= cpu.Limit { // an option says one processor, and no limit changes that
			break
		}
		s.Verdict, s.Confidence, s.Source = Change, Medium, formulas.FromErgo
		s.Why = "the JVM counts one processor and chooses SerialGC"
	}
	s.Recommended = strconv.FormatInt(cpu.Raised(), 10) // and not taken out: a quota may ask for one, and it tells the JVM its processors
	if to, why, formula, seen := w.runs.CPULimit(role); to > 0 {
		s.Evidence = seen
		if s.Verdict == Keep && to*1000 > cpu.Limit {
			f := formulas.Of("cpu-throttled")
			s.Verdict, s.Basis, s.Source, s.Confidence, s.Why, s.Formula, s.Recommended = Try, f.ID, f.Source, f.Confidence, why, formula, strconv.FormatInt(to, 10)
			s.Effect = "pods may use what others of the node leave"
		}
	}
	w.set(s)
}

// throttled words how fast tasks run on too few processors.
func throttled(cpu sizing.CPU) string {
	tasks := "tasks"
	if cpu.Cores == 1 {
		tasks = "the task"
	}
	verb := "run"
	if cpu.Cores == 1 {
		verb = "runs"
	}
	return fmt.Sprintf("%s %s at %s", tasks, verb, cpu.SpeedWords())
}

func (w *work) coresSetting(role spark.Role, cores int64) {
	s := Setting{Role: role, Name: "spark." + string(role) + ".cores", Verdict: Keep, Confidence: Medium, Source: "Spark: spark.executor.cores is 1 on Kubernetes by default",
		Why: "tasks at the same time", Formula: fmt.Sprintf("%d cores", cores)}
	if role == spark.Driver {
		s.Source, s.Why = "Spark: spark.driver.cores is 1 by default", "CPU request of the driver's pod"
	}
	if w.changedByPacking(s.Name) {
		s.Verdict, s.Recommended, s.Why = Change, w.conf[s.Name].Value, "uses more cores of a node"
	}
	if _, set := w.in.Conf.Get(s.Name); !set && s.Verdict == Keep {
		return
	}
	w.set(s)
}

// processorCount decides about -XX:ActiveProcessorCount: without a limit it is the only thing that tells the JVM its cores.
func (w *work) processorCount(role spark.Role, cpu sizing.CPU) {
	if _, limited := w.conf.Get(sizing.LimitKey(role)); limited {
		return
	}
	const flag = "-XX:ActiveProcessorCount"
	template := "spark.kubernetes." + string(role) + ".podTemplateFile"
	p := w.pod(role)
	if p.Container != nil && !p.Container.Resources.Limits.Cpu().IsZero() {
		return // which Spark keeps where its own key sets none
	}
	_, unread := w.conf.Get(template)
	unread = unread && p.Container == nil
	s := Setting{Role: role, Name: flag, Verdict: Keep, Confidence: Medium, Source: fromCgroup, Formula: fmt.Sprintf("max(2, %d cores)", cpu.Cores)}
	if role == spark.Driver {
		s.Formula = fmt.Sprintf("max(2, request %dm)", cpu.Request)
	}
	tokens, ok := w.tokens(role)
	if !ok {
		return
	}
	for _, token := range tokens {
		if spark.OptionKey(token) == flag {
			s.Now = token[min(len(flag)+1, len(token)):]
			s.Recommended, s.Why = s.Now, "sets the processor count without a CPU limit"
			if !w.leaves(s) {
				w.add(s)
			}
			return
		}
	}
	if unread {
		if !w.leaves(s) {
			w.notJudged(string(role), "whether its JVM is told its processors: the file of "+template+" is not read, and may set a CPU limit")
		}
		return
	}
	largest := w.largestNode()
	s.Recommended = strconv.FormatInt(cpu.Count(), 10)
	switch sizing.NodeCount(largest/1000, cpu.Count()) { // what the option would say: a driver's is its request
	case sizing.Prior:
		s.Verdict, s.Confidence, s.Why = Try, Low, "or the JVM counts all of the node"
	case sizing.Short:
		s.Verdict, s.Confidence = Change, High
		s.Why = fmt.Sprintf("or the JVM counts all %d of the node", largest/1000)
		s.Formula += fmt.Sprintf("; on %d processors %d parallel collector threads", largest/1000, sizing.CollectorThreads(largest/1000))
	default:
		s.Recommended, s.Why = "", "the nodes are not much larger than the pod"
	}
	w.flag(s, flag+"="+s.Recommended)
}

func processorsOf(milli int64) string {
	if milli == 1000 {
		return "1 processor"
	}
	return strconv.FormatFloat(float64(milli)/1000, 'g', -1, 64) + " processors"
}

func (w *work) largestNode() (milli int64) {
	for _, n := range w.in.Nodes {
		milli = max(milli, n.CapacityMilli)
	}
	return milli
}
