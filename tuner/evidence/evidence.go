// Package evidence reduces runs of one application to the figures that its sizing goes by, each with the configuration that the run
// had. A peak is a peak of what was sampled; what was not sampled is 0, and said to be unknown. It is pure. Start reading at Of.
package evidence

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

// Evidence is what runs tell, the earliest first.
type Evidence struct {
	Runs []Run
	// Notes are sentences about what could not be used.
	Notes []string
}

// Run is one run. Memory is MiB, shares are from 0 to 1.
type Run struct {
	ID    string
	Model *model.Run
	// Whole says that the log is complete and that nothing failed (model.Logged).
	Whole   bool
	Version spark.Version
	Java    int // major release, 0 where the log does not say it
	Conf    spark.Conf
	Python  bool
	// Executor and Driver are the roles' memory and collection.
	Executor, Driver Side
	// Cores are those of an executor, Slots the tasks that it runs at once, Executors how many ran at once.
	Cores, Slots int64
	Executors    int
	Lost         Lost
	Stages       Stages
	// CPUShare is the CPU time of tasks by their run time; 0 where no task reported it. WaitShare is the waiting for shuffle data.
	CPUShare, WaitShare float64
	// Files is what the busiest executor is taken to have written of shuffle and spill files, in MiB: a log counts them for all. Busiest is
	// its part of the tasks' time.
	Files   int64
	Busiest float64

	unread []string // of its pods, by a Prometheus that was asked
}

// Side is the memory of the executors, or of the driver. Of executors only those of the default resource profile count.
type Side struct {
	// Pod is what the configuration asks for.
	Pod sizing.Pod
	// Collector is the name of the garbage collector, by the options or by the JVM's own choice.
	Collector string
	// Sampled says that peaks of the heap are known, Tree that those of processes (RSS) are.
	Sampled, Tree bool
	// Unseen counts executors that ran tasks while no sample of their heap was taken.
	Unseen int
	// Peaks: the used heap (an upper bound of live objects, for it holds garbage), execution and storage memory and its pool, the
	// same off the heap, metaspace and code, direct and mapped buffers.
	Heap, Unified, Pool, OffHeap, OffHeapPool, NonHeap, Direct, Mapped int64
	// RSS is that of the JVM, Python and Other those of other processes, Whole the most that all processes of one pod took.
	RSS, Python, Other, Whole int64
	// Outside is the most that one pod took of its overhead: the JVM's RSS less the heap in use at its peak, Python and others, without
	// off-heap memory and what PySpark memory is for.
	Outside int64
	// PythonSpace is the address space of Python's processes, which spark.executor.pyspark.memory limits.
	PythonSpace int64
	// Tasks is the execution memory on the heap that the tasks of all slots take at once: each reports its own peak, so that no sample is
	// needed. 0 where execution memory is off the heap: there it is TasksX, at most the pool.
	Tasks, TasksX int64
	// Stored is the storage memory of all executors together.
	Stored int64
	// GCShare is the collection in the executors' time, OldShare that of the old generation, TaskGC that in the tasks' run time.
	GCShare, OldShare, TaskGC float64
	FullGCs                   int64
	// Pods is what a Prometheus knows of the role's pods; nil where none was asked, or it knows nothing.
	Pods *model.PodFigures

	asked, partial bool // of a Prometheus, whose answer is not whole
}

// Concurrent says whether the collector works while the application runs, so that its time says nothing of pauses.
func (s *Side) Concurrent() bool { return s.Collector == "Z" || s.Collector == "Shenandoah" }

// Of reduces runs.
func Of(logs []model.Logged) *Evidence {
	e := &Evidence{}
	logs = slices.Clone(logs)
	slices.SortStableFunc(logs, func(a, b model.Logged) int { return a.Run.Application.Started.Compare(b.Run.Application.Started) })
	for i := range logs {
		r, err := of(&logs[i])
		if err != nil {
			e.note("%s: %s", cmp.Or(logs[i].Run.Application.ID, logs[i].Log.Name), err)
			continue
		}
		e.Runs = append(e.Runs, r)
	}
	return e
}

func (e *Evidence) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(e.Notes, text) {
		e.Notes = append(e.Notes, text)
	}
}

// Whole counts the runs that ended well and whose logs are complete: only they show that less is enough.
func (e *Evidence) Whole() (n int) {
	for i := range e.Runs {
		if e.Runs[i].Whole {
			n++
		}
	}
	return n
}

// Most is the run for which a figure is highest; nil where it is above 0 for none.
func (e *Evidence) Most(figure func(*Run) int64) (value int64, run *Run) {
	for i := range e.Runs {
		if v := figure(&e.Runs[i]); v > value {
			value, run = v, &e.Runs[i]
		}
	}
	return value, run
}

// Last is the run that started last; nil where there is none.
func (e *Evidence) Last() *Run {
	if len(e.Runs) == 0 {
		return nil
	}
	return &e.Runs[len(e.Runs)-1]
}

func of(l *model.Logged) (r Run, err error) {
	m := &l.Run
	r = Run{ID: m.Application.ID, Model: m, Whole: l.Whole(), Conf: Conf(m), Executors: m.Executors, Java: javaOf(m)}
	r.Version, _ = spark.ParseVersion(m.Application.Version)
	switch {
	case m.Spark == nil:
		return r, errors.New("the log has no Spark properties, so the memory of the run is unknown")
	case m.Application.Local:
		return r, errors.New("the run was in local mode and had no executors")
	}
	kind, _ := r.Conf.Get(spark.KeyResourceType)
	r.Python = kind == "python"
	if r.Executor.Pod, err = r.pod(spark.Executor); err == nil {
		r.Driver.Pod, err = r.pod(spark.Driver)
	}
	if err != nil {
		return r, err
	}
	r.Cores = r.Executor.Pod.Cores
	r.Slots = max(r.Cores, 1)
	for i := range m.Each {
		if ex := &m.Each[i]; ex.Profile == 0 && ex.Cores > 0 {
			r.Slots = int64(m.Slots(ex))
			break
		}
	}
	r.Executor.Collector, r.Driver.Collector = r.collector(spark.Executor), r.collector(spark.Driver)
	r.executors()
	if m.Driver != nil {
		r.Driver.add(m.Driver)
		if all := m.Driver.Peaks[peakGC]; m.Seconds > 0 {
			r.Driver.GCShare = float64(all) / 1000 / m.Seconds
			r.Driver.OldShare, r.Driver.FullGCs = float64(m.Driver.Peaks[peakOld])/1000/m.Seconds, m.Driver.Peaks[peakOldCount]
		}
	}
	r.given(l.Pods)
	r.Lost = lost(m)
	r.Stages = r.stages()
	if taken := r.Stages.taken(r.Slots); r.Executor.OffHeapPool == 0 {
		r.Executor.Tasks = taken
	} else {
		r.Executor.TasksX = min(taken, r.Executor.OffHeapPool)
	}
	r.files()
	if run := m.Totals.RunMillis; run > 0 {
		r.CPUShare = float64(m.Totals.CPUNanos) / 1e6 / float64(run)
		r.WaitShare = float64(r.Stages.waited) / float64(run)
	}
	return r, nil
}

// Names of garbage collection among the peaks (ExecutorMetricType.scala).
const (
	peakGC       = "TotalGCTime"
	peakOld      = "MajorGCTime"
	peakOldCount = "MajorGCCount"
)

// pod is the memory of a role by the run's configuration.
func (r *Run) pod(role spark.Role) (sizing.Pod, error) {
	_, submitted := r.Conf.Get(spark.KeyResourceType)
	return sizing.PodOf(spark.MemoryInput{Version: r.Version, Role: role, Conf: r.Conf, Python: r.Python, ClusterMode: submitted}, r.tokens(role))
}

func (r *Run) tokens(role spark.Role) (tokens []string) {
	for _, name := range []string{"defaultJavaOptions", "extraJavaOptions"} {
		text, _ := r.Conf.Get("spark." + string(role) + "." + name)
		if held, err := spark.SplitOptions(text); err == nil {
			tokens = append(tokens, held...)
		}
	}
	return tokens
}

// collector is what an option chooses, else what the JVM chooses by itself; "" where the log does not say which Java ran. An event log
// has no names of collectors.
func (r *Run) collector(role spark.Role) string {
	tokens := r.tokens(role)
	if name, chosen := spark.CollectorOf(tokens); chosen {
		return name
	}
	cpu, err := sizing.CPUOf(r.Conf, role)
	if err != nil || r.Java == 0 {
		return ""
	}
	cpu.Tokens = tokens
	total := r.Executor.Pod.Total()
	if role == spark.Driver {
		total = r.Driver.Pod.Total()
	}
	return sizing.DefaultCollector(r.Java, cpu.Processors(), total)
}

// executors takes the peaks of the executors of the default profile, and their collection in the time that they ran.
func (r *Run) executors() {
	m := r.Model
	end := m.Application.Ended
	if end.IsZero() {
		end = m.Application.Started.Add(seconds(m.Seconds))
	}
	var alive, all, old float64
	for i := range m.Each {
		ex := &m.Each[i]
		if ex.Profile != 0 {
			continue
		}
		r.Executor.add(ex)
		if ex.Tasks.Succeeded > 0 && ex.Peaks[model.PeakHeap] == 0 {
			r.Executor.Unseen++
		}
		r.Executor.Stored += mib(ex.Peaks[model.PeakStored] + ex.Peaks[model.PeakStoredX])
		gone := ex.Removed
		if gone.IsZero() {
			gone = end
		}
		if ran := gone.Sub(ex.Added).Seconds(); ran > 0 && !ex.Added.IsZero() && ex.Peaks != nil {
			alive += ran
			all += float64(ex.Peaks[peakGC]) / 1000
			old += float64(ex.Peaks[peakOld]) / 1000
		}
		r.Executor.FullGCs += ex.Peaks[peakOldCount]
	}
	if alive > 0 {
		r.Executor.GCShare, r.Executor.OldShare = all/alive, old/alive
	}
	r.Executor.TaskGC = m.GC.TaskShare
}

// files estimates the files of the busiest executor: shuffle files stay until the shuffle is forgotten, which may be at the end, and those
// of spill until their task ends.
func (r *Run) files() {
	var busiest, all int64
	for i := range r.Model.Each {
		busy := r.Model.Each[i].BusyMillis
		busiest, all = max(busiest, busy), all+busy
	}
	if all > 0 {
		r.Busiest = float64(busiest) / float64(all)
		r.Files = int64(math.Ceil(float64(mib(r.Model.Totals.ShuffleWriteBytes)+r.Stages.DiskSpill) * r.Busiest))
	}
}

func mib(bytes int64) int64 { return (bytes + 1<<20 - 1) >> 20 }

// add takes the peaks of one executor, or of the driver.
func (s *Side) add(ex *model.Executor) {
	at := func(name string) int64 { return mib(ex.Peaks[name]) }
	raise := func(to *int64, v int64) { *to = max(*to, v) }
	heap, rss, python, other := at(model.PeakHeap), at(model.PeakJVM), at(model.PeakPython), at(model.PeakOther)
	s.Sampled, s.Tree = s.Sampled || heap > 0, s.Tree || rss > 0
	raise(&s.Heap, heap)
	raise(&s.Unified, at(model.PeakUnified))
	raise(&s.Pool, mib(ex.UnifiedOnHeap))
	raise(&s.OffHeap, at(model.PeakUnifiedX))
	raise(&s.OffHeapPool, mib(ex.UnifiedOffHeap))
	raise(&s.NonHeap, at(model.PeakOffHeap))
	raise(&s.Direct, at(model.PeakDirect))
	raise(&s.Mapped, at(model.PeakMapped))
	raise(&s.RSS, rss)
	raise(&s.Python, python)
	raise(&s.PythonSpace, at(model.PeakPythonAS))
	raise(&s.Other, other)
	raise(&s.Whole, rss+python+other)
	if rss > 0 {
		outside := max(rss-min(heap, s.Pod.Heap), 0) + python + other
		raise(&s.Outside, max(outside-at(model.PeakUnifiedX)-min(python, s.Pod.PySpark), 0))
	}
}

// Factor is how much larger than its live objects a heap must be for its collector to keep up.
func (s *Side) Factor() float64 {
	switch s.Collector {
	case "Parallel", "Serial", "ConcMarkSweep":
		return 1.7
	case "Z", "Shenandoah":
		return 1.8
	}
	return 1.5
}

// userShare is what an application's own objects are taken to need, by what Spark's regions need.
const userShare = .25

// Live estimates the live objects of a heap in MiB, of at least the largest peak of execution and storage memory, and of what the tasks
// of all slots say that they took: with it 300 MiB that Spark reserves and a quarter for the application's own objects, and no more of
// that quarter than was in use, where samples saw what tasks took. 0 where no peak was sampled.
func (s *Side) Live() int64 {
	if !s.Sampled {
		return 0
	}
	tasks := s.Tasks
	if s.Pool > 0 {
		tasks = min(tasks, s.Pool)
	}
	least := max(s.Unified, tasks) + spark.ReservedMiB
	own := int64(math.Ceil(float64(least) * userShare))
	if tasks > s.Unified { // samples missed what tasks took, and so they may have missed the heap in use
		return least + own
	}
	return max(least, min(least+own, s.Heap))
}

// javaOf is the major release of the JVM: of 1.8.0_402 the 8.
func javaOf(m *model.Run) int {
	text := strings.TrimPrefix(cmp.Or(m.Java["java.version"], m.Java["Java Version"]), "1.")
	n := 0
	for _, r := range text {
		if r < '0' || r > '9' || n > 999 {
			break
		}
		n = n*10 + int(r-'0')
	}
	return n
}
