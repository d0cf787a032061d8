package live

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark/sizing"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// Thresholds and steps; Formulas says them in words.
const (
	throttledBy  = 5  // percent of the periods of a CPU limit
	leastPeriods = 10 // of 100 ms each
	idleCPU      = 40 // percent of the request
	freeMemory   = 8  // percent of the memory limit, or a quarter of what it leaves outside the heap, where that is less
	idleMemory   = 75 // percent of the memory limit that is enough
	leastCPU     = 100
	settled      = 10 * time.Minute
)

const mib = int64(1) << 20

// decision is what is decided of pods of one size.
type decision struct {
	role     *Role
	in       Input
	pods     []Pod
	of       int // pods of the role
	use      Use // of the worst
	from, to Size
	class    corev1.PodQOSClass
	settings []tuner.Setting
	notes    []string
}

func (d *decision) all() {
	if d.use.notAtAll == d.of { // Decide says so
		return
	}
	d.cpuLimit()
	d.cpuRequest()
	d.memory()
}

// answer is what is decided of one amount.
type answer struct {
	name                string
	now, to             int64
	basis, why, formula string
	evidence            string
	confidence          tuner.Confidence
}

// take carries an answer into the size where it changes something and may, and says whether it does.
func (d *decision) take(a answer, write func(int64) string, set func(size *Size)) bool {
	s := tuner.Setting{Role: d.role.Role, Name: a.name, Now: write(a.now), Recommended: write(a.to), Verdict: tuner.Keep, Why: a.why, Formula: a.formula, Evidence: a.evidence,
		Basis: a.basis, Confidence: a.confidence, Source: source(a.basis)}
	next := d.to
	if a.formula == "" {
		s.Formula = "stays"
	}
	if d.role.Profile != "" {
		s.Why = fmt.Sprintf("resource profile %s: %s", d.role.Profile, s.Why)
	}
	if a.to != a.now {
		set(&next)
		if s.Verdict = tuner.Change; a.confidence == tuner.Low && !d.in.Try {
			s.Verdict = tuner.Try
		}
		if len(d.pods) < d.of {
			s.Why = fmt.Sprintf("%d of %d pods: %s", len(d.pods), d.of, s.Why)
		}
	}
	if d.in.Leave != nil && d.in.Leave(s) {
		return false
	}
	if why := d.stands(next); why != "" && s.Verdict != tuner.Keep {
		s.Verdict, s.Recommended, s.Why, s.Confidence = tuner.Keep, s.Now, "stays: "+why, tuner.High
		d.notes = append(d.notes, fmt.Sprintf("%s of the %s stays at %s: %s", a.name, d.role.name(), orNone(s.Now), why))
	}
	d.settings = append(d.settings, s)
	if s.Verdict != tuner.Change {
		return false
	}
	d.room(next)
	d.to = next
	return true
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// stands says why the pods keep an amount; "" where they can have the size.
func (d *decision) stands(next Size) string {
	spec := d.pods[0].Spec.DeepCopy()
	next.set(&spec.Containers[d.pods[0].Container])
	if c := class(spec); c != d.class {
		return fmt.Sprintf("it would change the QoS class from %s to %s", d.class, c)
	}
	more, asked := next.CPURequest-d.to.CPURequest, map[string]int64{}
	for i := range d.pods {
		node := d.pods[i].Spec.NodeName
		room := d.in.Rooms[node]
		if room != nil && (next.CPURequest > d.to.CPURequest && next.CPURequest > room.AllCPU || next.MemoryRequest > d.to.MemoryRequest && next.MemoryRequest > room.AllMemory) {
			return fmt.Sprintf("node %s is too small: it gives %s CPU and %s to all pods", node, orNone(CPU(room.AllCPU)), orNone(Memory(room.AllMemory)))
		}
		// A kubelet makes a resize as a whole: a request that must wait would hold back the limits.
		if asked[node] += more; room != nil && more > 0 && d.class != corev1.PodQOSGuaranteed && asked[node] > room.CPU {
			return fmt.Sprintf("node %s has no room for more", node)
		}
	}
	return ""
}

// room takes what the pods request more from their nodes, and names the nodes that have not enough of it.
func (d *decision) room(next Size) {
	cpu, memory := next.CPURequest-d.to.CPURequest, next.MemoryRequest-d.to.MemoryRequest
	if cpu <= 0 && memory <= 0 {
		return
	}
	for i := range d.pods {
		p := &d.pods[i]
		room := d.in.Rooms[p.Spec.NodeName]
		if room == nil {
			continue
		}
		room.CPU, room.Memory = room.CPU-max(cpu, 0), room.Memory-max(memory, 0)
		if cpu > 0 && room.CPU < 0 || memory > 0 && room.Memory < 0 {
			d.notes = append(d.notes, fmt.Sprintf("node %s has no room for what pod %s requests more: the kubelet defers the resize until other pods end", p.Spec.NodeName, p.Name))
		}
	}
}

// set writes a size into a container; what is not set stays so.
func (s Size) set(c *corev1.Container) {
	for _, one := range s.Amounts() {
		list := c.Resources.Requests
		if one.Limit {
			list = c.Resources.Limits
		}
		if one.Text != "" && list != nil {
			list[one.Resource] = one.quantity
		}
	}
}

// cpuLimit: the kernel throttles the container. A limit that is not reached costs nothing, and stays.
func (d *decision) cpuLimit() {
	limit := d.from.CPULimit
	if limit == 0 || !d.use.Cgroup && d.use.Periods == 0 {
		return
	}
	share := d.use.Throttled * 100 / max(d.use.Periods, 1)
	a := answer{name: "limits.cpu", now: limit, to: limit, basis: "live-cpu-throttled", confidence: tuner.High, why: "not throttled now",
		evidence: fmt.Sprintf("throttled in %d of %d periods of 100 ms", d.use.Throttled, d.use.Periods)}
	if d.use.Periods >= leastPeriods && d.use.Throttled*100 > throttledBy*d.use.Periods {
		a.to = up(min(2*limit, max(limit*3/2, d.role.Cores*1000)), 100)
		a.why = fmt.Sprintf("throttled %d %% of the time", share)
		a.formula = fmt.Sprintf("min(2 × %dm, max(1.5 × %dm, %d tasks at a time)) = %dm", limit, limit, d.role.Cores, a.to)
	}
	d.take(a, CPU, func(s *Size) {
		if s.CPULimit = a.to; d.class == corev1.PodQOSGuaranteed {
			s.CPURequest = a.to
		}
	})
}

// cpuRequest: what is requested is what the container is sure to get while others on the node want processors too.
func (d *decision) cpuRequest() {
	request, use := d.from.CPURequest, d.use.cpu()
	if request == 0 || d.to.CPURequest != request { // it was raised with the limit
		return
	}
	a := answer{name: "requests.cpu", now: request, to: request, basis: "live-cpu-request", confidence: tuner.Medium, evidence: d.cpuText(),
		why: fmt.Sprintf("uses %dm", use)}
	throttled := d.use.Periods >= leastPeriods && d.use.Throttled*100 > throttledBy*d.use.Periods
	switch {
	case use > request && d.class != corev1.PodQOSGuaranteed:
		a.to = up(use*115/100, 100)
		a.formula = fmt.Sprintf("1.15 × %dm = %dm", use, a.to)
		if limit := d.to.CPULimit; limit > 0 && a.to > limit {
			a.to = limit
			a.formula += fmt.Sprintf(", at most the limit %dm", limit)
		}
		if a.to = max(a.to, request); a.to > request {
			a.why = fmt.Sprintf("uses %dm: slower on a full node", use)
		}
	case use*100 < idleCPU*request && !throttled && d.use.notAtAll == 0:
		d.cpuUnused(&a)
	}
	d.take(a, CPU, func(s *Size) {
		if s.CPURequest = a.to; d.class == corev1.PodQOSGuaranteed {
			s.CPULimit = a.to
		}
	})
}

// cpuUnused: others could have what is requested. How busy stages are is not seen in an average, so that less than a processor for each
// task is an experiment.
func (d *decision) cpuUnused(a *answer) {
	use, tasks := d.use.cpu(), d.role.Cores*1000
	a.basis = "live-cpu-unused"
	least, formula := max(up(use*125/100, 100), leastCPU), fmt.Sprintf("max(1.25 × %dm, %dm)", use, leastCPU)
	guaranteed := d.class == corev1.PodQOSGuaranteed // the limit goes with the request
	if guaranteed && least < tasks {
		least, formula = tasks, fmt.Sprintf("max(1.25 × %dm, %d tasks at a time)", use, d.role.Cores)
	}
	switch {
	case least >= a.now:
	case d.use.Ran < settled:
		a.why = fmt.Sprintf("uses %dm, but runs for less than 10 minutes", use)
	case guaranteed && tasks == 0:
		a.why = fmt.Sprintf("uses %dm; not reduced: the limit would shrink with it", use)
	default:
		if a.to = least; !d.use.Cgroup || least < tasks {
			a.confidence = tuner.Low
		}
		a.why = fmt.Sprintf("uses %dm: other pods can have the rest", use)
		a.formula = fmt.Sprintf("%s = %dm", formula, least)
	}
}

func (d *decision) cpuText() (text string) {
	if d.use.CPUNow > 0 || d.use.Metrics {
		text = fmt.Sprintf("metrics API %dm", d.use.CPUNow)
	}
	if d.use.Cgroup || d.use.CPUMean > 0 {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("cgroup %dm in the last seconds, %dm since the start", d.use.CPUSample, d.use.CPUMean)
	}
	return text
}

// memory: the heap is what it is. What is outside of it is short, or the limit holds more than anything needs.
func (d *decision) memory() {
	limit := d.from.MemoryLimit
	if limit == 0 {
		return
	}
	held, exact := d.use.held()
	a := answer{name: "limits.memory", now: limit, to: limit, basis: "live-memory-near", confidence: tuner.Medium, evidence: d.memoryText(),
		why: fmt.Sprintf("%d %% of the limit in use", held*100/limit)}
	if d.role.Grows == "" {
		d.memoryShort(&a, held, exact)
		if a.to == limit {
			d.memoryUnused(&a)
		}
	} else {
		a.why = "Spark raises it by itself"
	}
	d.take(a, Memory, func(s *Size) {
		if s.MemoryRequest == s.MemoryLimit || s.MemoryRequest > a.to {
			s.MemoryRequest = a.to
		}
		s.MemoryLimit = a.to
	})
}

// memoryShort: the kernel killed something at the limit, the limit is below what Spark counts on, or little of it is left.
func (d *decision) memoryShort(a *answer, held int64, exact bool) {
	limit, need := d.from.MemoryLimit, d.role.Need
	more := func(to int64, basis string, confidence tuner.Confidence, why, formula string) {
		if to > a.to {
			a.to, a.basis, a.confidence, a.why, a.formula = to, basis, confidence, why, formula
		}
	}
	// A JVM comes to hold its whole heap, which says nothing of the rest.
	room := limit - need.Beside
	if need.Beside == 0 || room <= 0 {
		room = limit
	}
	if limit-held <= min(room/4, limit/100*freeMemory) {
		grow := min(room/2, held*15/100)
		to, confidence, why := max(up(held+grow, 64*mib), limit+64*mib), tuner.High, fmt.Sprintf("%d %% of the limit in use", held*100/limit)
		if !exact {
			confidence, why = tuner.Medium, why+", page cache may be part of it"
		}
		more(to, "live-memory-near", confidence, why, fmt.Sprintf("%s + %s, rounded up = %s", Memory(whole(held)), Memory(whole(grow)), Memory(to)))
	}
	if need.Total > limit {
		to := up(need.Total, mib)
		more(to, "live-memory-formula", tuner.Medium, fmt.Sprintf("Spark counts on %s", Memory(to)), need.Text)
	}
	killed := d.role.Killed > 0 && d.role.KilledAt >= limit
	if d.use.OOMKills == 0 && !killed {
		return
	}
	beside := need.Beside
	if beside >= limit {
		beside = 0
	}
	to := beside + sizing.AfterKill((limit+mib-1)/mib, beside/mib)*mib
	why := "the kernel killed a process at the limit"
	if killed {
		why = fmt.Sprintf("the kernel killed %d of these pods at %s", d.role.Killed, Memory(d.role.KilledAt))
	}
	more(to, "live-memory-killed", tuner.High, why, fmt.Sprintf("%s + 1.25 × (%s − %s) = %s", orZero(beside), Memory(limit), orZero(beside), Memory(to)))
}

func orZero(bytes int64) string {
	if bytes == 0 {
		return "0"
	}
	return Memory(bytes)
}

// memoryUnused: the most that was ever used, and what Spark counts on, are far below the limit. How much of the heap was touched yet is not
// known, so that all of what was used may be outside of it, and the heap still to come. Of a job nobody knows what later stages need.
func (d *decision) memoryUnused(a *answer) {
	limit, need := d.from.MemoryLimit, d.role.Need
	if d.use.notCgroup > 0 || d.use.Peak == 0 || d.use.OOMKills > 0 || d.role.Killed > 0 {
		return
	}
	to := up(max(need.Total, need.Beside+d.use.Peak*120/100), 64*mib)
	if to > limit/100*idleMemory {
		return
	}
	switch {
	case need.Total == 0:
		a.why = "peak " + Memory(whole(d.use.Peak)) + "; not reduced: " + need.Why
	case d.use.Ran < settled:
		a.why = "peak " + Memory(whole(d.use.Peak)) + ", but runs for less than 10 minutes"
	default:
		if a.to, a.basis = to, "live-memory-unused"; !d.role.Role.Server() {
			a.confidence = tuner.Low
		}
		a.why = "peak " + Memory(whole(d.use.Peak)) + ": the rest is never used"
		a.formula = fmt.Sprintf("max(%s, %s + 1.2 × peak %s) = %s", need.Text, orZero(need.Beside), Memory(whole(d.use.Peak)), Memory(to))
	}
}

func (d *decision) memoryText() (text string) {
	if d.use.Metrics || d.use.WorkingSet > 0 {
		text = "metrics API " + orZero(whole(d.use.WorkingSet))
	}
	if d.use.Cgroup || d.use.Held > 0 {
		if text != "" {
			text += ", "
		}
		text += "cgroup " + orZero(whole(d.use.Held)) + " without page cache"
		if d.use.Peak > 0 {
			text += ", peak " + Memory(whole(d.use.Peak)) + " with it"
		}
	}
	return text
}

// whole rounds bytes up to MiB, which reads well.
func whole(bytes int64) int64 { return up(bytes, mib) }

func up(amount, step int64) int64 { return (amount + step - 1) / step * step }
