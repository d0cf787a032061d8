package model

import (
	"bytes"
	"cmp"
	"slices"
)

type stageKey struct{ id, attempt int64 }

// stage is an attempt of a stage while the log is read. Its sketches are closed some time after its end, when others need them:
// tasks that end still later are counted and have no part in the quantiles.
type stage struct {
	Stage
	sums      [metrics]int64
	open      *[metrics]sketch
	closed    bool
	completed bool
	counted   int64 // tasks in the sketches
	quantiles []quantile
	work      timing
}

type quantile struct {
	metric int
	Distribution
}

// maxOpen is how many stages have open sketches at once.
const maxOpen = 128

func (r *Recorder) stageOf(id, attempt int64) *stage {
	key := stageKey{id, attempt}
	if st := r.stage; st != nil && st.ID == id && st.Attempt == attempt {
		return st
	}
	st := r.stages[key]
	if st == nil {
		if len(r.stages) >= 2*maxStages {
			r.prune()
		}
		st = &stage{Stage: Stage{ID: id, Attempt: attempt}}
		r.stages[key] = st
	}
	r.stage = st
	return st
}

// prune leaves out the half of the stages whose tasks took the least time, those that run not among them where others can go.
func (r *Recorder) prune() {
	all := r.sorted(func(a, b *stage) int {
		return cmp.Or(truth(b.completed)-truth(a.completed), cmp.Compare(a.sums[mDuration], b.sums[mDuration]))
	})
	gone := map[*stage]bool{}
	for _, st := range all[:len(all)-maxStages] {
		gone[st] = true
		r.prunes(st)
		add(&r.sums, &st.sums)
		if st.open != nil {
			r.spare = append(r.spare, st.open)
		}
		r.timings.kept -= len(st.work.kept)
		delete(r.stages, stageKey{st.ID, st.Attempt})
	}
	r.open = slices.DeleteFunc(r.open, func(st *stage) bool { return gone[st] })
	r.leave("stages", len(gone))
	r.stage = nil
}

func (r *Recorder) sorted(order func(a, b *stage) int) []*stage {
	all := make([]*stage, 0, len(r.stages))
	for _, st := range r.stages {
		all = append(all, st)
	}
	slices.SortFunc(all, func(a, b *stage) int {
		return cmp.Or(order(a, b), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Attempt, b.Attempt))
	})
	return all
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sketches opens those of a stage, and closes others where too many are open.
func (r *Recorder) sketches(st *stage) {
	if len(r.open) >= maxOpen {
		i := max(slices.IndexFunc(r.open, func(st *stage) bool { return st.completed }), 0)
		r.close(r.open[i])
		r.open = slices.Delete(r.open, i, i+1)
	}
	r.open = append(r.open, st)
	if n := len(r.spare); n > 0 {
		st.open = r.spare[n-1]
		r.spare = r.spare[:n-1]
		for i := range st.open {
			st.open[i].reset()
		}
		return
	}
	st.open = &[metrics]sketch{}
}

// close makes quantiles of a stage's sketches.
func (r *Recorder) close(st *stage) {
	st.measure()
	r.spare = append(r.spare, st.open)
	st.open, st.closed = nil, true
}

// measure computes the quantiles of open sketches.
func (st *stage) measure() {
	if st.open == nil {
		return
	}
	st.quantiles = st.quantiles[:0]
	for i := range st.open {
		if st.open[i].n > 0 {
			st.quantiles = append(st.quantiles, quantile{i, st.open[i].distribution(st.counted)})
		}
	}
	st.quantiles = slices.Clip(st.quantiles)
}

var (
	stageTable        = names("Event", "Stage Info")
	stageInfoTable    = names("Stage ID", "Stage Attempt ID", "Stage Name", "Number of Tasks", "RDD Info", "Parent IDs", "Details", "Submission Time", "Completion Time", "Failure Reason", "Accumulables", "Resource Profile Id")
	behindStageValues = []byte(`],"Resource Profile Id":`)
	barrier           = []byte(`"Barrier":true`) // of an RDD; inside of a text the quotes are escaped
)

const maxParents = 100

// stageInfo reads the events of a stage's submission and completion, which have the same form.
func (r *Recorder) stageInfo(s *scanner, completed bool) {
	if !s.enter('{') {
		s.bad = true
		return
	}
	for next := 0; ; {
		switch s.member(stageTable, &next) {
		case done:
			return
		case 1:
			r.stageInfoOf(s, completed)
		default:
			s.skip()
		}
	}
}

func (r *Recorder) stageInfoOf(s *scanner, completed bool) {
	if !s.enter('{') {
		return
	}
	read := Stage{}
	s.passed = 0
	var submitted, ended int64
	for next, more := 0, true; more; {
		switch s.member(stageInfoTable, &next) {
		case done:
			more = false
		case 0:
			read.ID = s.id("Stage ID")
		case 1:
			read.Attempt = s.within("Stage Attempt ID", -1, maxID)
		case 2:
			read.Name = words(s.text())
		case 3:
			read.Planned = s.within("Number of Tasks", 0, maxID)
		case 4:
			begin := s.i
			s.skip()
			read.Barrier = bytes.Contains(s.b[begin:max(s.i, begin)], barrier)
		case 5:
			read.Parents = s.list("Parent IDs", maxParents)
		case 7:
			submitted = s.time("Submission Time")
		case 8:
			ended = s.time("Completion Time")
		case 9:
			read.Failure = words(s.text())
		case 10:
			s.jump(behindStageValues, 6)
		case 11:
			read.Profile = s.profile()
		default:
			s.skip()
		}
	}
	if s.failed() {
		return
	}
	st := r.stageOf(read.ID, read.Attempt)
	st.Name, st.Planned, st.Parents, st.Profile, st.Barrier = read.Name, read.Planned, read.Parents, read.Profile, read.Barrier
	if submitted > 0 {
		st.Submitted = moment(r.seen(submitted))
	}
	if !completed {
		return
	}
	st.completed, st.Failure = true, read.Failure
	st.Completed = moment(r.seen(ended))
	if ended < submitted {
		r.odd("stages that end before they begin")
	}
}

// list reads an array of ids, most of them at most.
func (s *scanner) list(field string, most int) (all []int64) {
	if !s.enter('[') {
		return nil
	}
	for s.element() {
		if len(all) < most {
			all = append(all, s.id(field))
		} else {
			s.skip()
		}
	}
	return all
}

// publish is what the run says of a stage.
func (st *stage) publish() Stage {
	out := st.Stage
	out.Totals = totals(&st.sums)
	st.measure()
	if len(st.quantiles) > 0 {
		out.Quantiles = make(map[Metric]Distribution, len(st.quantiles))
	}
	for _, q := range st.quantiles {
		out.Quantiles[metricNames[q.metric]] = q.Distribution
		switch q.metric {
		case mDuration:
			out.Skew = by(q.Max, q.P50)
		case mData:
			out.DataSkew = by(q.Max, q.P50)
		}
	}
	return out
}

// by is a ratio with two decimals; 0 where there is none.
func by(a, b int64) float64 {
	if b <= 0 {
		return 0
	}
	return rounded(float64(a)/float64(b), 100)
}

// rounded cuts a number to a part of 1.
func rounded(x, parts float64) float64 { return float64(int64(x*parts+.5)) / parts }
