package tuner

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/scaling"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

// unneeded makes a run of executors of a heap that needed little of it, and whose processes were not sampled.
func unneeded(heap string) func(*model.Run) {
	return with(func(r *model.Run) {
		r.GC.TaskShare = .01
		for i := range r.Each {
			r.Each[i].Peaks[model.PeakHeap], r.Each[i].Peaks[model.PeakUnified] = 1500<<20, 500<<20
		}
	}, heapKey, heap)
}

// TestAnOverheadDoesNotShrinkWithTheHeap where nothing shows what processes need outside of it: Spark derives it from the heap.
func TestAnOverheadDoesNotShrinkWithTheHeap(t *testing.T) {
	r := recommended(t, inputOf(ofRuns(3, unneeded("16g"))))
	if heap, overhead := of(r, spark.Executor, heapKey), of(r, spark.Executor, keyOverhead); heap.Recommended != "12g" || overhead.Verdict != Change || overhead.Recommended != "1638m" || overhead.Basis != "overhead-kept" {
		t.Errorf("%+v\n%+v", heap, overhead)
	}
	// Where processes were sampled, what they need decides.
	r = recommended(t, inputOf(ofRuns(3, both(unneeded("16g"), trees(1700, 1500, 0, 0)))))
	if heap, overhead := of(r, spark.Executor, heapKey), of(r, spark.Executor, keyOverhead); heap.Recommended != "12g" || overhead.Verdict != Keep {
		t.Errorf("%+v\n%+v", heap, overhead)
	}
	r = recommended(t, inputOf(ofRuns(3, both(unneeded("16g"), trees(3000, 1500, 0, 0)))))
	if overhead := of(r, spark.Executor, keyOverhead); overhead.Recommended != "1728m" || overhead.Basis != "overhead-near" {
		t.Errorf("%+v", overhead)
	}
}

// TestWhatNoNodeHoldsIsNotCarried: such a pod stays Pending.
func TestWhatNoNodeHoldsIsNotCarried(t *testing.T) {
	in := inputOf(ofRuns(1, with(lost("52"), keyCores, "1")))
	in.Nodes = []shapes.Node{{Name: "small", CapacityMilli: 4000, CPUMilli: 3900, MemoryMiB: 6000, Pods: 110}}
	if s := of(recommended(t, in), spark.Executor, heapKey); s.Verdict != Try || s.Recommended != "6g" || !strings.Contains(s.Why, "no node holds a pod of 6553Mi") {
		t.Errorf("%+v", s)
	}
	in.Nodes[0].MemoryMiB = 8000
	if s := of(recommended(t, in), spark.Executor, heapKey); s.Verdict != Change || strings.Contains(s.Why, "node") {
		t.Errorf("%+v", s)
	}
}

// TestALimitOfTheOperatorIsNotExceeded: a pod that requests more than its limit is refused.
func TestALimitOfTheOperatorIsNotExceeded(t *testing.T) {
	in := inputOf(ofRuns(1, with(lost("52"), keyCores, "1")))
	in.Launcher = spark.Kubeflow
	for limit, want := range map[string]Verdict{"5Gi": Try, "7Gi": Change, "4505Mi": Change} { // the last is Spark's own
		in.Pods = []Pod{{Role: spark.Driver}, {Role: spark.Executor, Container: &corev1.Container{Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(limit)}}}}}
		if s := of(recommended(t, in), spark.Executor, heapKey); s.Verdict != want || (want == Try) != strings.Contains(s.Why, "the operator's memoryLimit is 5120Mi") {
			t.Errorf("%s: %+v", limit, s)
		}
	}
}

// TestFewerCoresShareAHeapThatCannotGrow: no node holds a larger one, or it needs 8-byte pointers.
func TestFewerCoresShareAHeapThatCannotGrow(t *testing.T) {
	in := inputOf(ofRuns(1, lost("52")))
	in.Nodes = []shapes.Node{{Name: "small", CapacityMilli: 4000, CPUMilli: 3900, MemoryMiB: 6000, Pods: 110}}
	r := recommended(t, in)
	heap, cores, executors := of(r, spark.Executor, heapKey), of(r, spark.Executor, keyCores), of(r, spark.Executor, keyInstances)
	if heap.Verdict != Keep || cores.Verdict != Change || cores.Recommended != "1" || executors.Recommended != "6" || cores.Formula != "2 cores × heap 4096Mi / needed 6144Mi = 1" {
		t.Errorf("%+v\n%+v\n%+v", heap, cores, executors)
	}
	in.Nodes[0].MemoryMiB = 8000
	if r := recommended(t, in); of(r, spark.Executor, heapKey).Recommended != "6g" || of(r, spark.Executor, keyCores).Verdict != Keep {
		t.Errorf("%+v", r.Settings)
	}
	r = recommended(t, inputOf(ofRuns(1, with(lost("52"), keyCores, "8", heapKey, "31g"))))
	if cores := of(r, spark.Executor, keyCores); of(r, spark.Executor, heapKey).Verdict != Keep || cores.Recommended != "5" || of(r, spark.Executor, keyInstances).Recommended != "5" {
		t.Errorf("%+v", r.Settings)
	}
	r = recommended(t, inputOf(ofRuns(1, with(lost("52"), keyCores, "1", heapKey, "31g"))))
	if of(r, spark.Executor, heapKey).Recommended != "48g" {
		t.Errorf("%+v", r.Settings)
	}
}

// TestFewerCoresWhereNoNodeRunsAllTasks: they shared a heap, and gained nothing by it. A run that had no more cores than a node asks for heap.
func TestFewerCoresWhereNoNodeRunsAllTasks(t *testing.T) {
	node := []shapes.Node{{Name: "small", CapacityMilli: 2000, CPUMilli: 1900, MemoryMiB: 24000, Pods: 110}}
	in := inputOf(ofRuns(1, with(lost("52"), keyCores, "8", "spark.kubernetes.executor.limit.cores", "8", keyRequest, "0.1")))
	in.Nodes = node
	r := recommended(t, in)
	heap, cores := of(r, spark.Executor, heapKey), of(r, spark.Executor, keyCores)
	if heap.Verdict != Keep || !strings.Contains(heap.Why, "no node runs 8 tasks at once") || cores.Verdict != Change || cores.Recommended != "2" || cores.Formula != "min(8 cores, 2 processors of the largest node)" || cores.Basis != "cores-memory" {
		t.Errorf("%+v\n%+v", heap, cores)
	}
	if executors := of(r, spark.Executor, keyInstances); executors.Verdict != Keep {
		t.Errorf("%+v", executors)
	}
	in.Nodes = nil
	if r := recommended(t, in); of(r, spark.Executor, heapKey).Recommended != "6g" {
		t.Errorf("%+v", r.Settings)
	}
	in = inputOf(ofRuns(1, with(lost("52"), keyCores, "2")))
	if in.Nodes = node; of(recommended(t, in), spark.Executor, heapKey).Recommended != "6g" {
		t.Error("the heap does not grow for tasks that a node runs")
	}
	dynamic := []string{keyDynamic, "true", "spark.dynamicAllocation.shuffleTracking.enabled", "true", keyMost, "10"}
	in = inputOf(ofRuns(1, with(lost("52"), append(dynamic, keyCores, "8")...)))
	if in.Nodes = node; of(recommended(t, in), spark.Executor, keyMost).Verdict != "" {
		t.Error("more executors, and nodes ran no more than their tasks before")
	}
}

// TestABoundKeepsItsCores: dynamic allocation gets as many cores as before, of smaller executors.
func TestABoundKeepsItsCores(t *testing.T) {
	dynamic := []string{keyDynamic, "true", "spark.dynamicAllocation.shuffleTracking.enabled", "true", keyMost, "10"}
	change := with(lost("52"), append(dynamic, keyCores, "8", heapKey, "31g")...)
	r := recommended(t, inputOf(ofRuns(1, change)))
	if cores, most := of(r, spark.Executor, keyCores), of(r, spark.Executor, keyMost); cores.Recommended != "5" || most.Recommended != "16" || most.Why != "the total number of cores is kept" {
		t.Errorf("%+v\n%+v", cores, most)
	}
	if s := of(recommended(t, inputOf(ofRuns(1, change), keyMost, "20")), spark.Executor, keyMost); s.Verdict != "" {
		t.Errorf("%+v", s)
	}
}

// TestExecutorsWithAGPUAreNotMultiplied: each asks for one.
func TestExecutorsWithAGPUAreNotMultiplied(t *testing.T) {
	gpu := []string{"spark.executor.resource.gpu.amount", "1"}
	r := recommended(t, inputOf(ofRuns(1, with(lost("52"), append(gpu, keyCores, "8", heapKey, "31g")...))))
	if of(r, spark.Executor, heapKey).Recommended != "48g" || of(r, spark.Executor, keyCores).Verdict != Keep || of(r, spark.Executor, keyInstances).Recommended != "3" {
		t.Errorf("%+v", r.Settings)
	}
	in := Input{Pods: jobs(17), Pack: true, Nodes: []shapes.Node{shape(t, "16x64Gi")}, Conf: confOf(append(gpu, keyInstances, "3", keyCores, "4", heapKey, "8g")...)}
	if r := recommended(t, in); of(r, spark.Executor, keyCores).Verdict != Keep || !strings.Contains(strings.Join(r.Notes, "\n"), "spark.executor.resource.gpu.amount is set for each executor") {
		t.Errorf("%+v", r)
	}
}

// TestATaskKeepsItsCores: an executor that has fewer than a task takes does not start.
func TestATaskKeepsItsCores(t *testing.T) {
	const key = "spark.task.cpus"
	r := recommended(t, inputOf(ofRuns(1, with(lost("52"), keyCores, "8", heapKey, "31g", key, "4"))))
	if cores, executors := of(r, spark.Executor, keyCores), of(r, spark.Executor, keyInstances); cores.Recommended != "4" || executors.Recommended != "6" || cores.Formula != "2 tasks × heap 31744Mi / needed 49152Mi = 1, of 4 cores each" {
		t.Errorf("%+v\n%+v", cores, executors)
	}
	r = recommended(t, inputOf(ofRuns(1, with(lost("52"), keyCores, "8", heapKey, "31g", key, "8"))))
	if of(r, spark.Executor, heapKey).Recommended != "48g" || of(r, spark.Executor, keyCores).Verdict != Keep {
		t.Errorf("%+v", r.Settings)
	}
	in := Input{Pods: jobs(17), Pack: true, Nodes: []shapes.Node{shape(t, "16x64Gi")}, Conf: confOf(keyInstances, "3", keyCores, "4", heapKey, "8g", key, "4")}
	if s := of(recommended(t, in), spark.Executor, keyCores); s.Verdict != Keep {
		t.Errorf("%+v", s)
	}
}

// TestRunsOfFewerTasksShowNoReserve: with more tasks in an executor, less memory elsewhere or fewer executors it must hold more.
func TestRunsOfFewerTasksShowNoReserve(t *testing.T) {
	ex := spark.Executor
	little := both(unneeded("16g"), trees(1700, 1500, 0, 0))
	pools := with(func(r *model.Run) {
		little(r)
		for i := range r.Each {
			r.Each[i].UnifiedOffHeap, r.Each[i].Peaks[model.PeakUnifiedX] = 4<<30, 100<<20
			r.Each[i].Peaks[model.PeakPython], r.Each[i].Peaks[model.PeakPythonAS] = 100<<20, 150<<20
		}
	}, spark.KeyOffHeapEnabled, "true", spark.KeyOffHeapSize, "4g", spark.KeyPySparkMemory, "2g", spark.KeyResourceType, "python")
	stores := both(little, func(r *model.Run) {
		for i := range r.Each {
			r.Each[i].Peaks[model.PeakStored] = 100 << 20
		}
	})
	more := []string{keyCores, "4"}
	const why = "executors run 4 tasks at once now, not 2"
	expect(t, []expected{
		{"the heap", 3, little, nil, ex, heapKey, Change, "12g", ""},
		{"the heap, with more tasks", 3, little, more, ex, heapKey, Keep, "16g", why},
		{"the heap, with as many tasks of more cores", 3, little, append(more, "spark.task.cpus", "2"), ex, heapKey, Change, "12g", ""},
		{"the overhead", 3, with(little, keyOverhead, "6g"), nil, ex, keyOverhead, Change, "4608m", ""},
		{"the overhead, with more tasks", 3, with(little, keyOverhead, "6g"), more, ex, keyOverhead, Keep, "6g", why},
		{"off-heap memory", 3, pools, nil, ex, spark.KeyOffHeapSize, Change, "3g", ""},
		{"off-heap memory, with more tasks", 3, pools, more, ex, spark.KeyOffHeapSize, Keep, "4g", why},
		{"Python", 3, pools, nil, ex, spark.KeyPySparkMemory, Change, "1536m", ""},
		{"Python, with more tasks", 3, pools, more, ex, spark.KeyPySparkMemory, Keep, "2g", why},
		{"the heap, without off-heap memory", 3, pools, []string{spark.KeyOffHeapEnabled, "false"}, ex, heapKey, Keep, "16g", "less off-heap memory now"},
		{"the heap of fewer executors", 3, little, []string{keyInstances, "2"}, ex, heapKey, Change, "12g", ""},
		{"the heap of fewer executors that store as much", 3, stores, []string{keyInstances, "2"}, ex, heapKey, Keep, "16g", "2 executors store now what 3 stored"},
	})
}

// TestMemoryWithAPurposeIsNoOverhead of pods that the kernel killed.
func TestMemoryWithAPurposeIsNoOverhead(t *testing.T) {
	conf := confOf(heapKey, "4g", keyOverhead, "2g", spark.KeyPySparkMemory, "2g", spark.KeyResourceType, "python")
	in := Input{Launcher: spark.Native, Pods: jobs(17), Conf: conf, Ended: []Ended{{Role: spark.Executor, Limit: 4096 + 2048 + 2048, Heap: 4096, OOMKilled: 1, Pod: "x"}}}
	if s := of(recommended(t, in), spark.Executor, keyOverhead); s.Recommended != "2560m" || !strings.Contains(s.Formula, "PySpark memory 2048Mi") {
		t.Errorf("%+v", s)
	}
}

// TestEachExecutorIsMeasuredByItself: what one has off the heap is not taken from what another has outside of it.
func TestEachExecutorIsMeasuredByItself(t *testing.T) {
	logs := ofRuns(1, with(func(r *model.Run) {
		for i := range r.Each {
			r.Each[i].UnifiedOffHeap = 1 << 30
		}
		peaks(r, map[string]int64{model.PeakJVM: 5500, model.PeakHeap: 4000, model.PeakUnifiedX: 0})
		second := r.Each[1].Peaks
		second[model.PeakJVM], second[model.PeakHeap], second[model.PeakUnifiedX] = 5000<<20, 4000<<20, 1000<<20
	}, spark.KeyOffHeapEnabled, "true", spark.KeyOffHeapSize, "1g"))
	// 1500 MiB of 409 MiB and of 1 GiB off the heap: the first used none of that.
	if s := of(recommended(t, inputOf(logs)), spark.Executor, keyOverhead); s.Verdict != Change || s.Recommended != "1728m" {
		t.Errorf("%+v", s)
	}
}

// TestWhatLogsDoNotHoldIsSaid: of runs that cannot be used, of events that were left out, and of another application.
func TestWhatLogsDoNotHoldIsSaid(t *testing.T) {
	logs := ofRuns(2, nil)
	logs[1].Run.Application.Local = true
	r := recommended(t, inputOf(logs))
	if r.Runs != 1 || r.UnusedRuns != 1 {
		t.Errorf("%d runs, %d unused", r.Runs, r.UnusedRuns)
	}
	for name, change := range map[string]func(*model.Run){
		"events that are excluded": with(nil, "spark.eventLog.excludedPatterns", "SparkListenerExecutorRemoved.*"),
		"failures":                 func(r *model.Run) { r.LeftOut = map[string]int{"reasons of failures": 1} },
		"jobs":                     func(r *model.Run) { r.LeftOut = map[string]int{"jobs": 1} },
	} {
		if r := recommended(t, inputOf(ofRuns(1, change))); r.WholeRuns != 0 {
			t.Errorf("%s: a whole run", name)
		}
	}
	if r := recommended(t, inputOf(ofRuns(1, nil), "spark.app.name", "orders")); !strings.Contains(strings.Join(r.Notes, "\n"), `the event log is of application "etl", and spark.app.name is "orders"`) {
		t.Error(r.Notes)
	}
	if r := recommended(t, inputOf(ofRuns(1, nil), "spark.app.name", "etl")); strings.Contains(strings.Join(r.Notes, "\n"), "application") {
		t.Error(r.Notes)
	}
	r = recommended(t, inputOf(ofRuns(1, func(r *model.Run) {
		lost("137")(r)
		r.Each[0].Profile = 1
	})))
	if text := strings.Join(r.Notes, "\n"); !strings.Contains(text, "1 executor of other resource profiles ran out of memory") || of(r, spark.Executor, keyOverhead).Basis != "" {
		t.Error(text)
	}
	r = recommended(t, inputOf(ofRuns(3, with(func(r *model.Run) { r.Totals.CPUNanos = 60e9 }, spark.KeyResourceType, "python"))))
	if text := strings.Join(r.Notes, "\n"); !strings.Contains(text, "no CPU time of Python") {
		t.Error(text)
	}
}

// wave makes a run of so many tasks of ten seconds each on executors of two cores, in one stage.
func wave(tasks, executors int) func(*model.Run) {
	return with(func(r *model.Run) {
		one := r.Each[0]
		r.Each, r.Executors = nil, executors
		for i := range executors {
			one.ID = fmt.Sprint(i + 1)
			r.Each = append(r.Each, one)
		}
		slots := 2 * executors
		begin, waves := r.Application.Started, (tasks+slots-1)/slots
		end := begin.Add(time.Duration(waves) * 10 * time.Second)
		r.Application.Ended, r.Seconds, r.UsedShare = end, end.Sub(begin).Seconds(), .95
		st := model.Stage{ID: 1, Planned: int64(tasks), Tasks: model.Tasks{Succeeded: int64(tasks)}, Submitted: begin, Completed: end, Totals: model.Totals{DurationMillis: int64(tasks) * 10_000}}
		st.Work = model.Work{Count: int64(tasks), Millis: int64(tasks) * 10_000, First: 0, Last: int64(waves) * 10_000}
		for i := range tasks {
			st.Work.Tasks = append(st.Work.Tasks, model.Timed{Launch: uint32(i / slots * 10_000), Millis: 10_000, Wave: uint8(min(i/slots, model.Later))})
		}
		r.Stages, r.Jobs = []model.Stage{st}, []model.Job{{ID: 0, Submitted: begin, Completed: end, Succeeded: true, Stages: []int64{1}}}
	}, keyInstances, fmt.Sprint(executors))
}

// TestObjectives: 64 tasks of ten seconds on 4 executors of 2 cores take 80 s. The driver's pod costs too, so that fewer executors cost more
// from some number on, and with 32 executors all tasks run at once.
func TestObjectives(t *testing.T) {
	aim := func(objective scaling.Objective, runs int, change func(*model.Run), more ...string) Recommendation {
		in := inputOf(ofRuns(runs, change), more...)
		in.Objective = objective
		return recommended(t, in)
	}
	number := func(r Recommendation, key string) int {
		n, _ := strconv.Atoi(of(r, spark.Executor, key).Recommended)
		return n
	}
	fast, balanced, cheap := number(aim(scaling.LessTime, 3, wave(64, 4)), keyInstances), number(aim(scaling.Balanced, 3, wave(64, 4)), keyInstances), number(aim(scaling.LessCost, 3, wave(64, 4)), keyInstances)
	if fast < balanced || balanced <= 4 || cheap > balanced || fast > 33 {
		t.Errorf("time %d, balanced %d, cost %d", fast, balanced, cheap)
	}
	r := aim(scaling.Balanced, 1, wave(64, 4))
	if s := of(r, spark.Executor, keyInstances); s.Verdict != Change || s.Basis != "executors-objective" || !strings.Contains(s.Evidence, "the run of 4 took 80 s") || !strings.Contains(s.Effect, "% time") {
		t.Errorf("%+v", s)
	}
	// Fewer need several runs, and what a tenth is off stays.
	if s := of(aim(scaling.Balanced, 1, wave(4, 40)), spark.Executor, keyInstances); s.Verdict != Keep || !strings.Contains(s.Why, "1 of the 3 whole runs") {
		t.Errorf("%+v", s)
	}
	if s := of(aim(scaling.Balanced, 3, wave(4, 40)), spark.Executor, keyInstances); s.Verdict != Change || s.Recommended != "2" {
		t.Errorf("%+v", s)
	}
	if s := of(aim(scaling.Balanced, 3, wave(64, 4), keyInstances, fmt.Sprint(balanced+1)), spark.Executor, keyInstances); s.Verdict != Keep || !strings.Contains(s.Why, "about as many") {
		t.Errorf("%+v", s)
	}
	// With dynamic allocation it is the upper bound, which is never below the lower one.
	dynamic := []string{keyDynamic, "true", "spark.dynamicAllocation.shuffleTracking.enabled", "true"}
	if s := of(aim(scaling.Balanced, 3, wave(64, 4), dynamic...), spark.Executor, keyMost); s.Verdict != Change || s.Recommended != fmt.Sprint(balanced) {
		t.Errorf("%+v", s)
	}
	if s := of(aim(scaling.Balanced, 3, wave(64, 4), append(dynamic, keyLeast, "50")...), spark.Executor, keyMost); s.Recommended != "50" {
		t.Errorf("%+v", s)
	}
	// Of what cannot be predicted nothing is chosen, and that is said.
	r = aim(scaling.Balanced, 1, func(r *model.Run) { r.Application.Ended = time.Time{} })
	if text := strings.Join(r.Notes, "\n"); !strings.Contains(text, "nothing can be predicted of run spark-1") || of(r, spark.Executor, keyInstances).Verdict != Keep {
		t.Error(text)
	}
}

// TestFilesOfExecutors: those of shuffles and spill, in volumes with a size, without any, and in memory.
func TestFilesOfExecutors(t *testing.T) {
	writes := func(gib int64, pairs ...string) func(*model.Run) {
		return with(func(r *model.Run) {
			r.Totals.ShuffleWriteBytes = gib << 30
			r.Each[0].BusyMillis, r.Each[1].BusyMillis, r.Each[2].BusyMillis = 50_000, 25_000, 25_000
		}, pairs...)
	}
	const key = "spark.kubernetes.executor.volumes.persistentVolumeClaim.spark-local-dir-1.options.sizeLimit"
	ex := spark.Executor
	expect(t, []expected{
		{"a volume that is too small", 1, writes(20, key, "10Gi"), nil, ex, key, Change, "12800Mi", "files took up to 10240Mi of 10240Mi"},
		{"a volume that is large enough", 1, writes(20, key, "13Gi"), nil, ex, key, "", "", ""},
		{"raised since", 1, writes(20, key, "10Gi"), []string{key, "20Gi"}, ex, key, "", "", ""},
		{"a volume for something else", 1, writes(20, strings.Replace(key, "spark-local-dir-1", "data", 1), "1Gi"), nil, ex, strings.Replace(key, "spark-local-dir-1", "data", 1), "", "", ""},
		{"spill of one stage", 1, both(writes(0, key, "1Gi"), spills(100, 100, 100)), nil, ex, key, Change, "6400Mi", "files took up to 5000Mi"},
	})
	notes := func(change func(*model.Run), pods ...Pod) string {
		in := inputOf(ofRuns(3, change))
		if pods != nil {
			in.Pods = pods
		}
		return strings.Join(recommended(t, in).Notes, "\n")
	}
	if text := notes(writes(20)); !strings.Contains(text, "request ephemeral-storage of 12800Mi in the executor's pod template") || !strings.Contains(text, "the busiest executor had 50 % of the work") {
		t.Error(text)
	}
	if text := notes(writes(1)); strings.Contains(text, "ephemeral-storage") {
		t.Error(text)
	}
	reserves := &corev1.Container{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("20Gi")}}}
	if text := notes(writes(20), Pod{Role: spark.Driver}, Pod{Role: ex, Container: reserves}); strings.Contains(text, "ephemeral-storage") {
		t.Error(text)
	}
	if text := notes(writes(20, sizing.KeyTmpfs, "true")); !strings.Contains(text, "took up to 10240Mi of an executor's memory") {
		t.Error(text)
	}
	// Nothing is reduced where files lie in memory, and a kill asks for them.
	little := both(unneeded("16g"), trees(1700, 1500, 0, 0))
	const medium = "spark.kubernetes.executor.volumes.emptyDir.spark-local-dir-1.options.medium"
	expect(t, []expected{
		{"on disk", 3, with(little, keyOverhead, "6g"), nil, ex, keyOverhead, Change, "4608m", ""},
		{"in memory", 3, with(little, keyOverhead, "6g", sizing.KeyTmpfs, "true"), nil, ex, keyOverhead, Keep, "6g", "files are in the pod's memory"},
		{"the heap, in memory", 3, with(little, keyOverhead, "6g", sizing.KeyTmpfs, "true"), nil, ex, heapKey, Keep, "16g", "files are in the pod's memory"},
		{"a volume in memory", 3, with(little, keyOverhead, "6g", medium, "Memory"), nil, ex, keyOverhead, Keep, "6g", "files are in the pod's memory"},
		{"the heap, with a volume in memory", 3, with(little, keyOverhead, "6g", medium, "Memory"), nil, ex, heapKey, Keep, "16g", "files are in the pod's memory"},
		{"a volume on disk", 3, with(little, keyOverhead, "6g", medium, ""), nil, ex, heapKey, Change, "12g", ""},
		{"another volume in memory", 3, with(little, keyOverhead, "6g", strings.Replace(medium, "spark-local-dir-1", "scratch", 1), "Memory"), nil, ex, heapKey, Change, "12g", ""},
		{"a volume in memory that is too small asks for memory, and for no larger volume", 1, writes(20, medium, "Memory", strings.Replace(medium, "medium", "sizeLimit", 1), "1Gi"), nil, ex, strings.Replace(medium, "medium", "sizeLimit", 1), "", "", ""},
		{"killed", 1, both(lost("137"), writes(2, sizing.KeyTmpfs, "true", keyOverhead, "2g")), nil, ex, keyOverhead, Change, "3584m", "the kernel killed executors"},
	})
}
