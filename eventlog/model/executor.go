package model

import "slices"

// driverID is what Spark calls the driver where it names an executor.
const driverID = "driver"

// executor is one while the log is read.
type executor struct {
	Executor
	added, removed int64
	known          bool // its addition was read
	index          int  // in the order of the run
	slots          int  // 0: not counted yet
	peaks          [len(peakNames)]int64
}

// raise notes values that were sampled.
func (e *executor) raise(values *[len(peakNames)]int64) {
	for i, v := range values {
		if v > e.peaks[i] {
			e.peaks[i] = v
		}
	}
}

// executorOf is the one of an id. Beyond a bound all that are new are one, which the run does not name.
func (r *Recorder) executorOf(id []byte) *executor {
	id = id[:min(len(id), maxWords)]
	if ex := r.executor; ex != nil && ex.ID == string(id) {
		return ex
	}
	ex := r.executors[string(id)]
	if ex == nil {
		if len(r.executors) >= maxExecutors {
			r.leave(leftExecutors, 1)
			return &executor{}
		}
		ex = &executor{Executor: Executor{ID: words(id)}}
		r.executors[string(id)] = ex
		if string(id) == driverID {
			r.driver = ex
		} else {
			ex.index = len(r.order)
			r.order = append(r.order, ex)
		}
	}
	r.executor = ex
	return ex
}

var (
	executorAddedTable = names("Event", "Timestamp", "Executor ID", "Executor Info")
	executorInfoTable  = names("Host", "Total Cores", "Log Urls", "Attributes", "Resources", "Resource Profile Id")
)

func (r *Recorder) executorAdded(s *scanner) {
	var time, cores, profile int64
	var id []byte
	s.each(executorAddedTable, func(k int) {
		switch k {
		case 1:
			time = s.time("Timestamp")
		case 2:
			id = s.text()
		case 3:
			s.each(executorInfoTable, func(k int) {
				switch k {
				case 1:
					cores = s.within("Total Cores", 0, maxCores)
				case 5:
					profile = s.profile()
				default:
					s.skip()
				}
			})
		default:
			s.skip()
		}
	})
	if s.failed() || len(id) == 0 {
		return
	}
	ex := r.executorOf(id)
	if ex.known {
		r.odd("executors that are added twice")
	}
	ex.known, ex.added, ex.Cores, ex.Profile, ex.slots = true, r.seen(time), cores, profile, 0
}

var executorRemovedTable = names("Event", "Timestamp", "Executor ID", "Removed Reason")

func (r *Recorder) executorRemoved(s *scanner) {
	var time int64
	var id, reason []byte
	s.each(executorRemovedTable, func(k int) {
		switch k {
		case 1:
			time = s.time("Timestamp")
		case 2:
			id = s.text()
		case 3:
			reason = s.text()
		default:
			s.skip()
		}
	})
	if s.failed() || len(id) == 0 {
		return
	}
	ex := r.executorOf(id)
	r.removals++
	ex.removed, ex.Reason, ex.Removal = r.seen(time), words(reason), r.removals
	if ex.known && ex.removed < ex.added {
		r.odd("executors that are removed before they are added")
	}
}

var (
	blockManagerTable   = names("Event", "Block Manager ID", "Maximum Memory", "Timestamp", "Maximum Onheap Memory", "Maximum Offheap Memory")
	blockManagerIDTable = names("Executor ID")
)

func (r *Recorder) blockManagerAdded(s *scanner) {
	var id []byte
	var time, all, onHeap, offHeap int64
	s.each(blockManagerTable, func(k int) {
		switch k {
		case 1:
			s.each(blockManagerIDTable, func(k int) {
				if k == 0 {
					id = s.text()
				} else {
					s.skip()
				}
			})
		case 2:
			all = s.within("Maximum Memory", 0, maxBytes)
		case 3:
			time = s.time("Timestamp")
		case 4:
			onHeap = s.within("Maximum Onheap Memory", 0, maxBytes)
		case 5:
			offHeap = s.within("Maximum Offheap Memory", 0, maxBytes)
		default:
			s.skip()
		}
	})
	if s.failed() || len(id) == 0 {
		return
	}
	r.seen(time)
	if onHeap == 0 {
		onHeap = max(all-offHeap, 0)
	}
	ex := r.executorOf(id)
	ex.UnifiedOnHeap, ex.UnifiedOffHeap = onHeap, offHeap
}

var stageMetricsTable = names("Event", "Executor ID", "Stage ID", "Stage Attempt ID", "Executor Metrics")

// stageExecutorMetrics reads the peaks of an executor during a stage.
func (r *Recorder) stageExecutorMetrics(s *scanner) {
	var id []byte
	var peaks [len(peakNames)]int64
	s.each(stageMetricsTable, func(k int) {
		switch k {
		case 1:
			id = s.text()
		case 4:
			s.numbers(peaksTable, peaks[:])
		default:
			s.skip()
		}
	})
	if s.sampled(&peaks); !s.failed() && len(id) > 0 {
		r.executorOf(id).raise(&peaks)
	}
}

var (
	metricsUpdateTable = names("Event", "Executor ID", "Metrics Updated", "Executor Metrics Updated")
	updatedTable       = names("Stage ID", "Stage Attempt ID", "Executor Metrics")
)

// metricsUpdate reads the peaks of a heartbeat. Spark writes those of the driver.
func (r *Recorder) metricsUpdate(s *scanner) {
	var id []byte
	var peaks executor
	s.each(metricsUpdateTable, func(k int) {
		switch {
		case k == 1:
			id = s.text()
		case k == 3 && s.enter('['):
			for s.element() {
				s.each(updatedTable, func(k int) {
					if k != 2 {
						s.skip()
						return
					}
					var one [len(peakNames)]int64
					s.numbers(peaksTable, one[:])
					s.sampled(&one)
					peaks.raise(&one)
				})
			}
		case k != 3:
			s.skip()
		}
	})
	if !s.failed() && len(id) > 0 {
		r.executorOf(id).raise(&peaks.peaks)
	}
}

var (
	profileTable  = names("Event", "Resource Profile Id", "Executor Resource Requests", "Task Resource Requests")
	resourceTable = names("Resource Name", "Amount")
)

func (r *Recorder) profileAdded(s *scanner) {
	p := Profile{Executor: map[string]float64{}, Task: map[string]float64{}}
	requests := func(into map[string]float64) {
		s.each(nil, func(int) {
			var name []byte
			var amount float64
			s.each(resourceTable, func(k int) {
				switch k {
				case 0:
					name = s.text()
				case 1:
					amount = s.decimal("Amount")
				default:
					s.skip()
				}
			})
			if string(name) == "cores" || string(name) == "cpus" {
				s.bound("Amount", int64(amount), 0, maxCores)
			}
			if len(name) > 0 && len(into) < maxResources {
				into[words(name)] = amount
			}
		})
	}
	s.each(profileTable, func(k int) {
		switch k {
		case 1:
			p.ID = s.profile()
		case 2:
			requests(p.Executor)
		case 3:
			requests(p.Task)
		default:
			s.skip()
		}
	})
	if s.failed() {
		return
	}
	r.countSlotsAgain()
	same := func(q Profile) bool { return q.ID == p.ID }
	if i := slices.IndexFunc(r.run.Profiles, same); i >= 0 {
		r.run.Profiles[i] = p
	} else if len(r.run.Profiles) < maxProfiles {
		r.run.Profiles = append(r.run.Profiles, p)
	} else {
		r.leave("resource profiles", 1)
	}
}

// publish is what the run says of an executor; end is where the run ends.
func (e *executor) publish() Executor {
	out := e.Executor
	out.Added, out.Removed = moment(e.added), moment(e.removed)
	for i, v := range e.peaks {
		if v > 0 {
			if out.Peaks == nil {
				out.Peaks = map[string]int64{}
			}
			out.Peaks[peakNames[i]] = v
		}
	}
	return out
}
