package prediction

import "math"

// The interval of a prediction. Its replays are repeated with the least and the most warm-up that the log allows, and with stages
// that may follow the number of cores, or not. The widest is widened by noise, which is an estimate: what two runs differ by, and
// more for each doubling or halving of the cores. What the log shows and the replay does not widens it further (file limits.go).
const (
	noise        = .04  // of the time, at the size of the run
	noiseByTwice = .045 // of the time in which jobs run, for each doubling or halving
	mostNoise    = .5
	lessMemory   = .05 // on the high side, for each doubling of the tasks that share a heap
	driverWork   = 10  // milliseconds for each stage and doubling: the driver launches more tasks at once
)

func (m *Model) interval(s size, mid float64) (low, high float64) {
	low, high = mid, mid
	kept := []bool{false, true}
	if len(m.named(byDefault)) == 0 || s.executors*s.cores == m.executors*m.cores && m.dynamic == nil {
		kept = kept[:1]
	}
	for _, s.fixed = range kept {
		for _, s.warm = range [...]int{-1, 1} {
			end := m.replay(s).end
			low, high = min(low, end), max(high, end)
		}
	}
	twice := math.Abs(math.Log2(float64(s.executors*s.perExecutor) / float64(m.ownSlots())))
	below := noise + noiseByTwice*twice*max(1-m.serial(s)/mid, 0)
	above := below
	for _, l := range m.limits {
		below += l.below
		above += l.above
	}
	if s.perExecutor > m.slotsOf(m.cores) {
		above += lessMemory * math.Log2(float64(s.perExecutor)/float64(m.slotsOf(m.cores)))
	}
	high *= 1 + min(above, mostNoise)
	if more := s.executors*s.perExecutor > m.ownSlots(); more {
		high += driverWork * twice * float64(len(m.stages))
	}
	return low * (1 - min(below, mostNoise)), high
}

func (m *Model) ownSlots() int { return m.executors * m.slotsOf(m.cores) }
