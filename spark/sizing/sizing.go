// Package sizing says what a driver, an executor or a server of Spark needs, and what becomes of a pod that gets something
// else. Each need, minimum and bound is computed here and nowhere else; rules and the tuner word the verdicts, and so say the
// same of the same input.
//
// Start with Pod for the memory of a driver or executor, CPU for processors, Heap for heaps and Server for standalone
// servers. Memory is in MiB, processors in thousandths, everywhere.
package sizing

// Verdict is what becomes of a pod of a size.
type Verdict string

// The verdicts, from the worst.
const (
	NotStarted Verdict = "does not start"            // the JVM or Spark ends as it starts
	Refused    Verdict = "refused by the API server" // 422: no pod is made
	Killed     Verdict = "killed"                    // the heap alone is more than the limit
	Short      Verdict = "short"                     // less than what is needed or reserved: the kernel may kill the container
	Throttled  Verdict = "throttled"                 // fewer processors than tasks
	Serial     Verdict = "serial"                    // one processor: the serial collector for a large heap
	Wide       Verdict = "wide"                      // pointers of eight bytes, and little more room
	Ignored    Verdict = "ignored"                   // set, and without effect
	Prior      Verdict = "prior"                     // less than what is usually needed; only a run tells
	Fits       Verdict = "fits"
)

// Why says why nothing can be said; "" where something can. The words are those of rule.Reason.
type Why string

// The reasons.
const (
	ConfUnseen   Why = "conf-unseen"           // a mounted configuration may say otherwise
	Unreadable   Why = "unreadable"            // the value is no size
	ValueFrom    Why = "value-from"            // the variable's value comes from elsewhere
	ImageUnknown Why = "image-unknown"         // the image may set it
	WorkerMemory Why = "worker-memory-unknown" // what the worker hands out is not known
)

// Words say why the memory of a server is not judged.
func (w Why) Words() string {
	switch w {
	case Unreadable, ValueFrom:
		return "SPARK_DAEMON_MEMORY or SPARK_WORKER_MEMORY cannot be read"
	case ImageUnknown:
		return "the image may set the heap"
	case WorkerMemory:
		return "the memory offered to executors is unknown"
	}
	return "a configuration that was not read may set the heap"
}

// What is believed of a size in MiB and of cores: no node has more.
const (
	maxMiB   = 16 << 20
	maxCores = 512
)

// Up64 rounds MiB up to a multiple of 64, which reads well and costs little.
func Up64(mib int64) int64 { return (mib + 63) / 64 * 64 }

// Up256 rounds MiB up to a multiple of 256, as limits of servers are written.
func Up256(mib int64) int64 { return (mib + 255) / 256 * 256 }
