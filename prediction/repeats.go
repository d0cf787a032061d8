package prediction

import "github.com/kubectl-spark/kubectl-spark/eventlog/model"

// repeats is work that a run without losses does not have: attempts that failed, and tasks that ran again because their output was
// lost with its executor.
type repeats struct{ attempts, millis int64 }

// once are the stages of the run without repeated work. Of a stage that never had all of its tasks nothing is left out: the run failed
// there, and so does the replay. Copies that speculation started stay, and so do the originals that were killed for them.
func (m *Model) once() []model.Stage {
	planned, succeeded, kept := map[int64]int64{}, map[int64]int64{}, map[int64]int64{}
	for i := range m.run.Stages {
		st := &m.run.Stages[i]
		if _, seen := planned[st.ID]; !seen {
			planned[st.ID] = st.Planned
		}
		succeeded[st.ID] += st.Tasks.Succeeded
	}
	all := make([]model.Stage, len(m.run.Stages))
	for i := range all {
		st := m.run.Stages[i]
		if room := planned[st.ID]; room > 0 && succeeded[st.ID] >= room {
			keep := min(room-kept[st.ID], st.Tasks.Succeeded)
			kept[st.ID] += keep
			m.repeats.leave(&st, keep)
		}
		all[i] = st
	}
	return all
}

// leave leaves out what did not succeed, and successes behind the first ones.
func (r *repeats) leave(st *model.Stage, keep int64) {
	before := st.Work
	if before.Count == 0 || keep == st.Tasks.Succeeded && st.Tasks.Failed == 0 && (st.Tasks.Killed == 0 || st.Tasks.Speculative > 0) {
		return
	}
	w := &st.Work
	room, count := keep, keep
	if st.Tasks.Speculative > 0 {
		count += st.Tasks.Killed
	}
	sampled := before.Count > int64(len(before.Tasks)+len(before.Longest))
	of := func(all []model.Timed) (out []model.Timed) {
		for _, one := range all {
			switch {
			case one.Fate == model.Succeeded && (room > 0 || sampled && keep > 0):
				room--
			case one.Fate != model.Killed, st.Tasks.Speculative == 0:
				continue
			}
			out = append(out, one)
		}
		return out
	}
	w.Longest, w.Tasks = of(before.Longest), of(before.Tasks)
	if kept := int64(len(w.Tasks) + len(w.Longest)); !sampled || kept == 0 {
		count = kept
	}
	w.Count, w.Millis = count, 0
	if sampled {
		w.Millis = int64(float64(before.Millis) * float64(count) / float64(before.Count))
	} else {
		for _, one := range w.Tasks {
			w.Millis += int64(one.Millis)
		}
		for _, one := range w.Longest {
			w.Millis += int64(one.Millis)
		}
	}
	r.attempts += max(before.Count-w.Count, 0)
	r.millis += max(before.Millis-w.Millis, 0)
}
