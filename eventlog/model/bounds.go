package model

import (
	"fmt"
	"math"
	"strconv"
)

// What the numbers of an event are at most. Spark counts jobs, stages, attempts and tasks of a stage in 32 bits.
const (
	maxTime    = 4102444800000 // the year 2100, in milliseconds
	maxMillis  = 1 << 42       // 139 years
	maxNanos   = 1 << 62       // 146 years
	maxBytes   = 1 << 50       // 1 PiB
	maxID      = math.MaxInt32
	maxQueryID = 1 << 53
	maxCores   = 100_000 // of an executor, or a task
	maxAmount  = 1 << 30 // of a resource; of memory MiB
)

// mostOf are the bounds of the metrics of a task.
var mostOf = func() (most [metrics]int64) {
	for i := range most {
		most[i] = maxBytes
	}
	for _, i := range []int{mRunTime, mGCTime, mDeserialize, mSerialize, mFetchWait} {
		most[i] = maxMillis
	}
	most[mCPUTime] = maxNanos
	return most
}()

// NumberError is the error of an event with a number that no run has. Nothing of the event is counted.
type NumberError struct {
	Event, Field string
	Value        int64
}

func (e *NumberError) Error() string {
	value := strconv.FormatInt(e.Value, 10)
	switch e.Value {
	case math.MaxInt64:
		value = "above " + value + ", or no whole number"
	case -math.MaxInt64:
		value = "below " + value + ", or no whole number"
	}
	return fmt.Sprintf("%q of %s is %s, which no run has", e.Field, e.Event, value)
}

// err is that of an event that breaks off or is no JSON, or has a number that is refused.
func (r *Recorder) err(s *scanner) error {
	switch {
	case s.bad:
		return fmt.Errorf("not JSON at byte %d of the line", min(s.i, len(s.b)))
	case s.field != "":
		return &NumberError{r.last, s.field, s.value}
	}
	return nil
}

// failed says that nothing of the event may be counted.
func (s *scanner) failed() bool { return s.bad || s.field != "" }

// bound refuses a number that is out of bounds, and gives 0 for it.
func (s *scanner) bound(field string, n, least, most int64) int64 {
	if n >= least && n <= most {
		return n
	}
	s.refuse(field, n)
	return 0
}

func (s *scanner) refuse(field string, n int64) {
	if s.field == "" {
		s.field, s.value = field, n
	}
}

// within reads a number that has bounds.
func (s *scanner) within(field string, least, most int64) int64 {
	return s.bound(field, s.number(), least, most)
}

// time reads milliseconds since 1970. Of what is not known Spark writes -1.
func (s *scanner) time(field string) int64 { return max(s.within(field, -1, maxTime), 0) }

// id reads the number of a job or a stage.
func (s *scanner) id(field string) int64 { return s.within(field, 0, maxID) }

// profile reads the number of a resource profile; -1 stands for the default one.
func (s *scanner) profile() int64 { return max(s.within("Resource Profile Id", -1, maxID), 0) }

// decimal reads a number with a fraction; what is none counts as 0.
func (s *scanner) decimal(field string) float64 {
	s.peek()
	begin := s.i
	s.skip()
	x, err := strconv.ParseFloat(string(s.b[begin:max(begin, s.i)]), 64)
	switch {
	case err != nil && !math.IsInf(x, 0):
		return 0
	case !(x >= 0 && x <= maxAmount): // or no number
		n := int64(math.MaxInt64)
		if math.Abs(x) <= maxBytes {
			n = int64(math.Floor(x))
		}
		s.refuse(field, n)
		return 0
	}
	return x
}

// sampled refuses values of executors that no process has. Java says -1 of what it does not know.
func (s *scanner) sampled(values *[len(peakNames)]int64) {
	for i, v := range values {
		values[i] = max(s.bound(peakNames[i], v, -1, maxBytes), 0)
	}
}

// possible refuses a task with a number that no task has. The usual ones are looked at all at once.
func (t *task) possible(s *scanner) bool {
	all := uint64(0)
	for _, v := range &t.values {
		all |= uint64(v)
	}
	for _, v := range &t.peaks {
		all |= uint64(v)
	}
	if all < maxMillis && uint64(t.stage|t.attempt) <= maxID && uint64(t.launch|t.finish|t.result) < 1<<41 {
		return true
	}
	s.bound("Stage ID", t.stage, 0, maxID)
	s.bound("Stage Attempt ID", t.attempt, -1, maxID)
	for _, time := range []struct {
		field string
		value *int64
	}{{"Launch Time", &t.launch}, {"Getting Result Time", &t.result}, {"Finish Time", &t.finish}} {
		*time.value = max(s.bound(time.field, *time.value, -1, maxTime), 0)
	}
	for i, v := range &t.values {
		t.values[i] = max(s.bound(taskMetricsTable.field(i), v, -1, mostOf[i]), 0)
	}
	s.sampled(&t.peaks)
	return !s.failed()
}

// field is what the number of a slot is called.
func (t table) field(slot int) string {
	for i := range t {
		if name := t[i].in.field(slot); name != "" {
			return name
		}
		if t[i].slot == slot {
			return t[i].name
		}
	}
	return ""
}
