package evidence

import (
	"fmt"
	"math"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
)

// A share of throttled periods counts from so many periods on (of 100 ms each, in which something ran), and from so much on it is much.
const (
	leastPeriods  = 100
	muchThrottled = .05
)

// given takes what a Prometheus knows of the pods of the run.
func (r *Run) given(pods *model.Pods) {
	if pods == nil {
		return
	}
	r.Driver.Pods, r.Executor.Pods, r.Driver.asked, r.Executor.asked = pods.Driver, pods.Executors, true, true
	r.Driver.partial, r.Executor.partial, r.unread = pods.Partial, pods.Partial, pods.Unread
}

// Side is the part of a role in a run.
func (r *Run) Side(role spark.Role) *Side {
	if role == spark.Driver {
		return &r.Driver
	}
	return &r.Executor
}

// Killed counts processes that the kernel killed in the role's pods, as Prometheus says.
func (s *Side) Killed() int64 {
	if s.Pods == nil || s.Pods.OOMKills == nil {
		return 0
	}
	return *s.Pods.OOMKills
}

// NotKilled says that Prometheus knows of no kill in the role's pods, and would know.
func (s *Side) NotKilled() bool {
	return s.Pods != nil && s.Pods.OOMKills != nil && *s.Pods.OOMKills == 0 && !s.partial
}

// Throttled is the part of their CPU periods in which the kernel throttled the role's pods, from 0 to 1; 0 where it is unknown.
func (s *Side) Throttled() float64 {
	if s.Pods == nil || s.Pods.Periods < leastPeriods {
		return 0
	}
	return float64(s.Pods.Throttled) / float64(s.Pods.Periods)
}

// PodPeak is the most memory that a pod of the role took, in MiB; 0 where it is unknown.
func (s *Side) PodPeak() int64 {
	if s.Pods == nil {
		return 0
	}
	return mib(s.Pods.MemoryBytes)
}

// PodWords say what Prometheus knows of the role's pods, to be put behind other evidence; "" where it knows nothing.
func (s *Side) PodWords() string {
	if s.Pods == nil {
		return ""
	}
	text := []string{fmt.Sprintf("Prometheus: at most %dMi in a pod (sampled, with page cache)", s.PodPeak())}
	if share := s.Throttled(); share > 0 {
		text = append(text, fmt.Sprintf("CPU throttled in %.1f %% of periods", share*100))
	}
	if n := s.Killed(); n > 0 {
		text = append(text, map[bool]string{true: "1 OOM kill", false: fmt.Sprintf("%d OOM kills", n)}[n == 1])
	}
	return strings.Join(text, ", ")
}

// Floor is what a role's pod must keep, in MiB, and why: the most that one took in the runs that Prometheus knows. It is more than any pod
// where Prometheus was asked about a run and does not know its pods: what was asked for is not passed as fine. 0 where it was not asked.
//
// The peak is an upper bound of what processes held at the scrapes, and scrapes may have missed more. So it bounds what is taken away, and
// shows of nothing that less is enough: of what a pod held outside the heap it says nothing, for how much of the heap was touched then is
// unknown.
func (e *Evidence) Floor(role spark.Role) (least int64, why string) {
	for i := range e.Runs {
		r := &e.Runs[i]
		s := r.Side(role)
		switch peak := s.PodPeak(); {
		case s.asked && (peak == 0 || s.partial):
			return math.MaxInt64, fmt.Sprintf("Prometheus does not know the memory of the %s of %s: it is not reduced", role, r.ID)
		case peak > least:
			least, why = peak, fmt.Sprintf("a pod took up to %dMi with page cache, says Prometheus", peak)
		}
	}
	return least, why
}

// WithPods puts what Prometheus knows of the pods of a role behind other evidence: that of the run whose pod took most.
func (e *Evidence) WithPods(seen string, role spark.Role) string {
	_, r := e.Most(func(r *Run) int64 { return r.Side(role).PodPeak() })
	if r == nil {
		return seen
	}
	return strings.TrimPrefix(seen+"; "+r.Side(role).PodWords(), "; ")
}

// CPULimit is the CPU limit that pods of a role which were throttled need, in processors, as the worst of the runs tells: as much as their
// tasks at once, and half more than the run had, but no more than twice that. 0 where they were not throttled much.
func (e *Evidence) CPULimit(role spark.Role) (processors int64, why, formula, seen string) {
	for i := range e.Runs {
		r := &e.Runs[i]
		share := r.Side(role).Throttled()
		cpu, err := sizing.CPUOf(r.Conf, role)
		if share <= muchThrottled || err != nil || cpu.Limit <= 0 {
			continue
		}
		had := float64(cpu.Limit) / 1000
		if to := int64(math.Ceil(min(2*had, max(1.5*had, float64(cpu.Cores))))); to > processors {
			processors, seen = to, r.Side(role).PodWords()
			why = fmt.Sprintf("the kernel throttled pods in %.1f %% of their CPU periods: tasks wait", share*100)
			formula = fmt.Sprintf("min(2 × %g, max(1.5 × %g, %d cores)) = %d", had, had, cpu.Cores, to)
		}
	}
	return processors, why, formula, seen
}

// Throttled is the largest share of CPU periods in which pods of a role were throttled, where it is much; else 0.
func (e *Evidence) Throttled(role spark.Role) (share float64) {
	for i := range e.Runs {
		if of := e.Runs[i].Side(role).Throttled(); of > muchThrottled {
			share = max(share, of)
		}
	}
	return share
}

// Throttles says whether executors of a run were throttled so much that their tasks took less CPU time than they would have.
func (r *Run) Throttles() bool { return r.Executor.Throttled() > muchThrottled }

// Elsewhere says where evidence of the run may be that its log lacks; "" where nobody knows, or it was asked.
func (r *Run) Elsewhere() string {
	if names, err := r.Model.PodNames(); err != nil || r.Driver.asked || names.Executors == "" {
		return ""
	}
	return ". Of this run a Prometheus may know the memory of pods and OOM kills: tune --prometheus=URL"
}

// NoEnd says what the log of a run without an end does not tell; "" where it has one.
func (r *Run) NoEnd() string {
	if app := r.Model.Application; !app.Ended.IsZero() || app.Local {
		return ""
	}
	switch {
	case r.Driver.NotKilled():
		return "the log has no end of the application, and Prometheus knows of no OOM kill in the driver's pod"
	case r.Driver.Killed() > 0:
		return "the log has no end of the application: the kernel killed processes in the driver's pod, says Prometheus"
	}
	text := "the log has no end of the application: whether its driver was killed stands in the driver's pod, not in the log"
	if names, err := r.Model.PodNames(); err == nil && !r.Driver.asked && names.Driver != "" {
		text += ". A Prometheus may know it: tune --prometheus=URL"
	}
	return text
}

// NotRead says which runs were not used, and what a Prometheus that was asked does not know of the others: a sentence each.
func (e *Evidence) NotRead() (texts []string) {
	for i := range e.Runs {
		for _, why := range e.Runs[i].unread {
			texts = append(texts, fmt.Sprintf("not in Prometheus (%s): %s", e.Runs[i].ID, why))
		}
	}
	for _, text := range e.Notes {
		texts = append(texts, "not used: "+text)
	}
	return texts
}
