package model

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// What is kept of a log at most. What is beyond is counted, and in the totals.
const (
	maxExecutors = 20_000
	maxStages    = 10_000 // twice as many while a log is read
	maxJobs      = 20_000
	maxStageIDs  = 500_000 // of all jobs together
	maxQueries   = 20_000
	maxFailures  = 64
	maxProfiles  = 1000
	maxResources = 64      // of a profile
	maxWords     = 300     // bytes of a text
	maxMasked    = 4 << 10 // bytes of it in which secrets are looked for
)

// ErrNoEvent is the error of a line that is not an event.
var ErrNoEvent = errors.New("not an event: an event is one JSON object that begins with its name")

// MixedError is the error of a log with events of two applications.
type MixedError struct{ First, Second string }

func (e MixedError) Error() string {
	return fmt.Sprintf("holds events of two applications, %s and %s; give the log of one", e.First, e.Second)
}

// Recorder makes a Run of events. What it keeps does not grow with the number of tasks.
type Recorder struct {
	run       Run
	begun     bool
	started   bool
	start     int64 // milliseconds, as all times until the run is done
	end       int64
	latest    int64
	last      string
	stages    map[stageKey]*stage
	stage     *stage // the last one
	executors map[string]*executor
	executor  *executor // the last one
	driver    *executor
	order     []*executor
	jobs      map[int64]int // positions in run.Jobs
	stageIDs  int
	queries   map[int64]int
	failures  map[string]*Failure
	key       []byte         // of the last one
	sums      [metrics]int64 // of stages that are left out
	spare     []*[metrics]sketch
	open      []*stage // with sketches, oldest first
	task      task
	timings   timings
	// How many tasks ended without metrics, and how many succeeded before a sample of the heap was taken.
	unmeasured, unsampled int64
	pruned                map[int64]int64 // milliseconds of tasks whose stage is left out, by resource profile
	removals              int64
	unended               string
}

// NewRecorder has seen nothing.
func NewRecorder() *Recorder {
	return &Recorder{stages: map[stageKey]*stage{}, executors: map[string]*executor{}, jobs: map[int64]int{}, queries: map[int64]int{}, failures: map[string]*Failure{}}
}

var (
	eventBegins = []byte(`{"Event":"`)
	taskEnds    = []byte(`SparkListenerTaskEnd"`)
	taskStarts  = []byte(`SparkListenerTaskStart"`)
)

// Record reads the event of one line. Kinds of events that nothing is made of are not looked at.
func (r *Recorder) Record(line []byte) error {
	rest, usual := bytes.CutPrefix(line, eventBegins)
	if usual && bytes.HasPrefix(rest, taskEnds) {
		r.last = "SparkListenerTaskEnd"
		s := scanner{b: line, i: len(eventBegins) + len(taskEnds)}
		r.taskEnd(&s, 1)
		return r.err(&s)
	}
	if usual && bytes.HasPrefix(rest, taskStarts) { // what it says stands in the task's end too
		r.last = "SparkListenerTaskStart"
		return nil
	}
	name := rest
	if usual {
		n := bytes.IndexByte(rest, '"')
		if n < 0 {
			return ErrNoEvent
		}
		name = rest[:n]
	} else if name = eventName(line); name == nil {
		return ErrNoEvent
	}
	if n := bytes.LastIndexByte(name, '.'); n >= 0 { // of SQL the whole class
		name = name[n+1:]
	}
	if len(name) == 0 || len(name) > maxWords {
		return ErrNoEvent
	}
	if r.last != string(name) { // the usual names take no memory
		known, is := eventNames[string(name)]
		if !is {
			known = string(name)
		}
		r.last = known
	}
	s := scanner{b: line}
	if err := r.event(&s); err != nil {
		return err
	}
	return r.err(&s)
}

// eventName looks for the name of an event that is not written as Spark writes it.
func eventName(line []byte) []byte {
	s := scanner{b: line}
	if s.peek() != '{' {
		return nil
	}
	s.i++
	for next := 0; ; {
		switch s.member(eventTable, &next) {
		case done:
			return nil
		case 0:
			return bytes.Clone(s.text())
		}
		s.skip()
	}
}

var eventTable = names("Event")

// eventNames are the events of which a log has many, read or not.
var eventNames = func() map[string]string {
	all := map[string]string{}
	for _, name := range []string{"SparkListenerTaskStart", "SparkListenerTaskEnd", "SparkListenerTaskGettingResult", "SparkListenerSpeculativeTaskSubmitted", "SparkListenerBlockUpdated",
		"SparkListenerExecutorMetricsUpdate", "SparkListenerStageExecutorMetrics", "SparkListenerStageSubmitted", "SparkListenerStageCompleted", "SparkListenerJobStart", "SparkListenerJobEnd",
		"SparkListenerDriverAccumUpdates", "SparkListenerSQLAdaptiveExecutionUpdate", "SparkListenerSQLAdaptiveSQLMetricUpdates", "SparkListenerSQLExecutionStart", "SparkListenerSQLExecutionEnd"} {
		all[name] = name
	}
	return all
}()

// Last is the name of the last event that was read; "" where there was none.
func (r *Recorder) Last() string { return r.last }

// Latest is the latest time that an event has named.
func (r *Recorder) Latest() time.Time { return moment(r.latest) }

// Begun says that the log's first event was read.
func (r *Recorder) Begun() bool { return r.begun }

// Started says that the application's start was read.
func (r *Recorder) Started() bool { return r.started }

// Unended says why the application's end may be missing, where whoever reads the log knows more than its events; "" is nothing more.
func (r *Recorder) Unended(why string) { r.unended = why }

// Ended says that the application's end was read.
func (r *Recorder) Ended() bool { return r.end != 0 }

func (r *Recorder) event(s *scanner) error {
	switch r.last {
	case "SparkListenerTaskEnd":
		r.taskEnd(s, 0)
	case "SparkListenerLogStart":
		r.logStart(s)
	case "SparkListenerApplicationStart":
		return r.applicationStart(s)
	case "SparkListenerApplicationEnd":
		r.applicationEnd(s)
	case "SparkListenerEnvironmentUpdate":
		r.environment(s)
	case "SparkListenerResourceProfileAdded":
		r.profileAdded(s)
	case "SparkListenerExecutorAdded":
		r.executorAdded(s)
	case "SparkListenerExecutorRemoved":
		r.executorRemoved(s)
	case "SparkListenerBlockManagerAdded":
		r.blockManagerAdded(s)
	case "SparkListenerExecutorMetricsUpdate":
		r.metricsUpdate(s)
	case "SparkListenerStageExecutorMetrics":
		r.stageExecutorMetrics(s)
	case "SparkListenerJobStart":
		r.jobStart(s)
	case "SparkListenerJobEnd":
		r.jobEnd(s)
	case "SparkListenerStageSubmitted":
		r.stageInfo(s, false)
	case "SparkListenerStageCompleted":
		r.stageInfo(s, true)
	case "SparkListenerSQLExecutionStart":
		r.queryStart(s)
	case "SparkListenerSQLExecutionEnd":
		r.queryEnd(s)
	}
	return nil
}

// moment is the time of milliseconds; the zero time for what is none.
func moment(millis int64) time.Time {
	if millis <= 0 || millis > maxTime {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}

// seen notes a time that an event names.
func (r *Recorder) seen(millis int64) int64 {
	if millis > r.latest && millis <= maxTime {
		r.latest = millis
	}
	return millis
}

// odd counts what contradicts something else.
func (r *Recorder) odd(what string) { count(&r.run.Odd, what, 1) }

// leave counts what a bound leaves out.
func (r *Recorder) leave(what string, n int) { count(&r.run.LeftOut, what, n) }

func count(in *map[string]int, what string, n int) {
	if *in == nil {
		*in = map[string]int{}
	}
	(*in)[what] += n
}

// words is the line of a text that says the most, without secrets. It is cut after they are masked: half a secret looks like none.
func words(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	line := telling(bytes.TrimSpace(text))
	out := mask.Message(string(bytes.ToValidUTF8(line[:min(len(line), maxMasked)], []byte("?"))))
	if len(out) <= maxWords {
		return out
	}
	return strings.ToValidUTF8(out[:maxWords], "") + "..."
}

// telling is the first line of a text. Python writes what went wrong last, and Kubernetes why a container ended further down.
func telling(text []byte) []byte {
	first, rest, more := bytes.Cut(text, []byte("\n"))
	if !more {
		return text
	}
	if bytes.HasPrefix(text, []byte("Traceback")) || bytes.HasSuffix(bytes.TrimSpace(first), []byte("Traceback (most recent call last):")) {
		last := bytes.TrimSpace(text[bytes.LastIndexByte(text, '\n')+1:])
		if bytes.HasPrefix(last, []byte("SQLSTATE:")) { // Spark 4 adds its own line
			text = bytes.TrimSpace(text[:bytes.LastIndexByte(text, '\n')])
			last = bytes.TrimSpace(text[bytes.LastIndexByte(text, '\n')+1:])
		}
		return last
	}
	first = bytes.TrimSpace(first)
	if n := bytes.Index(rest, []byte("termination reason:")); n >= 0 {
		why, _, _ := bytes.Cut(rest[n:], []byte("\n"))
		masked := mask.Message(string(bytes.ToValidUTF8(first[:min(len(first), maxMasked)], []byte("?"))))
		return slices.Concat([]byte(masked[:min(len(masked), maxWords/2)]), []byte(" "), bytes.TrimSpace(why))
	}
	return first
}
