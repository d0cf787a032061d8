package live

import "github.com/kubectl-spark/kubectl-spark/tuner/formulas"

const (
	fromKernel = "Linux: cgroup-v2.rst (cpu.stat, memory.peak, memory.stat, memory.events)"
	fromResize = "Kubernetes: KEP-1287, validation.go ValidatePodResize"
)

// Formulas lists how running pods are resized, in the order of the documents.
func Formulas() []formulas.Formula {
	return []formulas.Formula{
		{ID: "live-cpu-throttled", Settings: "limits.cpu", When: "the kernel throttled the container in more than 5 % of at least 10 periods of 100 ms, while it was looked at", Formula: "min(2 × limit, max(1.5 × limit, tasks at a time)). A limit that is not reached stays: it takes nothing from others",
			Confidence: formulas.High, Source: fromKernel + "; policy: at most twice"},
		{ID: "live-cpu-request", Settings: "requests.cpu", When: "a container uses more CPU than it requests: now, in the last seconds, or on average since it started", Formula: "1.15 × use, at most the limit", Confidence: formulas.Medium,
			Source: "Kubernetes: cpu.weight is by the request"},
		{ID: "live-cpu-unused", Settings: "requests.cpu", When: "all containers of the role run for 10 minutes, use less than 40 % of the request, and are not throttled. Low where only the metrics API tells, and for less than a processor for each task: an average hides how busy stages are", Formula: "max(1.25 × use, 100m); Guaranteed pods, whose limit goes with it: at least the tasks at a time, and nothing where these are not known", Confidence: formulas.Medium, Lowers: true,
			Source: "metrics.k8s.io; " + fromKernel + "; a policy"},
		{ID: "live-memory-killed", Settings: "limits.memory", When: "the kernel killed a process of the container at this limit, or a pod of the role", Formula: "heap, off-heap and PySpark memory + 1.25 × the rest of the limit", Confidence: formulas.High, Source: fromKernel + "; KRR: 25 % after an OOM kill"},
		{ID: "live-memory-formula", Settings: "limits.memory", When: "the limit is below what Spark counts on", Formula: "driver, executor: heap + overhead that Spark derives + off-heap + PySpark memory; worker: its daemon, what it offers and 15 %; other servers: heap + max(384 MiB, 0.1 × heap)", Confidence: formulas.Medium,
			Source: "Spark: ResourceProfile.scala, WorkerArguments.scala"},
		{ID: "live-memory-near", Settings: "limits.memory", When: "what memory without page cache leaves free is below 8 % of the limit, and below a quarter of what the limit has outside heap, off-heap and PySpark memory. Medium where only the metrics API tells: its working set holds page cache", Formula: "use + min(0.15 × use, half of what the limit has outside), at least 64 MiB more", Confidence: formulas.High, Source: fromKernel + "; policy: a JVM comes to hold its whole heap, which is no shortage"},
		{ID: "live-memory-unused", Settings: "limits.memory", When: "the cgroups of all containers of the role were read, they run for 10 minutes, nothing was killed, and the result is at most 75 % of the limit. Low for drivers and executors: what later stages need is not known", Formula: "max(what Spark counts on, heap, off-heap and PySpark memory + 1.2 × peak with page cache): how much of the heap was touched yet is not known", Confidence: formulas.Medium, Lowers: true,
			Source: fromKernel + "; " + fromResize},
	}
}

// source is that of a formula.
func source(basis string) string {
	for _, f := range Formulas() {
		if f.ID == basis {
			return f.Source
		}
	}
	return ""
}
