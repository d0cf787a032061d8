package live

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Amount is one amount of a container: a limit or a request of CPU or memory.
type Amount struct {
	Limit    bool
	Resource corev1.ResourceName
	Text     string // as Kubernetes writes it; "" where it is not set

	quantity resource.Quantity
}

// Name is what kubectl calls the amount: limits.cpu.
func (a Amount) Name() string {
	if a.Limit {
		return "limits." + string(a.Resource)
	}
	return "requests." + string(a.Resource)
}

// Amounts are the four of a size.
func (s Size) Amounts() []Amount {
	cpu := func(limit bool, milli int64) Amount {
		return Amount{limit, corev1.ResourceCPU, CPU(milli), *resource.NewMilliQuantity(milli, resource.DecimalSI)}
	}
	memory := func(limit bool, bytes int64) Amount {
		return Amount{limit, corev1.ResourceMemory, Memory(bytes), *resource.NewQuantity(bytes, resource.BinarySI)}
	}
	return []Amount{cpu(false, s.CPURequest), cpu(true, s.CPULimit), memory(false, s.MemoryRequest), memory(true, s.MemoryLimit)}
}

// Restarts says whether a change from one size to another restarts a container, by its resizePolicy.
func Restarts(c *corev1.Container, from, to Size) bool {
	cpu := from.CPURequest != to.CPURequest || from.CPULimit != to.CPULimit
	memory := from.MemoryRequest != to.MemoryRequest || from.MemoryLimit != to.MemoryLimit
	for _, p := range c.ResizePolicy {
		if p.RestartPolicy == corev1.RestartContainer && (cpu && p.ResourceName == corev1.ResourceCPU || memory && p.ResourceName == corev1.ResourceMemory) {
			return true
		}
	}
	return false
}
