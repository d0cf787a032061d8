package sizing

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	// WorkerLeavesMiB is what a worker keeps of the memory that it sees before it offers the rest, and the least that it
	// offers (deploy/worker/WorkerArguments.scala, inferDefaultMemory).
	WorkerLeavesMiB = 1024
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

// WorkerFits is the most memory in MiB that a worker may offer so that WorkerNeed stays within a limit, a multiple of 64;
// 0 where that is less than an executor's default heap.
func WorkerFits(daemonMiB, limitMiB int64) int64 {
	fits := (limitMiB - daemonMiB - DaemonBesideMiB) * 100 / 115 / 64 * 64
	if fits < spark.DefaultHeapMiB {
		return 0
	}
	return fits
}

// Offer is the memory that a worker hands out to executors.
type Offer struct {
	MiB  int64
	Said bool // by SPARK_WORKER_MEMORY or the worker's arguments, and not derived from the limit
	// Argued says that the worker's arguments say it, which win over the variable.
	Argued bool
	Why    Why // why it is not known
}

// Offer is what a worker hands out inside a limit. SPARK_WORKER_MEMORY counts bytes without a unit, and from 4.2 on reads
// 4Gi, too (WorkerArguments, Utils.memoryStringToMb).
func (s Server) Offer(limitMiB int64) Offer {
	c := s.Container
	if argued, given, read := s.memoryArgument(); given {
		if !read || SeveralWorkers(c) || s.holdsFiles() {
			return Offer{Argued: true, Why: WorkerMemory}
		}
		return Offer{MiB: argued, Said: true, Argued: true}
	}
	if SeveralWorkers(c) || s.holdsFiles() {
		return Offer{Why: WorkerMemory}
	}
	text, literal, present := spark.EnvValue(c, workerMemory)
	if present && literal && text != "" {
		mib, err := s.size(text)
		if err != nil || mib < 1 || mib > maxMiB {
			return Offer{Said: true, Why: Unreadable}
		}
		return Offer{MiB: mib, Said: true}
	}
	if present && !literal || len(c.EnvFrom) > 0 || spark.ConfMounted(c, s.Spec) || limitMiB == 0 {
		return Offer{Why: WorkerMemory}
	}
	return Offer{MiB: WorkerOffer(limitMiB)}
}

// size reads a size as the worker does. Of no known version that is what the newest line reads.
func (s Server) size(text string) (mib int64, err error) {
	version := s.Version
	if !version.Known() {
		version = spark.Version{Major: 4, Minor: 2}
	}
	return spark.ParseSizeFor(version, text, spark.Byte, spark.MiB)
}

// memoryArgument is what the worker's own arguments say that it hands out. read is false where they stand in a script, or
// hold what the worker does not read.
func (s Server) memoryArgument() (mib int64, given, read bool) {
	words := slices.Concat(s.Container.Command, s.Container.Args)
	for i, w := range words {
		switch {
		case (w == "-m" || w == "--memory") && i+1 < len(words):
			size, err := spark.ParseSizeFor(s.Version, words[i+1], spark.Byte, spark.MiB)
			mib, given, read = size, true, err == nil && size > 0 && size <= maxMiB
		case w == "-m", w == "--memory", strings.HasPrefix(w, "--memory="), strings.Contains(w, " --memory "), strings.Contains(w, " -m "):
			return 0, true, false
		}
	}
	return mib, given, read
}

// SeveralWorkers says whether more than one worker may run in the container.
func SeveralWorkers(c *corev1.Container) bool {
	value, literal, present := spark.EnvValue(c, "SPARK_WORKER_INSTANCES")
	return present && (!literal || value != "1")
}

// holdsFiles says whether volumes in memory count against the limit.
func (s Server) holdsFiles() bool {
	return s.Spec != nil && slices.ContainsFunc(s.Spec.Volumes, func(v corev1.Volume) bool {
		return v.EmptyDir != nil && v.EmptyDir.Medium == corev1.StorageMediumMemory
	})
}

// WorkerCores is what a worker offers of processors.
type WorkerCores struct {
	Cores int64 // 0 where it is not known
	Said  bool  // by SPARK_WORKER_CORES or the worker's arguments
	// Argued says that the worker's arguments say it, which win over the variable.
	Argued bool
	// Node says that it offers every processor of its node: neither the variable nor a CPU limit says anything. To is what its
	// CPU request says instead; 0 where that is below one processor.
	Node bool
	To   int64
	Why  Why
}

// WorkerCores: without SPARK_WORKER_CORES they are those that its JVM sees, the CPU limit rounded up or every one of the node
// (WorkerArguments.inferDefaultCores).
func (s Server) WorkerCores() WorkerCores {
	c := s.Container
	text, literal, present := spark.EnvValue(c, "SPARK_WORKER_CORES")
	limit := c.Resources.Limits.Cpu().MilliValue()
	if s.Spec != nil && s.Spec.Resources != nil && limit == 0 {
		limit = s.Spec.Resources.Limits.Cpu().MilliValue()
	}
	options := spark.JVMOptions(c, spark.Worker)
	argued, given := s.coresArgument()
	switch {
	case given && argued == 0:
		return WorkerCores{Argued: true, Why: ConfUnseen}
	case given:
		return WorkerCores{Cores: argued, Said: true, Argued: true}
	case present:
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
		if !literal || err != nil || n < 1 {
			return WorkerCores{Why: Unreadable}
		}
		return WorkerCores{Cores: n, Said: true}
	case len(c.EnvFrom) > 0 || spark.ConfMounted(c, s.Spec) || !options.Visible || spark.HasOption(options.Tokens, processorsOption):
		return WorkerCores{Why: ConfUnseen}
	case limit > 0:
		return WorkerCores{Cores: (limit + 999) / 1000}
	case !s.ImageKnown:
		return WorkerCores{Why: ImageUnknown} // it may bake the variable in
	}
	return WorkerCores{Node: true, To: c.Resources.Requests.Cpu().MilliValue() / 1000}
}

// coresArgument is what the worker's arguments say of its cores, which wins over the variable; 0 where it stands in a script, or is
// not a whole number. A shell has a -c, too.
func (s Server) coresArgument() (cores int64, given bool) {
	words := slices.Concat(s.Container.Command, s.Container.Args)
	for i, word := range words {
		if (word == "-c" || word == "--cores") && i+1 < len(words) {
			n, err := strconv.ParseInt(words[i+1], 10, 32)
			if err == nil && n > 0 {
				cores, given = n, true
				continue
			}
			if word == "--cores" {
				return 0, true
			}
		}
		if inScript(word) {
			return 0, true
		}
	}
	return cores, given
}

// inScript says whether a word is a script that names cores, or names them and their number in one.
func inScript(word string) bool {
	fields := strings.Fields(word)
	for i, field := range fields {
		if strings.HasPrefix(field, "--cores=") || len(fields) > 1 && field == "--cores" {
			return true
		}
		if field == "-c" && i+1 < len(fields) {
			if _, err := strconv.Atoi(fields[i+1]); err == nil {
				return true
			}
		}
	}
	return false
}

// CPU is what a worker asks for and gets of processors.
func (s Server) CPU() CPU {
	w := s.WorkerCores()
	return CPU{Role: s.Role, Cores: w.Cores, Request: s.Container.Resources.Requests.Cpu().MilliValue(), Limit: s.Container.Resources.Limits.Cpu().MilliValue()}
}
