// Package shapes is what nodes can give to pods: of nodes that are seen, and of machines by the formulas of their providers. It is pure.
package shapes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Node is a shape of nodes, and what of it pods of ours may take.
type Node struct {
	Name  string // as people call it: a machine type, or the shape
	Count int    // nodes of this shape; 0 where that is not known
	// CapacityMilli are the processors of the machine, in thousandths: what a JVM without a CPU limit counts.
	CapacityMilli int64
	// CPUMilli, MemoryMiB and Pods are what the scheduler can give to pods beside those of DaemonSets; Pods 0 is no bound.
	CPUMilli, MemoryMiB, Pods int64
	// Source says how they are known.
	Source string
}

// Providers whose reservations are known by formula.
const (
	GKE = "gke"
	EKS = "eks"
	AKS = "aks"
)

const shapeForm = "write CPUxMEMORY (16x64Gi), or cpu=16,m=64Gi with pods=110, provider=gke|eks|aks or allocatable"

// maxShapeMiB and maxShapeMilli bound what is believed of a machine: 64 TiB and 4096 processors.
const (
	maxShapeMiB   = 64 << 20
	maxShapeMilli = 4096 * 1000
	defaultPods   = 110 // the kubelet's maxPods
)

// Parse reads a node shape: CPUxMEMORY, or a list of cpu=, m= (memory=), pods=, provider= and allocatable, parted by
// commas; both forms may be mixed. It is the machine's size, of which the provider's formula says what pods get, GKE's
// without one; with the word allocatable it is what pods get.
func Parse(text string) (Node, error) {
	bad := func(what string) (Node, error) {
		return Node{}, fmt.Errorf("node shape %q: %s; %s", text, what, shapeForm)
	}
	n := Node{Name: text, Pods: defaultPods}
	provider, allocatable := GKE, false
	for _, word := range strings.Split(text, ",") {
		key, value, paired := strings.Cut(strings.TrimSpace(word), "=")
		switch {
		case key == "allocatable" && !paired:
			allocatable = true
		case !paired:
			cpu, memory, both := strings.Cut(key, "x")
			if !both {
				return bad(fmt.Sprintf("unknown word %q", word))
			}
			if n.CPUMilli = milli(cpu); n.CPUMilli == 0 {
				return bad(fmt.Sprintf("%q is not a number of processors", cpu))
			}
			if n.MemoryMiB = mebi(memory); n.MemoryMiB == 0 {
				return bad(fmt.Sprintf("%q is not a memory size", memory))
			}
		case key == "cpu":
			if n.CPUMilli = milli(value); n.CPUMilli == 0 {
				return bad(fmt.Sprintf("%q is not a number of processors", value))
			}
		case key == "m" || key == "memory":
			if n.MemoryMiB = mebi(value); n.MemoryMiB == 0 {
				return bad(fmt.Sprintf("%q is not a memory size", value))
			}
		case key == "pods":
			pods, err := strconv.ParseInt(value, 10, 32)
			if err != nil || pods < 1 {
				return bad(fmt.Sprintf("%q is not a number of pods", value))
			}
			n.Pods = pods
		case key == "provider" && (value == GKE || value == EKS || value == AKS):
			provider = value
		default:
			return bad(fmt.Sprintf("unknown word %q", word))
		}
	}
	if n.CPUMilli == 0 || n.MemoryMiB == 0 {
		return bad("processors and memory must both be given")
	}
	n.CapacityMilli = n.CPUMilli
	if allocatable {
		n.Source = "as specified"
		return n, nil
	}
	reservedMilli, reservedMiB := reserved(provider, n)
	if n.CPUMilli -= reservedMilli; n.CPUMilli <= 0 {
		return bad("nothing is left for pods")
	}
	if n.MemoryMiB -= reservedMiB; n.MemoryMiB <= 0 {
		return bad("nothing is left for pods")
	}
	n.Source = fmt.Sprintf("%s's formula reserves %dm and %dMi; DaemonSets are not known", strings.ToUpper(provider), reservedMilli, reservedMiB)
	return n, nil
}

func milli(text string) int64 {
	q, err := resource.ParseQuantity(text)
	if err != nil || q.Sign() <= 0 || q.Value() > maxShapeMilli/1000 {
		return 0
	}
	return q.MilliValue()
}

func mebi(text string) int64 {
	q, err := resource.ParseQuantity(text)
	if err != nil || q.Sign() <= 0 || q.Value() > maxShapeMiB<<20 {
		return 0
	}
	return q.Value() >> 20
}

// reserved is what a provider keeps of a machine, in thousandths of a processor and MiB, eviction threshold included.
// GKE: 25 % of the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112, 2 % above (255 MiB under 1 GiB),
// and 100 MiB. EKS: 11 MiB a pod and 255, and 100. AKS from 1.29 on: the lesser of 20 MiB a pod and 50, and of a quarter,
// and 100. Processors of GKE and EKS: 6 % of the first, 1 % of the second, 0.5 % of the next two, 0.25 % of the rest.
func reserved(provider string, n Node) (cpuMilli, memoryMiB int64) {
	switch provider {
	case EKS:
		return tieredMilli(n.CPUMilli), 11*n.Pods + 255 + 100
	case AKS:
		return aksMilli(n.CPUMilli), min(20*n.Pods+50, n.MemoryMiB/4) + 100
	}
	if n.MemoryMiB < 1024 {
		return tieredMilli(n.CPUMilli), 255 + 100
	}
	return tieredMilli(n.CPUMilli), tiers(n.MemoryMiB, []tier{{4096, 2500}, {4096, 2000}, {8192, 1000}, {114688, 600}}, 200) + 100
}

func tieredMilli(milli int64) int64 {
	return tiers(milli, []tier{{1000, 600}, {1000, 100}, {2000, 50}}, 25)
}

// tier is a stretch of a size and the share of it, in ten-thousandths.
type tier struct{ size, share int64 }

func tiers(n int64, list []tier, rest int64) (sum int64) {
	for _, t := range list {
		part := min(n, t.size)
		sum += part * t.share / 10000
		n -= part
	}
	return sum + n*rest/10000
}

// aksMilli is a table by processors; between two of its rows the larger counts.
func aksMilli(milli int64) int64 {
	table := []struct{ processors, reserved int64 }{{1, 60}, {2, 100}, {4, 140}, {8, 180}, {16, 260}, {32, 420}, {64, 740}}
	for _, row := range table {
		if milli <= row.processors*1000 {
			return row.reserved
		}
	}
	return table[len(table)-1].reserved
}

// Group groups nodes by what they can give, in their order, and counts each shape. One without a name is called by its size.
func Group(nodes []Node) (shapes []Node) {
	for _, n := range nodes {
		if n.Name == "" {
			n.Name = fmt.Sprintf("%gx%dMi", float64(n.CapacityMilli)/1000, n.MemoryMiB)
		}
		n.Count = 1
		at := slices.IndexFunc(shapes, func(held Node) bool {
			held.Count = 1
			return held == n
		})
		if at >= 0 {
			shapes[at].Count++
			continue
		}
		shapes = append(shapes, n)
	}
	return shapes
}
