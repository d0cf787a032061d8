package tuner

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

// Sources that several settings share.
const (
	fromManager  = "Spark: UnifiedMemoryManager.getMaxMemory"
	fromProfile  = "Spark: ResourceProfile.scala, BasicExecutorFeatureStep.scala"
	fromDriver   = "Spark: BasicDriverFeatureStep.scala"
	fromPriors   = "estimates measured on real applications"
	fromHotspot  = "HotSpot: heaps from 32 GiB on have 8-byte references"
	unprovenHeap = "never reduced without evidence of a run"
)

// input is what decides the memory of a role's pod, by the configuration as it stands.
func (w *work) input(role spark.Role) spark.MemoryInput {
	return spark.MemoryInput{Version: w.in.Version, Role: role, Conf: w.conf, Python: w.in.Python, R: w.in.R, ClusterMode: w.in.ClusterMode, OwnOverhead: w.in.Launcher.Traits().OwnOverhead}
}

// sized is a role's pod by the configuration with all that was decided so far.
func (w *work) sized(role spark.Role) (sizing.Pod, error) {
	tokens, _ := w.tokens(role)
	return sizing.PodOf(w.input(role), tokens)
}

func (w *work) executors() error {
	if w.in.Pack {
		if err := w.pack(); err != nil {
			return err
		}
	}
	return w.role(spark.Executor)
}

func (w *work) driver() error { return w.role(spark.Driver) }

// role decides about the memory, the processors and the JVM of a driver or executor.
func (w *work) role(role spark.Role) error {
	pod, err := w.sized(role)
	if err != nil {
		return err
	}
	if w.driverElsewhere(role) {
		w.note("Spark does not create the driver's pod: set memory and CPU in its container")
		return nil
	}
	w.heap(role, pod)
	if pod, err = w.sized(role); err != nil {
		return err
	}
	if err := w.overhead(role, pod); err != nil {
		return err
	}
	if err := w.processors(role, pod); err != nil {
		return err
	}
	if pod, err = w.sized(role); err != nil {
		return err
	}
	w.collector(role, pod)
	return nil
}

// driverElsewhere says whether the driver runs in a pod that somebody else makes: a Connect server, a client.
func (w *work) driverElsewhere(role spark.Role) bool {
	if mode, _ := w.conf.Get("spark.submit.deployMode"); role == spark.Driver && mode == "client" {
		return true
	}
	return role == spark.Driver && !w.in.ClusterMode && w.pod(role).Role != "" && (w.pod(role).Role == spark.Connect || w.pod(role).Role == spark.Thrift)
}

func (w *work) heap(role spark.Role, m sizing.Pod) {
	s := Setting{Role: role, Name: "spark." + string(role) + ".memory", Verdict: Keep, Confidence: Medium,
		Why: unprovenHeap, Source: fromManager, Formula: w.regions(m.Heap)}
	text, _ := w.conf.Get(s.Name)
	tokens, _ := w.tokens(role)
	verdict := sizing.Heap(role, m.Heap, text, tokens)
	to := sizing.HeapTo(verdict, m.Heap)
	switch {
	case w.changedByPacking(s.Name):
		s.Verdict, s.Recommended, s.Why = Change, w.conf[s.Name].Value, "scaled with the cores: same heap per core"
	case verdict == sizing.NotStarted:
		s.Verdict, s.Recommended, s.Confidence = Change, sizing.JavaSize(to), High
		s.Why, s.Formula = fmt.Sprintf("Spark does not start with less than %dMi", spark.MinHeapMiB), "1.5 × 300Mi reserved = 450Mi"
		if m.Heap >= spark.MinHeapMiB {
			s.Why, s.Formula = "Spark does not start: a bare number is bytes", fmt.Sprintf("%q is %s bytes", text, text)
			if refused := sizing.JavaRefuses(text); role == spark.Driver && refused != "" {
				s.Why, s.Formula = fmt.Sprintf("Java refuses -Xmx%s: %s", text, refused), fmt.Sprintf("%q is %dMi to Spark", text, m.Heap)
			}
		}
	case verdict == sizing.Wide && to == 0 && !w.ran():
		if !w.leaves(s) { // neither right nor wrong without a run
			w.notJudged(string(role), fmt.Sprintf("its heap of %dMi uses 8-byte pointers; only a run shows whether 31g holds as much (SPK-P008)", m.Heap))
		}
		return
	case verdict == sizing.Wide:
		s.Why, s.Source = "8-byte pointers: 31g may hold as much", fromHotspot
		if s.Confidence = Medium; to > 0 {
			s.Verdict, s.Recommended = Change, size(to)
		}
	}
	a := w.heapByRuns(role, m.Heap)
	if role == spark.Executor && verdict != sizing.NotStarted {
		if w.fewer = w.fewerCores(a, m); w.fewer != nil {
			a = w.fewer.instead(m.Heap)
		}
	}
	if a != nil && verdict != sizing.NotStarted && !w.changedByPacking(s.Name) && (a.to != m.Heap || s.Verdict == Keep) {
		w.answered(&s, a, m, m.Heap)
	}
	w.set(s)
}

// regions writes how a heap is parted.
func (w *work) regions(heapMiB int64) string {
	r, err := spark.MemoryRegions(heapMiB<<20, w.in.Version, w.conf)
	if err != nil {
		return fmt.Sprintf("%dMi", heapMiB)
	}
	return fmt.Sprintf("%dMi = reserved %dMi + execution and storage %dMi + user %dMi", heapMiB, r.Reserved>>20, r.Unified>>20, heapMiB-r.Reserved>>20-r.Unified>>20)
}

func (w *work) overhead(role spark.Role, m sizing.Pod) error {
	if _, ok := w.tokens(role); !ok {
		w.note("%s has an unclosed quote: Spark does not start with it", optionsKey(role))
	}
	need := m.Need
	s := Setting{Role: role, Name: "spark." + string(role) + ".memoryOverhead", Verdict: Keep, Confidence: Medium, Source: fromProfile}
	if role == spark.Driver {
		s.Source = fromDriver
	}
	s.Formula = fmt.Sprintf("max(trunc(%g × %dMi), %dMi) = %dMi; estimated need: %s", m.Factor, m.Heap, m.Floor, m.Derived, need)
	verdict := m.JudgeOverhead()
	_, written := w.in.Conf.Get(s.Name)
	switch {
	case w.changedByPacking(keyCores) && role == spark.Executor:
		s.Verdict, s.Why = Change, fmt.Sprintf("Spark's default %dMi holds the estimated %dMi", m.Derived, need.Total())
		if value, set := w.conf.Get(s.Name); set {
			s.Recommended, s.Why = value, fmt.Sprintf("estimated need %dMi for executors of this size", need.Total())
		} else if !written {
			s.Verdict = Keep
		}
	case verdict.Verdict == sizing.Short && verdict.To > 0:
		s.Verdict, s.Recommended, s.Confidence = Change, size(verdict.To), High
		s.Why = fmt.Sprintf("RAPIDS pins %dMi of it; needed: %dMi", m.Pinned, need.Total())
		if !m.PoolShort() {
			s.Why = fmt.Sprintf("Spark's default is %dMi", m.Derived)
			if w.in.Try && need.Total() > m.Derived {
				s.Recommended, s.Confidence, s.Source = size(need.Asked()), Low, s.Source+"; "+fromPriors
				s.Why += fmt.Sprintf(", and the estimated need is %dMi", need.Total())
			}
		}
	case verdict.Verdict == sizing.Short, written && !m.OverheadSet: // taken out by pack
		s.Verdict, s.Confidence = Change, High
		s.Why = fmt.Sprintf("without it Spark reserves %dMi", m.Derived)
		switch {
		case need.Total() <= m.Derived:
		case w.in.Try:
			s.Recommended, s.Confidence, s.Source = size(need.Asked()), Low, s.Source+"; "+fromPriors
			s.Why += fmt.Sprintf(", and the estimated need is %dMi", need.Total())
		default:
			s.Why += fmt.Sprintf("; --try sets %s for the estimated need of %dMi", size(need.Asked()), need.Total())
		}
	case verdict.Verdict == sizing.Prior:
		s.Verdict, s.Recommended, s.Confidence, s.Source = Try, size(verdict.To), Low, s.Source+"; "+fromPriors
		s.Why = fmt.Sprintf("estimated need %dMi, not %dMi", need.Total(), m.Overhead)
		if m.Python && !m.OverheadSet && m.Factor == spark.JVMOverheadFactor {
			s.Confidence, s.Why = Medium, fmt.Sprintf("Python shares it; in client mode Spark reserves 0.1, not 0.4: %dMi", m.Derived)
		}
	case m.Overhead > 2*need.Total():
		s.Why = fmt.Sprintf("estimated need %dMi of %dMi; only a run shows RSS", need.Total(), m.Overhead)
	default:
		s.Why = fmt.Sprintf("holds the estimated %dMi", need.Total())
	}
	if a := w.overheadByRuns(role, m); a != nil && (verdict.Verdict != sizing.Short || a.to > max(verdict.To, m.Derived)) && !(w.changedByPacking(keyCores) && role == spark.Executor) {
		w.answered(&s, a, m, m.Overhead)
		if s.Verdict == Change && a.to <= m.Derived && !w.in.Launcher.Traits().OwnOverhead {
			s.Recommended = "" // what Spark derives needs no key
		}
	}
	w.set(s)
	if role == spark.Executor {
		w.pools(m)
	}
	if _, _, err := w.conf.Bool(sizing.KeyTmpfs); err != nil {
		return err
	}
	if key := sizing.FilesInMemory(w.conf); key != "" && role == spark.Executor && !w.ran() {
		w.note("%s: shuffle and spill files use the executor's memory; only a run shows how much", key)
	}
	return nil
}
