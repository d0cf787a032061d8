// Package memory is where each MiB of a pod goes: the parts of its limit, the regions of its heap, and what it lacks. It is pure. Start
// reading at Pod.
package memory

import (
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

// Part is one part of a pod's memory, in MiB.
type Part struct {
	Name string `json:"name"` // heap, overhead, off-heap, PySpark, daemon, executors
	MiB  int64  `json:"mib"`
	Note string `json:"note,omitempty"` // what sets it
}

// Regions are the parts of a heap, in MiB.
type Regions struct {
	Reserved     int64 `json:"reserved"`
	Unified      int64 `json:"unified"`
	StorageFloor int64 `json:"storageFloor"`
	User         int64 `json:"user"`
}

// Pod says where each MiB of a role's pod goes.
type Pod struct {
	Role spark.Role `json:"role"`
	// LimitMiB is the pod's memory limit; 0 where it has none.
	LimitMiB int64  `json:"limit"`
	Parts    []Part `json:"parts"`
	// Regions part the heap; nil for a server, whose heap Spark does not manage.
	Regions *Regions `json:"regions,omitempty"`
	// TaskLeast and TaskMost bound what one of the tasks that run at a time gets of execution memory, in MiB; 0 for a driver.
	TaskLeast int64 `json:"taskLeast,omitempty"`
	TaskMost  int64 `json:"taskMost,omitempty"`
	Tasks     int64 `json:"tasks,omitempty"`
	// TaskPool is "off-heap" where tasks take execution memory there, and "" where they take it on the heap.
	TaskPool string `json:"taskPool,omitempty"`
	// Need is what is needed beside the heap, by priors. Short is what the pod lacks of it where rules and recommendations say that the
	// overhead or the limit is too low. MayLack is what it lacks where priors alone say so, which only a run shows.
	Need    sizing.Need `json:"need,omitempty"`
	Short   int64       `json:"short,omitempty"`
	MayLack int64       `json:"mayLack,omitempty"`
	Formula string      `json:"formula"`
}

// Sum is what the parts add up to, in MiB.
func (m Pod) Sum() (mib int64) {
	for _, p := range m.Parts {
		mib += p.MiB
	}
	return mib
}

// Formula words what the memory of a role's pod is made of, with the version that makes it so.
func Formula(version spark.Version, role spark.Role, p spark.Memory) string {
	line, step := "Spark", "ResourceProfile"
	if version.Known() {
		line += " " + version.Line()
	}
	if role == spark.Driver {
		step = "BasicDriverFeatureStep"
	}
	derived := fmt.Sprintf("max(%g × memory, %dMi)", p.Factor, p.Floor)
	text := line + " " + step + ": memory + " + derived
	if p.OverheadSet {
		text = line + " " + step + ": memory + (memoryOverhead set, replaces " + derived + ")"
	}
	if p.OffHeap > 0 {
		text += " + offHeap.size"
	}
	if p.PySpark > 0 {
		text += " + pyspark.memory"
	}
	return text
}

// Rest makes what the limit leaves beside the parts the overhead, and says what that lacks where the verdict is that it does.
func (m *Pod) Rest(verdict sizing.Verdict) {
	if m.LimitMiB == 0 {
		return
	}
	left := m.LimitMiB - m.Sum()
	if left > 0 {
		m.Parts = append(m.Parts, Part{"overhead", left, "rest of the limit"})
	}
	if verdict != sizing.Fits {
		m.Short = max(m.Need.Total()-left, 0)
	}
}

// Lacks notes what is lacking, certain or by priors alone.
func (m *Pod) Lacks(mib int64, certain bool) {
	if certain {
		m.Short = mib
		return
	}
	m.MayLack = mib
}
