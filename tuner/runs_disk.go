package tuner

import (
	"cmp"
	"fmt"
	"math"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

// What is put on top of the files of an executor, and from which size on (MiB) they are spoken of where nothing limits them.
const (
	aboveFiles = 1.25
	muchDisk   = 1024
)

// tmpfs is the key by which executors keep their files in memory, now or in a run; "" where they do not. No sample of processes counts
// these files.
func (w *work) tmpfs() (key string) {
	key = sizing.FilesInMemory(w.conf)
	for i := range w.runs.Runs {
		key = cmp.Or(key, sizing.FilesInMemory(w.runs.Runs[i].Conf))
	}
	return key
}

// disk decides about the disk of executors, by what their shuffles and their spill wrote.
func (w *work) disk() error {
	if !w.ran() {
		return nil
	}
	files, r := w.runs.Most(func(r *evidence.Run) int64 { return r.Files })
	if r == nil {
		return nil
	}
	seen := fmt.Sprintf("shuffles wrote %dMi, spill took %dMi at most, and the busiest executor had %.0f %% of the work%s", r.Model.Totals.ShuffleWriteBytes>>20, r.Stages.DiskSpill, r.Busiest*100, w.from(r))
	if key := w.tmpfs(); key != "" {
		w.note("%s: shuffle and spill files took up to %dMi of an executor's memory (%s), which no sample of processes counts", key, files, seen)
		return nil
	}
	need := sizing.Up256(int64(math.Ceil(aboveFiles * float64(files))))
	keys, sum := sizing.LocalLimits(w.conf)
	switch {
	case keys == nil && files >= muchDisk && !w.requestsDisk(need):
		w.note("shuffle and spill files took up to %dMi of an executor's disk (%s): request ephemeral-storage of %dMi in the executor's pod template, or give executors a volume named spark-local-dir-1", files, seen, need)
	case keys == nil || sum >= need:
	default:
		each := sizing.Up256((need + int64(len(keys)) - 1) / int64(len(keys)))
		for _, key := range keys {
			w.setByRuns(spark.Executor, key, fmt.Sprintf("%dMi", each), "disk-short", Change, Medium, fmt.Sprintf("files took up to %dMi of %dMi", files, sum), seen, "executors are not evicted for their files")
		}
	}
	return nil
}

// requestsDisk says whether the executor's container is seen to reserve so much.
func (w *work) requestsDisk(mib int64) bool {
	p := w.pod(spark.Executor)
	return p.Container != nil && p.Container.Resources.Requests.StorageEphemeral().Value()>>20 >= mib
}
