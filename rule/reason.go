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
	LibcUnknown   Reason = "libc-unknown"
	HeapUnknown   Reason = "heap-unknown"
	LittleDisk    Reason = "little-disk"
	Quota         Reason = "quota"
	NoMemory      Reason = "without-memory"
	LabelUnknown  Reason = "label-unknown"
	NoSelector    Reason = "no-selector"
	AddrUnknown   Reason = "address-unknown"
	RightsUnknown Reason = "rights-unknown"
	OwnAccount    Reason = "needs-own-account"
	AccountUnread Reason = "account-unread"
	CloudIdentity Reason = "cloud-identity"
	NotCompliant  Reason = "not-compliant"
	NeedsSecret   Reason = "needs-secret"
)

// Reasons tells what each reason word means, for explain and the generated documents.
func Reasons() map[Reason]string {
	return map[Reason]string{
		UserSet:       "another value is set already, and the webhook never overwrites it",
		EnvFrom:       "the container's envFrom may set the variable already",
		ValueFrom:     "the variable's value comes from valueFrom",
		Unreadable:    "the value that is set cannot be read: an unclosed quote or an invalid size",
		Privileged:    "the container is privileged or adds CAP_SYS_ADMIN, and the API server refuses allowPrivilegeEscalation: false next to it",
		RunsAsRoot:    "the container or its image runs as root",
		ImageUnknown:  "the image's user and start script are unknown; describe the image in annotation " + ImageAnnotation,
		JavaUnknown:   "the image's Java version is unknown; describe the image in annotation " + ImageAnnotation,
		SparkUnknown:  "the Spark version is unknown; set the pod label spark-version, for example 3.5.6, and run the command again",
		SparkTooOld:   "the Spark version does not have the setting",
		Entrypoint:    "the container has its own command, or its command is unknown; it may ignore the variable of the JVM options",
		PortUnknown:   "the port is unknown",
		OwnName:       "the server listens on a host name that may resolve only after the pod is Ready",
		ConfUnseen:    "a mounted configuration was not read and may set this",
		CoresUnknown:  "the number of cores is unknown or too large",
		WorkerMemory:  "SPARK_WORKER_MEMORY is unset, so the memory for executors is unknown",
		PathTaken:     "another volume is mounted there or has the same name",
		OffByDefault:  "the endpoint is off by default, and only the profiles standard and restricted enable it",
		NeverRestart:  "the pod is never restarted, so a failed probe would end it",
		RunsToEnd:     "the pod runs to completion, so a failed probe would end the job",
		OperatorReads: "the operator treats a driver that was never ready as failed",
		HoldsSessions: "a restart would lose the clients' sessions",
		SparkSetsThem: "Spark sets this from its configuration",
		DriverAnswers: "the driver's endpoint has the executors' metrics; executors have no HTTP port",
		HeapUnknown:   "the heap size is unknown, so the dump's size is unknown too",
		LittleDisk:    "the container's ephemeral-storage limit is too small, so the pod would be evicted",
		NoExactForm:   "no other setting has exactly the same meaning",
		NoRoom:        "the report annotation is full",
		NotYours:      "a controller owns this field and would undo the change",
		NeedsRights:   "the container is privileged or adds capabilities, and may need them",
		NeedsName:     "executors would fail, because the driver's name resolves only after its pod is Ready",
		NoMetrics:     "a History Server has no metrics endpoint",
		OwnPage:       "a configuration was not read and may move or disable the web UI",
		NoGlibc:       "the image has no glibc, so it has no malloc arenas",
		LibcUnknown:   "the image's C library is unknown; set libc in annotation " + ImageAnnotation,
		Quota:         "a ResourceQuota or LimitRange may refuse the changed pod, or was not read yet",
		NoMemory:      "a CPU request is set only together with a memory request",
		LabelUnknown:  "it is not known which label a Prometheus object asks for",
		NoSelector:    "no label of the pod serves to select it",
		AddrUnknown:   "an address that the pod must reach is unknown",
		RightsUnknown: "it is not known which rights are missing",
		OwnAccount:    "other pods have the same account or the same rights",
		AccountUnread: "the driver's ServiceAccount was not read; it may have pull secrets or rights in the cloud that the pods need",
		NeedsSecret:   "the Secret that is to hold the value does not exist yet",
		NotCompliant:  "pods of the namespace do not comply with the level yet",
		CloudIdentity: "the cloud gives the account rights that the pods may need; give the new account the same first",
	}
}
