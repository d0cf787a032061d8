// Package scaling chooses numbers of executors by replaying runs. It is pure. Start reading at Fewest and At.
package scaling

import (
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner/evidence"
)

// sameTime is how much longer a run with other executors may take and count as taking about as long.
const sameTime = 1.05

// Fewest is how many executors as they are now take no more than 5 % longer than those that ran, by the replay of a run; 0 where nothing can
// be predicted.
func Fewest(r *evidence.Run, now sizing.Pod) (executors int, point prediction.Point) {
	m, err := prediction.New(r.Model)
	cores, had := max(now.Cores, 1), max(r.Cores, 1)
	if err != nil || r.Executors < 2 || r.Stages.Spilled != nil || r.Stages.SpilledSkew != nil || cores > had {
		return 0, point // with fewer, or with more tasks in one, more would spill, which no replay shows
	}
	most := m.At(r.Executors, int(had)).Seconds * sameTime
	low, high := 1, int((int64(r.Executors)*had+cores-1)/cores)
	all := high
	for low < high {
		if middle := (low + high) / 2; m.At(middle, int(cores)).Seconds <= most {
			high = middle
		} else {
			low = middle + 1
		}
	}
	low = min(max(low, holding(&r.Executor, now)), all)
	return low, m.At(low, int(cores))
}

// holding is how many executors as they are now hold what all of a run stored, in the part of their pools that execution takes nothing of
// (spark.memory.storageFraction, half). A pool is smaller where the heap is.
func holding(s *evidence.Side, now sizing.Pod) int {
	pool := s.Pool
	if had := s.Pod.Heap - spark.ReservedMiB; now.Heap < s.Pod.Heap && had > 0 {
		pool = pool * max(now.Heap-spark.ReservedMiB, 0) / had
	}
	room := (pool + min(s.OffHeapPool, now.OffHeap)) / 2
	if s.Stored == 0 || s.Pool+s.OffHeapPool == 0 {
		return 1
	}
	return int(min((s.Stored+room-1)/max(room, 1), prediction.Most))
}

// Objective is what the number of executors is chosen by. Without one executors are only reduced where that costs no time.
type Objective string

// The objectives.
const (
	LessCost Objective = "cost"     // least memory × time of all pods
	LessTime Objective = "time"     // at most 5 % longer than with four times those of the knee
	Balanced Objective = "balanced" // the knee: at most 10 % longer than with any number
)

// Objectives lists all of them.
func Objectives() []string { return []string{string(LessCost), string(LessTime), string(Balanced)} }

// Aim is the number of executors that an objective asks of a run.
type Aim struct {
	Point prediction.Point // what is predicted for it
	Ran   prediction.Costs // of the run as it was
	Run   *evidence.Run
}

// At finds it for executors as they are now by the replay of a run; nil where nothing can be predicted. Of a run that spilled there are no
// fewer executors than it had, and there are enough to hold what all of them stored.
func At(r *evidence.Run, by Objective, now sizing.Pod) *Aim {
	cores := max(now.Cores, 1)
	result, err := prediction.Predict(r.Model, prediction.Wanted{Executors: []int{max(r.Executors, 1)}, Cores: []int{int(cores)}})
	if err != nil {
		return nil
	}
	least := holding(&r.Executor, now)
	if r.Stages.Spilled != nil || r.Stages.SpilledSkew != nil {
		least = max(least, int((int64(r.Executors)*max(r.Cores, 1)+cores-1)/cores))
	}
	a := &Aim{Run: r, Ran: result.Ran, Point: result.Knees[0]}
	switch by {
	case LessCost:
		for _, p := range result.Curve {
			if cost(p.Costs) < cost(a.Point.Costs) {
				a.Point = p
			}
		}
	case LessTime:
		a.Point = fastest(r, result)
	}
	if a.Point.Executors < least {
		m, err := prediction.New(r.Model)
		if err != nil {
			return nil
		}
		a.Point = m.At(least, a.Point.Cores)
	}
	return a
}

// cost is the memory of pods by time, or their processors where their memory is unknown.
func cost(c prediction.Costs) float64 {
	if c.MemoryGiBHours > 0 {
		return c.MemoryGiBHours
	}
	return c.CPUHours
}

// fastest is the fewest executors with which a run takes at most 5 % longer than with four times those of the knee.
func fastest(r *evidence.Run, result *prediction.Result) prediction.Point {
	knee := result.Knees[0]
	m, err := prediction.New(r.Model)
	if err != nil {
		return knee
	}
	low, high := knee.Executors, 4*knee.Executors
	most := m.At(high, knee.Cores).Seconds * sameTime
	for low < high {
		if middle := (low + high) / 2; m.At(middle, knee.Cores).Seconds <= most {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return m.At(low, knee.Cores)
}
