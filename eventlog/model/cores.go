package model

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

const taskCPUs = "spark.task.cpus"

// cores is how many cores a task took on average, by time. A task takes what the resource profile of its stage asks for: executors
// of one profile run tasks of another where dynamic allocation is off.
func (r *Recorder) cores(run *Run) float64 {
	millis := maps.Clone(r.pruned)
	if millis == nil {
		millis = map[int64]int64{}
	}
	for _, st := range r.stages {
		millis[st.Profile] = plus(millis[st.Profile], st.sums[mDuration])
	}
	var took, all float64
	for _, profile := range slices.Sorted(maps.Keys(millis)) {
		took += float64(millis[profile]) * run.taskCPUs(profile)
		all += float64(millis[profile])
	}
	if all <= 0 {
		return 1
	}
	return took / all
}

// taskCPUs is how many cores a task of a resource profile takes.
func (r *Run) taskCPUs(profile int64) float64 {
	for i := range r.Profiles {
		if n := r.Profiles[i].Task["cpus"]; r.Profiles[i].ID == profile && n >= 1 {
			return float64(int64(n))
		}
	}
	if n, err := strconv.ParseInt(strings.TrimSpace(r.Spark[taskCPUs]), 10, 32); err == nil && n > 0 {
		return float64(n)
	}
	return 1
}

// prunes notes the time of tasks of a stage that is left out.
func (r *Recorder) prunes(st *stage) {
	if r.pruned == nil {
		r.pruned = map[int64]int64{}
	}
	profile := st.Profile
	if _, known := r.pruned[profile]; !known && len(r.pruned) >= maxProfiles {
		profile = 0
	}
	r.pruned[profile] = plus(r.pruned[profile], st.sums[mDuration])
}
