// Package prediction says how long an application would take with other numbers of executors, from the log of one run. It replays
// the run: the same tasks in the same order, on other cores. Start reading at New, then at Model.At.
//
// Times are seconds in what is published and milliseconds inside. Memory is GiB, and its cost GiB times hours.
//
// The replay follows Sparklens (Qubole, StageSkewAnalyzer and JobOverlapHelper) with these differences:
//
//   - A task holds its slot from launch to finish, not for its run time alone: the driver's delays are part of it.
//   - Jobs that overlap are a group. Time between groups is the driver's, and stays as it was.
//   - A job of a group starts after the job that had ended last when it was submitted.
//   - A stage starts after its parents and its own delay. That delay is what passed before its first launch while cores were free.
//   - Executors arrive when they did. Further ones arrive by the batches of spark.kubernetes.allocation.batch.size.
//   - Warm-up is apart: the first tasks of a core in a stage load classes and compile code. What they take above later tasks
//     is paid once for each core and stage (file warm.go).
//   - Stages whose number of tasks follows the cores are split anew (file partitions.go).
//   - With dynamic allocation executors come and go with the work (file dynamic.go).
//   - Work that ran again after a failure or a loss is left out (file repeats.go).
//
// README.md has every formula with its source. T(N) is the end of the replay. The knee is the smallest N with T(N) <= 1.1 T(largest useful N). The critical path is the
// replay with a core for every task. The perfect time is serial time + task time / cores.
package prediction

import (
	"math"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// Insufficient is the error of a log from which nothing can be predicted.
type Insufficient struct{ Reason string }

func (e *Insufficient) Error() string { return "nothing can be predicted: " + e.Reason }

// Wanted is what a prediction is made for.
type Wanted struct {
	Executors []int
	// Cores are those of an executor; nil stands for those that the run had.
	Cores []int
	// Heaps are heaps of executors, in MiB, for which bounds are given.
	Heaps  []int64
	Prices Prices
}

// Result is what is predicted of a run.
type Result struct {
	Points []Point `json:"prediction"`
	Bounds Bounds  `json:"predictionBounds"`
	// Ran are the costs of the run as it was.
	Ran Costs `json:"runCosts"`
	// Heaps are bounds for other heaps.
	Heaps []Heap `json:"predictionHeaps,omitempty"`
	// Notes are sentences about what the prediction cannot know.
	Notes []string `json:"predictionNotes,omitempty"`
	// Knees are the predictions for the knee of each number of cores, whether they were asked for or not.
	Knees []Point `json:"predictionKnees"`
	// Curve is the prediction for numbers of executors from one to beyond the knee, with the first number of cores.
	Curve []Point `json:"-"`
	// Priced says that there were prices.
	Priced bool `json:"-"`
}

// Point is the prediction for one number of executors.
type Point struct {
	// Executors are how many there are; with dynamic allocation how many there are at most.
	Executors int `json:"executors"`
	// Cores are those of each executor.
	Cores int `json:"cores"`
	// Seconds is the time from the application's start to its end. Low and High are the interval of it.
	Seconds float64 `json:"seconds"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Costs
	// Utilisation is the time of tasks in the time that the cores exist, from 0 to 1.
	Utilisation float64 `json:"utilisation"`
	// PerfectSeconds is the serial time and the time of all tasks, divided by all cores.
	PerfectSeconds float64 `json:"perfectSeconds"`
}

// Bounds are what no number of executors changes.
type Bounds struct {
	// Executors and Cores are what the run had, and ReplayedSeconds the replay of just that.
	Executors       int     `json:"executors"`
	Cores           int     `json:"cores"`
	ReplayedSeconds float64 `json:"replayedSeconds"`
	// SerialSeconds is the time in which no job ran, and TaskSeconds the time of all tasks without warm-up.
	SerialSeconds float64 `json:"serialSeconds"`
	TaskSeconds   float64 `json:"taskSeconds"`
	// CriticalPathSeconds is the time with a core for every task.
	CriticalPathSeconds float64 `json:"criticalPathSeconds"`
	// Knee is the fewest executors that take at most 10 % more than any number of them.
	Knee        int     `json:"knee"`
	KneeSeconds float64 `json:"kneeSeconds"`
}

// kneeAbove is how much longer than the shortest time the knee may take.
const kneeAbove = 1.1

// What is predicted at most.
const (
	Most      = 10_000  // executors, or cores of one
	mostSlots = 100_000 // tasks at once
)

// Predict says what a run would take otherwise. The error is *Insufficient where the run is not enough.
func Predict(run *model.Run, w Wanted) (*Result, error) {
	m, err := New(run)
	if err != nil {
		return nil, err
	}
	cores := w.Cores
	if len(cores) == 0 {
		cores = []int{m.cores}
	}
	r := &Result{Bounds: m.bounds(cores[0]), Notes: m.notes(cores), Priced: w.Prices.Given()}
	if ran, few := costsOf(run, w.Prices); few == nil {
		r.Ran = ran
	}
	for i, c := range cores {
		knee := r.Bounds.Knee
		if i > 0 {
			knee, _ = m.knee(c)
		}
		r.Knees = append(r.Knees, m.at(knee, c, w.Prices))
		for _, n := range w.Executors {
			r.Points = append(r.Points, m.at(n, c, w.Prices))
		}
	}
	for _, n := range curve(w.Executors, r.Bounds.Knee, r.Bounds.Executors) {
		r.Curve = append(r.Curve, m.at(n, cores[0], w.Prices))
	}
	for _, heap := range w.Heaps {
		for _, point := range r.Points {
			r.Heaps = append(r.Heaps, m.heap(heap, point, w.Prices))
		}
	}
	return r, nil
}

// curve are numbers of executors to draw: those that were asked for, the run's, the knee, and some between one and beyond them.
func curve(asked []int, knee, own int) (all []int) {
	last := max(slices.Max(append(slices.Clone(asked), own)), knee+1)
	all = append(slices.Clone(asked), knee, own, 1, last)
	for i := range mostDrawn {
		all = append(all, int(math.Round(math.Pow(float64(last), float64(i)/mostDrawn))))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// mostDrawn is how many numbers of executors a curve has beside those that it must have.
const mostDrawn = 16

// At predicts one size.
func (m *Model) At(executors, cores int) Point { return m.at(executors, cores, Prices{}) }

func (m *Model) at(executors, cores int, prices Prices) Point {
	executors, cores = min(max(executors, 1), Most), min(max(cores, 1), Most)
	s := m.size(executors, cores)
	mid := m.replay(s)
	low, high := m.interval(s, mid.end)
	p := Point{
		Executors: executors, Cores: cores, Seconds: seconds(mid.end), Low: seconds(low), High: seconds(high),
		PerfectSeconds: seconds(m.serial(s) + m.work/float64(s.perExecutor*executors)),
		Costs:          m.costs(m.memory, m.cpuOf(cores), mid.alive, mid.end, prices),
	}
	if mid.alive > 0 {
		p.Utilisation = math.Round(min(mid.busy/mid.alive/float64(s.perExecutor), 1)*1000) / 1000
	}
	return p
}

// bounds computes what holds for every number of executors with some cores.
func (m *Model) bounds(cores int) Bounds {
	own := m.size(m.executors, m.cores)
	b := Bounds{Executors: m.executors, Cores: m.cores, ReplayedSeconds: seconds(m.replay(own).end), SerialSeconds: seconds(m.serial(own)), TaskSeconds: seconds(m.work)}
	b.CriticalPathSeconds = seconds(m.criticalPath())
	b.Knee, b.KneeSeconds = m.knee(cores)
	return b
}

// knee is the fewest executors whose time is at most kneeAbove times that of the most that can have a task each.
func (m *Model) knee(cores int) (executors int, took float64) {
	at := func(n int) float64 { return m.replay(m.size(n, cores)).end }
	low, high := 1, m.useful(cores)
	most := at(high) * kneeAbove
	for low < high {
		if middle := (low + high) / 2; at(middle) <= most {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, seconds(at(low))
}

// useful is the number of executors with a slot for each task of the largest group of stages, within a bound.
func (m *Model) useful(cores int) int {
	most := int64(1)
	for _, g := range m.groups {
		tasks := int64(0)
		for _, j := range g.jobs {
			for _, st := range m.jobs[j].stages {
				tasks += m.mostTasks(&m.stages[st])
			}
		}
		most = max(most, tasks)
	}
	slots := int64(m.slotsOf(cores))
	return int(min((most+slots-1)/slots, mostUseful))
}

// mostUseful bounds the search for the knee.
const mostUseful = 2000

func seconds(millis float64) float64 { return math.Round(max(millis, 0)) / 1000 }
