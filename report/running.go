package report

import "github.com/kubectl-spark/kubectl-spark/spark"

// RunningPod is a pod that runs, with what its container has and uses: processors in thousandths, memory in bytes. What was not read is
// left out.
type RunningPod struct {
	Name     string     `json:"name"`
	Role     spark.Role `json:"role"`
	Node     string     `json:"node,omitempty"`
	Now      Resources  `json:"resources"`
	To       *Resources `json:"recommended,omitempty"` // nil: it stays
	Use      Used       `json:"use"`
	Restarts bool       `json:"restartsContainer,omitempty"`
	// NotResized says why it cannot be resized.
	NotResized string `json:"notResized,omitempty"`
}

// Resources are the amounts of a container as Kubernetes writes them; "" for what is not set.
type Resources struct {
	Requests Amounts `json:"requests"`
	Limits   Amounts `json:"limits"`
}

// Amounts are processors and memory.
type Amounts struct {
	CPU    string `json:"cpu,omitempty"`
	Memory string `json:"memory,omitempty"`
}

// Used is what a container was seen to use.
type Used struct {
	// By the metrics API.
	CPUMilli        *int64 `json:"cpuMilli,omitempty"`
	WorkingSetBytes *int64 `json:"workingSetBytes,omitempty"`
	// By its cgroup.
	*Cgroup
}

// Cgroup is what the files of a container's cgroup say.
type Cgroup struct {
	CPUSampleMilli   int64 `json:"cpuSampleMilli"`
	CPUMeanMilli     int64 `json:"cpuMeanMilli"`
	Periods          int64 `json:"cpuPeriods"`
	ThrottledPeriods int64 `json:"cpuThrottledPeriods"`
	HeldBytes        int64 `json:"heldBytes"` // without page cache
	PeakBytes        int64 `json:"peakBytes,omitempty"`
	OOMKills         int64 `json:"oomKills"`
}
