package spark

// DefaultDaemonMiB is the heap in MiB of a master, worker or history server (SPARK_DAEMON_MEMORY).
const DefaultDaemonMiB = 1024
