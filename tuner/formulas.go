package tuner

//go:generate go run ../test/docs -formulas -o README.md

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

// Formulas lists all of them, in the order of the documents.
func Formulas() []Formula {
	return []Formula{
		{"heap-exhausted", "spark.executor.memory", "exit code 52, or a task ends with OutOfMemoryError: Java heap space", "1.5 × heap of that run (Parallel 1.7, ZGC 1.8)", High, false,
			"Spark: SparkExitCode.OOM = 52; " + fromLiveSet},
		{"heap-gc", "spark.{driver,executor}.memory", "GC > 10 % of tasks' run time of at least 10 s (driver: of its time), or old generation > 5 %. Not ZGC, Shenandoah, nor a serial collector on a large heap",
			"live + (heap − live) × GC share / 5 %, at least 1.5 × live, at most 2 × heap", Medium, false, "Dr. Elephant: GC ratio .10; " + fromGCModel},
		{"heap-spill", "spark.executor.memory", "p99 disk spill ≥ 256 MiB a task or memory spill ≥ 10 % of the data, most tasks spill, the median task reads ≤ 256 MiB, execution and storage peak ≥ 90 % of the pool",
			"300 MiB + task slots × p99 (execution memory + spilled memory) / spark.memory.fraction, at most 2 × heap", Medium, false, "Spark: UnifiedMemoryManager.getMaxMemory, ExecutionMemoryPool.acquireMemory"},
		{"heap-needed", "spark.{driver,executor}.memory", "the heap is now smaller than in the runs, and smaller than they needed", "1.5 × live objects (Parallel 1.7)", Medium, false, fromLiveSet},
		{"heap-unused", "spark.{driver,executor}.memory", "in all runs GC < 2 %, no spill and no loss, and less than 70 % of the heap is needed. The heap in use is no need: it holds garbage",
			"max(1.5 × live, heap for GC ≤ 5 %, 0.75 × heap, 1 GiB, 1.25 × a heap that was exhausted); live = 1.25 × (300 MiB + execution and storage peak), at most the heap in use. Driver: live = heap in use", Medium, true,
			fromLiveSet + "; " + fromGCModel},
		{"overhead-killed", "spark.executor.memoryOverhead", "exit code 137, or direct memory or threads ran out", "max(1.15 × need, 1.25 × overhead of that run); need = JVM RSS − heap in use + Python + other processes, else by component with estimates", High, false,
			"Spark: ExecutorPodsLifecycleManager.scala; Kubernetes: OOMKilled; KRR: 25 % after an OOM kill"},
		{"overhead-near", "spark.{driver,executor}.memoryOverhead", "processes took ≥ 92 % of the pod's limit, or the overhead is now smaller than the runs needed", "1.15 × (JVM RSS − heap in use + Python + other processes)", High, false,
			"Spark: ProcfsMetricsGetter.scala; policy: 8 % of the limit stay free"},
		{"overhead-unused", "spark.{driver,executor}.memoryOverhead", "in all runs processes left > 25 % of the limit", "max(1.2 × need, 0.75 × overhead, Spark's default)", Medium, true, "Spark: ProcfsMetricsGetter.scala, ResourceProfile.scala (a set overhead replaces the default)"},
		{"off-heap-short", "spark.memory.offHeap.size", "tasks spilled, and the off-heap peak is ≥ 90 % of its pool", "1.5 × size of that run", High, false, "Spark: MemoryManager.scala (execution memory is off the heap where that is on)"},
		{"off-heap-unused", "spark.memory.offHeap.size", "in all runs 1.2 × peak < 70 % of the size", "max(1.2 × peak, 0.75 × size, 64 MiB)", Medium, true, "Spark: MemoryManager.scala"},
		{"python-short", "spark.executor.pyspark.memory", "a task ends with Python's MemoryError, or Python's RSS ≥ 92 % of it", "1.5 × size of that run", High, false, "Spark: PythonRunner.getWorkerMemoryMb, worker.py (RLIMIT_AS of memory / cores)"},
		{"python-unused", "spark.executor.pyspark.memory", "in all runs 1.2 × Python's RSS < 70 % of it", "max(1.2 × RSS, 0.75 × size, 64 MiB)", Medium, true, "Spark: ProcfsMetricsGetter.scala"},
		{"cpu-short", "spark.kubernetes.executor.request.cores", "CPU time > 95 % of the tasks' run time, and the request is below the cores", "request = cores", Medium, false, "Spark: BasicExecutorFeatureStep.scala; task metric executorCpuTime"},
		{"cpu-unused", "spark.kubernetes.executor.request.cores", "CPU time < 40 % of at least 60 s of run time, waiting for shuffle data < 10 %", "cores × CPU time / run time × 1.25", Low, true, "task metrics executorCpuTime, executorRunTime, fetchWaitTime; a policy"},
		{"executors-idle", "spark.executor.instances, spark.dynamicAllocation.minExecutors", "tasks took < 60 % of the executors' cores", "fewest executors whose replay takes at most 5 % longer, the most of all runs", Medium, true, "replay of the run: package prediction"},
		{"executors-bound", "spark.dynamicAllocation.maxExecutors", "dynamic allocation without a bound", "most executors at once in the runs", Low, false, "Spark: spark.dynamicAllocation.maxExecutors is infinite by default"},
		{"partitions-spill", "spark.sql.shuffle.partitions", "tasks that read shuffle data spilled, most of them, and no partitions were merged", "max(2 × partitions, shuffle data / 128 MiB, task slots), at most 10,000", Medium, false, "NVIDIA AutoTuner: twice the partitions after spill; 128 MiB a task"},
		{"partitions-tiny", "spark.sql.shuffle.partitions", "adaptive execution off; ≥ 100 tasks, median ≤ 500 ms, 95 % within 1 s", "max(shuffle data / 64 MiB, task slots), where that is at most half", Medium, false, "SparkForensics: tiny tasks"},
		{"tasks-merged", "spark.sql.adaptive.coalescePartitions.parallelismFirst", "adaptive execution on; ≥ 100 tasks of a shuffle, median ≤ 500 ms, 95 % within 1 s", "false: partitions are merged to spark.sql.adaptive.advisoryPartitionSizeInBytes", Medium, false, "Spark: SQLConf.scala COALESCE_PARTITIONS_PARALLELISM_FIRST"},
		{"splits-large", "spark.sql.files.maxPartitionBytes", "the median task reads > 256 MiB, and the size is above the default", "128m", Medium, false, "Spark: FilePartition.maxSplitBytes"},
		{"splits-small", "spark.sql.files.maxPartitionBytes", "≥ 100 tasks that read files, median ≤ 500 ms, 95 % within 1 s", "size × 128 MiB / median input of a task, at most 16 ×, at most 4 GiB", Low, false, "Spark: FilePartition.maxSplitBytes; NVIDIA AutoTuner: 128 to 256 MiB a task"},
		{"adaptive-off", "spark.sql.adaptive.enabled", "off, and queries ran", "remove the key: on by default since 3.2", Medium, false, "Spark: SQLConf.scala ADAPTIVE_EXECUTION_ENABLED"},
		{"skew-join", "spark.sql.adaptive.skewJoin.enabled", "off; longest task ≥ 4 × the median, ≥ 75 % of its stage and ≥ 150 s, or few tasks spill", "remove the key: on by default. Partitions and memory do not answer skew", Medium, false, "Spark: OptimizeSkewedJoin.scala; Dr. Elephant's fork: 4, .75, 2.5 min"},
		{"broadcast-off", "spark.sql.autoBroadcastJoinThreshold", "0 or below, and queries ran. A log has no sizes of joins", "remove the key: 10 MiB by default", Low, false, "Spark: SQLConf.scala AUTO_BROADCASTJOIN_THRESHOLD"},
		{"collector-fits", "collector", "GC ≤ 5 % of the time", "stays", Medium, false, "policy: a collector is not changed where it costs little"},
		{"collector-serial", "collector", "SerialGC by the JVM's choice on a pod of at least 1792 MiB, GC ≥ 2 %", "Parallel", Medium, false, fromErgo},
		{"collector-parallel", "collector", "G1 on 8 to 31 GiB, GC > 5 %, no full collection, execution and storage memory below 20 % of the heap", "Parallel: throughput before pauses", Medium, false, fromPolicy},
		{"collector-occupancy", "-XX:InitiatingHeapOccupancyPercent", "G1 with full collections and GC > 5 %", "35", Medium, false, "HotSpot: G1 starts to mark at 45 % by default; " + fromPolicy},
		{"decommission", "spark.decommission.enabled, spark.storage.decommission.*", "executors were stopped from outside (143, decommissioned, preempted); certain where shuffle data was lost", "true", Medium, false, "Spark: BlockManagerDecommissioner.scala"},
		{"evidence", "spark.eventLog.*, spark.executor.processTreeMetrics.enabled, spark.executor.metrics.pollingInterval, -Xlog:gc", "tune --enable-evidence", "switched on", High, false, "Spark: monitoring.md; JEP 158, JEP 271"},
	}
}

// formulaOf is the one of an ID; an empty one where there is none.
func formulaOf(id string) Formula {
	for _, f := range Formulas() {
		if f.ID == id {
			return f
		}
	}
	return Formula{ID: id}
}
