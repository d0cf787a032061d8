package performance

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// memoryArgument is what a worker's own arguments say that it hands out, in MiB: they win over SPARK_WORKER_MEMORY
// (WorkerArguments). read is false where they stand in a script, or hold what the worker does not read.
func memoryArgument(p *rule.Pass) (mib int64, given, read bool) {
	words := slices.Concat(p.Main().Command, p.Main().Args)
	for i, w := range words {
		switch {
		case (w == "-m" || w == "--memory") && i+1 < len(words):
			size, err := spark.ParseSizeFor(p.Version(), words[i+1], spark.Byte, spark.MiB)
			mib, given, read = size, true, err == nil && size > 0
		case w == "-m", w == "--memory", strings.HasPrefix(w, "--memory="), strings.Contains(w, " --memory "), strings.Contains(w, " -m "):
			return 0, true, false
		}
	}
	return mib, given, read
}

// severalWorkers says whether more than one worker may run in the container.
func severalWorkers(c *corev1.Container) bool {
	value, literal, present := spark.EnvValue(c, "SPARK_WORKER_INSTANCES")
	return present && (!literal || value != "1")
}
