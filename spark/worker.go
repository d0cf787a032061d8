package spark

// Constants of a standalone worker.
const (
	// WorkerLeavesMiB is what a worker keeps of the memory that it sees before it offers the rest, and the least that it
	// offers (deploy/worker/WorkerArguments.scala, inferDefaultMemory).
	WorkerLeavesMiB = 1024
	// DefaultDaemonMiB is the heap of a master, worker or history server (SPARK_DAEMON_MEMORY).
	DefaultDaemonMiB = 1024
	// DaemonBesideMiB is what a worker's own JVM is taken to use beside its heap: a prior.
	DaemonBesideMiB = 256
)

// WorkerOffer is the memory in MiB that a worker offers to executors where SPARK_WORKER_MEMORY is not set: what its JVM
// sees of memory less 1024, and 1024 at the least. From JDK 11 on it sees the container's limit, else the node.
func WorkerOffer(seenMiB int64) int64 { return max(seenMiB-WorkerLeavesMiB, WorkerLeavesMiB) }

// WorkerNeed is the memory in MiB that a worker's container must hold for what it offers: the daemon's heap and what it
// uses beside that, and the executors' heaps with 15 percent on top. The master counts heaps alone (deploy/ knows no
// memoryOverhead, off-heap or PySpark memory), so that the room beside them must come from the container's limit.
func WorkerNeed(daemonMiB, offersMiB int64) int64 {
	return daemonMiB + DaemonBesideMiB + (offersMiB*115+99)/100
}

// WorkerFits is the most memory in MiB that a worker may offer so that WorkerNeed stays within a limit; 0 where the
// daemon alone does not fit.
func WorkerFits(daemonMiB, limitMiB int64) int64 {
	return max((limitMiB-daemonMiB-DaemonBesideMiB)*100/115, 0)
}
