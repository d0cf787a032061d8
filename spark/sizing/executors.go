package sizing

import (
	"math"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// KeyTmpfs puts the local folders that Spark makes into memory.
const KeyTmpfs = "spark.kubernetes.local.dirs.tmpfs"

const volumes = "spark.kubernetes.executor.volumes."

// TaskCores are the cores that a task takes. Spark does not start where executors have fewer (ResourceUtils.validateTaskCpusLargeEnough).
func TaskCores(conf spark.Conf) int64 {
	cores, set, err := conf.Float("spark.task.cpus")
	if !set || err != nil || !(cores > 1) {
		return 1
	}
	return int64(math.Ceil(min(cores, math.MaxInt32)))
}

// Device is the key by which each executor asks for a GPU or the like; "" where none does. More executors would ask for more of them.
func Device(conf spark.Conf) string {
	for _, key := range conf.Keys() {
		if strings.HasPrefix(key, "spark.executor.resource.") && strings.HasSuffix(key, ".amount") {
			return key
		}
	}
	return ""
}

// FilesInMemory is the key that puts the local folders of executors into memory: those that Spark makes, or a volume that is one
// (LocalDirsFeatureStep.scala).
func FilesInMemory(conf spark.Conf) string {
	if on, _, err := conf.Bool(KeyTmpfs); err == nil && on {
		return KeyTmpfs
	}
	for _, key := range conf.Keys() {
		if medium, _ := conf.Get(key); strings.HasPrefix(key, volumes+"emptyDir.spark-local-dir-") && strings.HasSuffix(key, ".options.medium") && medium == string(corev1.StorageMediumMemory) {
			return key
		}
	}
	return ""
}

// LocalLimits are the keys of the sizes of volumes that Spark takes for its local folders (LocalDirsFeatureStep.scala), and their sum in MiB.
func LocalLimits(conf spark.Conf) (keys []string, sum int64) {
	for _, key := range conf.Keys() {
		rest, is := strings.CutPrefix(key, volumes)
		if _, name, cut := strings.Cut(rest, "."); !is || !cut || !strings.HasPrefix(name, "spark-local-dir-") || !strings.HasSuffix(name, ".options.sizeLimit") {
			continue
		}
		text, _ := conf.Get(key)
		q, err := resource.ParseQuantity(strings.TrimSpace(text))
		if err != nil || q.Sign() <= 0 {
			return nil, 0 // SPK-P045 and the API server speak of it
		}
		keys, sum = append(keys, key), sum+q.Value()>>20
	}
	return keys, sum
}
