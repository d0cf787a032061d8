// Package formulas lists how recommendations from runs come about: the evidence and its threshold, the formula, the confidence and the
// source of each. Start at All.
package formulas

// Confidence is how sure a recommendation is.
type Confidence string

// The confidences.
const (
	High   Confidence = "high"   // follows from what Spark, the JVM or Kubernetes do
	Medium Confidence = "medium" // follows, if what could not be seen is as usual
	Low    Confidence = "low"    // a prior or a policy
)

// Sources that recommendations without runs have, too.
const (
	FromErgo   = "HotSpot: fewer than two processors or 1792 MiB select the serial collector"
	FromPolicy = "policy: compare two runs; no collector is best for every job"
)

// Formula explains how one recommendation from runs comes about.
type Formula struct {
	ID       string // Setting.Basis
	Settings string // what it decides
	When     string // the evidence and its threshold
	Formula  string
	// Confidence is the highest that it has, and Lowers says that it needs several whole runs.
	Confidence Confidence
	Lowers     bool
	Source     string
}

const (
	fromLiveSet = "policy: heap ≥ 1.5 × live objects (G1), 1.7 × (Parallel, Serial), 1.8 × (ZGC, Shenandoah)"
	fromGCModel = "model: at one rate of allocation GC time falls as 1 / (heap − live objects)"
)

// All lists them, in the order of the documents.
func All() []Formula {
	return []Formula{
		{"heap-exhausted", "spark.executor.memory", "exit code 52, where tasks name no other memory of the JVM, or a task ends with OutOfMemoryError of the heap, or of execution memory where that is not off the heap", "1.5 × heap of that run (Parallel 1.7, ZGC 1.8)", High, false,
			"Spark: SparkExitCode.OOM = 52; " + fromLiveSet},
		{"heap-gc", "spark.{driver,executor}.memory", "GC > 10 % of tasks' run time of at least 10 s (driver: of its time), or old generation > 5 %. Not ZGC, Shenandoah, nor a serial collector that is replaced first (collector-serial, collector-small)",
			"live + (heap − live) × GC share / 5 %, at least 1.5 × live, at most 2 × heap. For executors a try where pod memory × (1 − (GC share − 5 %)) grows by more than 5 %, unless --objective=time", Medium, false, "Dr. Elephant: GC ratio .10; " + fromGCModel},
		{"heap-spill", "spark.executor.memory", "p99 disk spill ≥ 256 MiB a task or memory spill ≥ 10 % of the data, most tasks spill, more partitions are no answer (partitions-spill), the median task reads ≤ 256 MiB, execution and storage peak ≥ 90 % of the pool",
			"300 MiB + task slots × p99 (execution memory + spilled memory) / spark.memory.fraction, at most 2 × heap", Medium, false, "Spark: UnifiedMemoryManager.getMaxMemory, ExecutionMemoryPool.acquireMemory"},
		{"heap-needed", "spark.{driver,executor}.memory", "the heap is now smaller than in the runs, and smaller than they needed", "1.5 × live objects (Parallel 1.7)", Medium, false, fromLiveSet},
		{"heap-unused", "spark.{driver,executor}.memory", "in all runs tasks ran ≥ 10 s, GC < 2 %, all executors were sampled, none was killed, no task spilled, and less than 70 % of the heap is needed. The heap in use is no need: it holds garbage. Where tasks ran outside of SQL queries for 10 % of the time it is, for their own objects are in no figure. Driver: it ran for a minute, and less than 70 % is needed",
			"max(1.5 × live, heap for GC ≤ 5 %, 0.75 × heap, 1 GiB, 1.25 × a heap that was exhausted), and 31g from 32 to 36 GiB, 48g above; live = 1.25 × (300 MiB + execution and storage peak), at most the heap in use. Tasks' own peaks of execution memory × slots count where they are more than was sampled. Driver: live = heap in use", Medium, true,
			fromLiveSet + "; " + fromGCModel},
		{"cores-memory", "spark.executor.cores, spark.executor.instances, spark.dynamicAllocation.maxExecutors", "the heap must grow (heap-exhausted, heap-gc, heap-spill), and no node holds the pod, or the heap leaves the sizes up to 31g; or no node has as many processors as an executor has cores. Not with a GPU for each executor", "cores × heap / needed heap, in whole tasks (spark.task.cpus), at least one, and no more than the largest node has processors; as many executors more as keep the sum of cores that nodes run", Medium, false,
			"Spark: ExecutionMemoryPool.acquireMemory (each of N tasks gets at most 1/N of the pool)"},
		{"overhead-killed", "spark.{driver,executor}.memoryOverhead", "exit code 137, or direct memory or threads ran out, or --prometheus: container_oom_events_total of the pods, also where the log knows of no kill", "max(1.15 × need, 1.25 × overhead of that run), and where local folders are in memory the files of an executor; need = JVM RSS − heap in use + Python + other processes, less off-heap and PySpark memory, else by component with estimates", High, false,
			"Spark: ExecutorPodsLifecycleManager.scala; Kubernetes: OOMKilled; cAdvisor: prometheus.go; KRR: 25 % after an OOM kill"},
		{"overhead-kept", "spark.{driver,executor}.memoryOverhead", "the heap is reduced, Spark's default shrinks with it, and the processes of a whole run were not sampled", "overhead as before", Medium, false, "Spark: ResourceProfile.scala (0.1 × memory, at least 384 MiB)"},
		{"overhead-near", "spark.{driver,executor}.memoryOverhead", "processes took ≥ 92 % of the pod's limit, or the overhead is now smaller than the runs needed", "1.15 × (JVM RSS − heap in use + Python + other processes)", High, false,
			"Spark: ProcfsMetricsGetter.scala; policy: 8 % of the limit stay free"},
		{"overhead-unused", "spark.{driver,executor}.memoryOverhead", "in all runs of enough time (heap-unused) processes left > 25 % of the limit", "max(1.2 × need, 0.75 × overhead, Spark's default)", Medium, true, "Spark: ProcfsMetricsGetter.scala, ResourceProfile.scala (a set overhead replaces the default)"},
		{"off-heap-short", "spark.memory.offHeap.size", "tasks got no execution memory, or spilled with an off-heap peak of ≥ 90 % of its pool", "1.5 × size of that run", High, false, "Spark: MemoryManager.scala (execution memory is off the heap where that is on)"},
		{"off-heap-unused", "spark.memory.offHeap.size", "in all runs 1.2 × peak < 70 % of the size. Tasks' own peaks of execution memory × slots count where they are more than was sampled", "max(1.2 × peak, 0.75 × size, 64 MiB)", Medium, true, "Spark: MemoryManager.scala"},
		{"python-short", "spark.executor.pyspark.memory", "a task ends with Python's MemoryError, or Python's RSS ≥ 92 % of it", "1.5 × size of that run", High, false, "Spark: PythonRunner.getWorkerMemoryMb, worker.py (RLIMIT_AS of memory / cores)"},
		{"python-unused", "spark.executor.pyspark.memory", "in all runs 1.2 × the address space of Python's processes × cores < 70 % of it: the limit is one of address space, not of RSS, and each worker has an equal part", "max(1.2 × address space × cores, 0.75 × size, 64 MiB)", Medium, true, "Spark: worker.py (RLIMIT_AS), ProcfsMetricsGetter.scala"},
		{"cpu-short", "spark.kubernetes.executor.request.cores", "CPU time > 95 % of the tasks' run time, and the request is below the cores", "request = cores", Medium, false, "Spark: BasicExecutorFeatureStep.scala; task metric executorCpuTime"},
		{"cpu-throttled", "spark.kubernetes.{driver,executor}.limit.cores", "--prometheus: the kernel throttled the pods in more than 5 % of at least 100 CPU periods (container_cpu_cfs_throttled_periods_total / container_cpu_cfs_periods_total). A try: what the node has left decides", "min(2 × limit, max(1.5 × limit, cores)) of that run, in whole processors", Medium, false,
			"Linux: cgroup-v2.rst (cpu.stat); cAdvisor: prometheus.go; policy: as tune --live"},
		{"pod-peak", "all memory of drivers and executors", "--prometheus: the highest container_memory_working_set_bytes of a pod in the runs. It has page cache that was used lately, and scrapes may have missed more: it bounds reductions, and shows of nothing that less is enough. Where Prometheus does not know the pods of a run, nothing is reduced", "pod memory ≥ peak", High, false,
			"cAdvisor: prometheus.go (usage less inactive_file); policy"},
		{"cpu-unused", "spark.kubernetes.executor.request.cores", "CPU time < 40 % of at least 60 s of run time, waiting for shuffle data < 10 %. Not with Python, whose CPU time is in no log, and not where Prometheus knows that pods were throttled (cpu-throttled)", "cores × CPU time / run time × 1.25", Low, true, "task metrics executorCpuTime, executorRunTime, fetchWaitTime; a policy"},
		{"executors-idle", "spark.executor.instances, spark.dynamicAllocation.minExecutors", "tasks took < 60 % of the executors' cores, and none spilled", "fewest executors whose replay takes at most 5 % longer and that hold in half of their pools what all stored, the most of all runs", Medium, true, "replay of the run: package prediction"},
		{"executors-objective", "spark.executor.instances, spark.dynamicAllocation.maxExecutors", "tune --objective",
			"cost: the least GiB·h of all pods; balanced: the knee, the fewest executors that take at most 10 % longer than any number; time: the fewest that take at most 5 % longer than four times the knee. Enough to hold in half of their pools what all stored, and no fewer after spill. The most of all runs; what differs by a tenth stays", Medium, true, "replay of the run: package prediction"},
		{"executors-bound", "spark.dynamicAllocation.maxExecutors", "dynamic allocation without a bound", "most executors at once in the runs", Low, false, "Spark: spark.dynamicAllocation.maxExecutors is infinite by default"},
		{"disk-short", "spark.kubernetes.executor.volumes.TYPE.spark-local-dir-N.options.sizeLimit", "the volumes of local folders are smaller than an executor's files. Without such a volume a note says what to request",
			"1.25 × (all shuffle files + disk spill of the stage with the most) × the busiest executor's part of the tasks' time", Medium, false, "Spark: LocalDirsFeatureStep.scala, ContextCleaner.scala (shuffle files stay until the shuffle is forgotten)"},
		{"partitions-spill", "spark.sql.shuffle.partitions", "tasks that read shuffle data spilled, most of them, no partitions were merged, and the median task reads > 64 MiB", "max(2 × partitions, shuffle data / 128 MiB, task slots, partitions-few), at most 10,000", Medium, false, "NVIDIA AutoTuner: twice the partitions after spill; 128 MiB a task"},
		{"partitions-few", "spark.sql.shuffle.partitions", "a stage of at least 5 % of the tasks' time reads a shuffle with fewer tasks than the executors run at once, and none of its partitions were merged. A change from 10 % of the run's time on that its work on all slots would save, else a try", "2 × task slots, at most 10,000", Medium, false, "Sparklens: tasks by cores (PRatio); Spark: tuning.md, 2 to 3 tasks for each core"},
		{"partitions-tiny", "spark.sql.shuffle.partitions", "adaptive execution off, and to stay off; ≥ 100 tasks, median ≤ 500 ms, 95 % within 1 s. A change where the cores spent half of their time on starting them, else a try", "max(shuffle data / 64 MiB, task slots), where that is at most half", Medium, false, "SparkForensics: tiny tasks"},
		{"tasks-merged", "spark.sql.adaptive.coalescePartitions.parallelismFirst", "adaptive execution on; ≥ 100 tasks of a shuffle, median ≤ 500 ms, 95 % within 1 s", "false: partitions are merged to spark.sql.adaptive.advisoryPartitionSizeInBytes", Medium, false, "Spark: SQLConf.scala COALESCE_PARTITIONS_PARALLELISM_FIRST"},
		{"splits-large", "spark.sql.files.maxPartitionBytes", "the median task reads > 256 MiB, and the size is above the default", "128m", Medium, false, "Spark: FilePartition.maxSplitBytes"},
		{"splits-small", "spark.sql.files.maxPartitionBytes", "≥ 100 tasks that read files, median ≤ 500 ms, 95 % within 1 s", "size × 128 MiB / median input of a task, at most 16 ×, at most 4 GiB, and no more than lets 95 % of the tasks of each other stage read 256 MiB", Low, false, "Spark: FilePartition.maxSplitBytes; NVIDIA AutoTuner: 128 to 256 MiB a task"},
		{"adaptive-off", "spark.sql.adaptive.enabled", "off, and queries ran. With tiny tasks (partitions-tiny) it is certain", "remove the key: on by default since 3.2; true where no key can be removed", High, false, "Spark: SQLConf.scala ADAPTIVE_EXECUTION_ENABLED"},
		{"skew-join", "spark.sql.adaptive.skewJoin.enabled", "off; longest task ≥ 4 × the median, ≥ 75 % of its stage and ≥ 150 s, or few tasks spill", "remove the key: on by default, or true. Partitions and memory do not answer skew", Medium, false, "Spark: OptimizeSkewedJoin.scala; Dr. Elephant's fork: 4, .75, 2.5 min"},
		{"broadcast-off", "spark.sql.autoBroadcastJoinThreshold", "0 or below, and queries ran. A log has no sizes of joins", "remove the key: 10 MiB by default, or 10MB", Low, false, "Spark: SQLConf.scala AUTO_BROADCASTJOIN_THRESHOLD"},
		{"collector-fits", "collector", "GC ≤ 5 % of the time", "stays", Medium, false, "policy: a collector is not changed where it costs little"},
		{"collector-serial", "collector", "SerialGC by the JVM's choice on a pod of at least 1792 MiB, GC ≥ 2 %", "Parallel", Medium, false, FromErgo},
		{"collector-small", "collector", "SerialGC by the JVM's choice on a smaller pod, two or more cores and processors, GC > 5 %", "Parallel, before the heap grows: the same memory. Measured with 1200 MiB, 2 cores and 40 % GC: 31 % less time; a heap of 2560 MiB alone: 2 % less", Medium, false, FromErgo},
		{"collector-chosen", "collector", "SerialGC by an option, two or more cores and processors, a heap of at least 1792 MiB, GC > 5 %", "Parallel in its place; a try up to 10 %. An option outside of extraJavaOptions is named", Medium, false, FromErgo},
		{"collector-parallel", "collector", "G1 on 8 to 31 GiB, GC > 5 %, no full collection, execution and storage memory below 20 % of the heap", "Parallel: throughput before pauses", Medium, false, FromPolicy},
		{"collector-occupancy", "-XX:InitiatingHeapOccupancyPercent", "G1 with full collections and GC > 5 %", "35", Medium, false, "HotSpot: G1 starts to mark at 45 % by default; " + FromPolicy},
		{"decommission", "spark.decommission.enabled, spark.storage.decommission.*", "executors were stopped from outside (143, decommissioned, preempted); certain where shuffle data was lost", "true", Medium, false, "Spark: BlockManagerDecommissioner.scala"},
		{"evidence", "spark.eventLog.*, spark.executor.processTreeMetrics.enabled, spark.executor.metrics.pollingInterval, -Xlog:gc", "tune --enable-evidence", "switched on", High, false, "Spark: monitoring.md; JEP 158, JEP 271"},
	}
}

// Of is the one of an ID; an empty one where there is none.
func Of(id string) Formula {
	for _, f := range All() {
		if f.ID == id {
			return f
		}
	}
	return Formula{ID: id}
}
