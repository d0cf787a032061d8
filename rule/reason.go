package rule

// Reason is the word by which a report says why an edit was refused or is deliberately none.
type Reason string

// The reasons.
const (
	UserSet       Reason = "user-set"
	EnvFrom       Reason = "env-from"
	ValueFrom     Reason = "value-from"
	Unreadable    Reason = "unreadable"
	Privileged    Reason = "privileged"
	RunsAsRoot    Reason = "runs-as-root"
	ImageUnknown  Reason = "image-unknown"
	JavaUnknown   Reason = "java-unknown"
	SparkUnknown  Reason = "spark-unknown"
	Entrypoint    Reason = "entrypoint"
	SparkTooOld   Reason = "spark-too-old"
	PortUnknown   Reason = "port-unknown"
	OwnName       Reason = "own-name"
	ConfUnseen    Reason = "conf-unseen"
	CoresUnknown  Reason = "cores-unknown"
	WorkerMemory  Reason = "worker-memory-unknown"
	PathTaken     Reason = "path-taken"
	OffByDefault  Reason = "off-by-default"
	NeverRestart  Reason = "never-restarted"
	RunsToEnd     Reason = "runs-to-completion"
	OperatorReads Reason = "operator-reads-readiness"
	HoldsSessions Reason = "holds-sessions"
	SparkSetsThem Reason = "spark-sets-them"
	DriverAnswers Reason = "driver-answers"
	NoRoom        Reason = "annotations-full"
	NotYours      Reason = "controller-owned"
	NoExactForm   Reason = "no-exact-form"
	NeedsRights   Reason = "needs-rights"
	NeedsName     Reason = "name-needs-readiness"
	NoMetrics     Reason = "no-metrics"
	OwnPage       Reason = "own-page"
	NoGlibc       Reason = "no-glibc"
	HeapUnknown   Reason = "heap-unknown"
	LittleDisk    Reason = "little-disk"
	Quota         Reason = "quota"
	NoMemory      Reason = "without-memory"
)

// Reasons tells what each reason word means, for explain and the generated documents.
func Reasons() map[Reason]string {
	return map[Reason]string{
		UserSet:       "a user set it, and admission never changes what a user set",
		EnvFrom:       "the container's envFrom may set the variable already",
		ValueFrom:     "the variable's value comes from valueFrom",
		Unreadable:    "what stands there cannot be read: an unclosed quote, or a size that is none",
		Privileged:    "the container is privileged or adds CAP_SYS_ADMIN, and the API server refuses the combination",
		RunsAsRoot:    "the container or its image runs as root",
		ImageUnknown:  "the image's uid and entrypoint are unknown; set them in the image annotation or the webhook's images",
		JavaUnknown:   "the image's Java version is unknown",
		SparkUnknown:  "the Spark version is unknown",
		SparkTooOld:   "the Spark version does not have the setting",
		Entrypoint:    "the container does not start with Spark's entrypoint, so the options may not reach the JVM",
		PortUnknown:   "the port is unknown",
		OwnName:       "it listens on a name that may resolve only when the pod is ready",
		ConfUnseen:    "a mounted configuration that was not read may set it",
		CoresUnknown:  "the cores are unknown, or no number that a node has",
		WorkerMemory:  "SPARK_WORKER_MEMORY is not set, so the worker's memory for executors is unknown",
		PathTaken:     "another volume is mounted there or has the same name",
		OffByDefault:  "the endpoint is off by default in this version, and this profile does not enable it",
		NeverRestart:  "the pod is never restarted, so a failed probe would end it",
		RunsToEnd:     "the pod runs to completion, so a failed probe would end the job",
		OperatorReads: "the operator treats a driver that was never ready as failed",
		HoldsSessions: "a restart would lose the sessions of the server's clients",
		SparkSetsThem: "Spark sets them from its configuration",
		DriverAnswers: "the driver's endpoint has the executors' metrics; executors have no HTTP port",
		HeapUnknown:   "the heap size is unknown, and a dump can be as large",
		LittleDisk:    "the container's ephemeral-storage limit is too small, so the pod would be evicted",
		NoExactForm:   "no setting means exactly the same; choose one",
		NoRoom:        "the report annotation is full",
		NotYours:      "a controller owns this field and would revert the change",
		NeedsRights:   "the container is privileged or adds capabilities, and may need them (a service mesh's init container, for example)",
		NeedsName:     "executors use a driver name that resolves only when the driver is ready, and would fail before",
		NoMetrics:     "a History server has no metrics endpoint",
		OwnPage:       "a configuration that was not read may move its web page or turn it off",
		NoGlibc:       "the image has no glibc, so it has no malloc arenas",
		Quota:         "a ResourceQuota or LimitRange could refuse the pod with it, or these have not been read yet",
		NoMemory:      "a CPU request is set only beside a memory request, and none is set here",
	}
}
