package prediction

import (
	"cmp"
	"math"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Regression is a run beside earlier ones of the same application.
type Regression struct {
	// Runs are how many the baseline has.
	Runs int `json:"runs"`
	// Seconds are the time of the run, and of the baseline in the median, with the fastest and the slowest of it.
	Seconds         float64 `json:"seconds"`
	BaselineSeconds float64 `json:"baselineSeconds"`
	Fastest         float64 `json:"fastestSeconds"`
	Slowest         float64 `json:"slowestSeconds"`
	Costs           Costs   `json:"costs"`
	BaselineCosts   Costs   `json:"baselineCosts"`
	// TimePercent and CostPercent are how much more the run took than the median of the baseline; negative for less.
	TimePercent float64 `json:"timePercent"`
	CostPercent float64 `json:"costPercent"`
	// CostBasis says what the cost is of: money, memory or cpu.
	CostBasis string `json:"costBasis"`
	// Executors are those of the run, and BaselineExecutors the median of the baseline's.
	Executors         int `json:"executors"`
	BaselineExecutors int `json:"baselineExecutors"`
}

// Regress compares a run with the median of others. The error is *Insufficient where one of them did not end.
func Regress(run *model.Run, baseline []Past, prices Prices) (*Regression, error) {
	own, err := costsOf(run, prices)
	if err != nil {
		return nil, err
	}
	r := &Regression{Runs: len(baseline), Seconds: run.Seconds, Costs: own, Executors: run.Executors}
	var took, memory, cpu, money, executors []float64
	for _, one := range baseline {
		c, err := costsOf(one.Run, prices)
		if err != nil {
			return nil, &Insufficient{one.Name + ": " + err.Reason}
		}
		took, memory, cpu, money = append(took, one.Run.Seconds), append(memory, c.MemoryGiBHours), append(cpu, c.CPUHours), append(money, c.Money)
		executors = append(executors, float64(one.Run.Executors))
	}
	if len(took) == 0 {
		return nil, &Insufficient{"the baseline has no run"}
	}
	r.Fastest, r.Slowest = slices.Min(took), slices.Max(took)
	r.BaselineSeconds, r.BaselineExecutors = round3(median(took)), int(math.Round(median(executors)))
	r.BaselineCosts = Costs{digits(median(memory)), digits(median(cpu)), digits(median(money))}
	r.TimePercent = percent(r.Seconds, r.BaselineSeconds)
	switch now, then := r.Costs, r.BaselineCosts; {
	case now.Money > 0 && then.Money > 0:
		r.CostBasis, r.CostPercent = "money", percent(now.Money, then.Money)
	case now.MemoryGiBHours > 0 && then.MemoryGiBHours > 0:
		r.CostBasis, r.CostPercent = "memory", percent(now.MemoryGiBHours, then.MemoryGiBHours)
	default:
		r.CostBasis, r.CostPercent = "cpu", percent(now.CPUHours, then.CPUHours)
	}
	return r, nil
}

// percent is how much more a is than b.
func percent(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return math.Round((a/b-1)*1000) / 10
}

// costsOf are the costs of a run as it was: each executor from its arrival to its removal.
func costsOf(run *model.Run, prices Prices) (Costs, *Insufficient) {
	switch {
	case run.Application.Ended.IsZero():
		return Costs{}, &Insufficient{"the log ends before the application did; give the log of a run that ended"}
	case run.Seconds <= 0:
		return Costs{}, &Insufficient{"the application ends before it starts: the clock of its node changed"}
	}
	m := &Model{run: run, end: run.Seconds * 1000}
	alive, cpu := 0.0, 0.0
	requested := run.Spark["spark.kubernetes.executor.request.cores"]
	for i := range run.Each {
		ex := &run.Each[i]
		if ex.ID == "driver" {
			continue
		}
		removed := m.since(ex.Removed)
		if removed < 0 || removed > m.end {
			removed = m.end
		}
		there := max(removed-max(m.since(ex.Added), 0), 0)
		alive += there
		cpu += there * processors(requested, float64(max(ex.Cores, 1)))
	}
	mem := memory{podMiB(run, spark.Executor, 0), podMiB(run, spark.Driver, 0)}
	driver := processors(run.Spark["spark.kubernetes.driver.request.cores"], processors(run.Spark["spark.driver.cores"], 1))
	return m.costs(mem, memory{cmp.Or(cpu/max(alive, 1), 1), driver}, alive, m.end, prices), nil
}
