package shapes

// Fit is how pods of one size lie on one node.
type Fit struct {
	PodMiB   int64 `json:"podMiB"`
	PodMilli int64 `json:"podMilliCPU"`
	PerNode  int64 `json:"perNode"`
	// IdleMemory and IdleCPU are the shares of a node that such pods cannot use, in percent, rounded down.
	IdleMemory int64 `json:"idleMemoryPercent"`
	IdleCPU    int64 `json:"idleCPUPercent"`
	// Bound is what a further pod would lack: memory, cpu or pods.
	Bound string `json:"bound"`
}

// Fit counts pods of a size on a node that holds nothing else.
func (n Node) Fit(podMiB, podMilli int64) Fit {
	f := Fit{PodMiB: podMiB, PodMilli: podMilli, PerNode: n.MemoryMiB / max(podMiB, 1), Bound: "memory"}
	if by := n.CPUMilli / max(podMilli, 1); by < f.PerNode {
		f.PerNode, f.Bound = by, "cpu"
	}
	if n.Pods > 0 && n.Pods < f.PerNode {
		f.PerNode, f.Bound = n.Pods, "pods"
	}
	f.IdleMemory = idle(n.MemoryMiB, f.PerNode*podMiB)
	f.IdleCPU = idle(n.CPUMilli, f.PerNode*podMilli)
	return f
}

func idle(have, used int64) int64 { return (have - used) * 100 / max(have, 1) }
