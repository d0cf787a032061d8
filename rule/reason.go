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
)

// Reasons tells what each reason word means, for explain and the generated documents.
func Reasons() map[Reason]string {
	return map[Reason]string{
		UserSet:       "somebody set this already, and what a user set is never changed at admission",
		EnvFrom:       "the container takes its environment from a ConfigMap or Secret (envFrom), so a variable set here could hide one that cannot be seen",
		ValueFrom:     "the variable's value comes from elsewhere (valueFrom), so nothing can be merged into it",
		Unreadable:    "the options there cannot be split into words (an unbalanced quote), so nothing is merged into them",
		Privileged:    "the container is privileged or adds CAP_SYS_ADMIN, and the API server refuses both together",
		RunsAsRoot:    "the container or its image runs as root",
		ImageUnknown:  "the image's facts (uid, entrypoint) are not known: name them in the image annotation or in the configuration's images",
		JavaUnknown:   "the image's Java version is not known, and the flag is not the same in all of them",
		SparkUnknown:  "the Spark version is not known",
		SparkTooOld:   "the Spark version does not know the setting",
		Entrypoint:    "the container does not start by Spark's own entrypoint, so the options could reach another process, or none",
		PortUnknown:   "the port cannot be told for certain",
		OwnName:       "it was told to listen on a name that may resolve only once the pod is ready",
		ConfUnseen:    "a mounted configuration may say otherwise, and it cannot be seen from here",
		CoresUnknown:  "the cores cannot be told for certain, or are fewer than one",
		WorkerMemory:  "SPARK_WORKER_MEMORY is not set, so what the worker will hand out is not known",
		PathTaken:     "something else is mounted there, or a volume has that name",
		OffByDefault:  "the endpoint is off by default in this version, and this profile switches nothing on",
		NeverRestart:  "the pod is never restarted: a failed probe would end it for good",
		RunsToEnd:     "the pod runs to completion: a probe that fails kills a job, and nothing routes traffic by its readiness",
		OperatorReads: "the operator takes a driver that was never ready for a failed one",
		HoldsSessions: "the server holds the sessions of its clients: killing it for being slow would lose them",
		SparkSetsThem: "Spark sets them from its configuration; changing them here would hide that",
		DriverAnswers: "the driver's endpoint has the executors' metrics; executors have no HTTP port",
		HeapUnknown:   "the heap's size cannot be told, and a dump is as large",
		LittleDisk:    "the container's limit of ephemeral storage leaves too little for it: the pod would be evicted",
		NoExactForm:   "nothing says exactly the same, so somebody must decide what is meant",
		NoRoom:        "the report annotation has no room left to name the edits",
		NotYours:      "a controller owns this field and would set it back",
		NeedsRights:   "the container is privileged or adds capabilities, so it was made to need them: an init container that sets up a mesh's routing, say",
		NeedsName:     "executors find this driver by a name that resolves only once it is ready; they would die before",
		NoMetrics:     "a History server has no metrics endpoint",
		OwnPage:       "its page is that of the application that the server is, which a configuration unseen here may move or switch off",
		NoGlibc:       "the image has no glibc, so it has no arenas to bound",
	}
}
