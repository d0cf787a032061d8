// Package model is the Run: what one application did, as its event log tells it, from the properties that took effect to the peaks
// of its executors and the quantiles of its tasks. A Recorder makes a Run of the lines of a log, one at a time, in bounded
// memory; what the log does not hold is named in Run.Missing, with the setting that writes it. It opens no file and reads no
// clock. Start reading at Run, then at Recorder.
package model

import "time"

// Outcome is how an application ended, as far as its log tells.
type Outcome string

// The outcomes.
const (
	Done     Outcome = "done"     // it ended, and no job failed
	Failures Outcome = "failures" // it ended, and jobs had failed; whether it failed too, the log does not tell
	Failed   Outcome = "failed"   // it ended with an exit code other than 0
	Stopped  Outcome = "stopped"  // it ended while jobs ran
	NoEnd    Outcome = "no-end"   // it still ran when the log was read, or its driver was killed
)

// Outcomes are all of them.
func Outcomes() []Outcome { return []Outcome{Done, Failures, Failed, Stopped, NoEnd} }

// Run is what one attempt of an application did.
type Run struct {
	Application Application `json:"application"`
	Outcome     Outcome     `json:"outcome"`
	// Executors is how many ran at once at the most; in local mode the driver counts as one.
	Executors int `json:"executors"`
	// Seconds is the time from the application's start event to its end event, or to the last event where there is no end.
	Seconds float64 `json:"seconds"`
	// Spark and Java are the properties that took effect and that matter here, without secrets.
	Spark map[string]string `json:"sparkProperties,omitempty"`
	Java  map[string]string `json:"javaProperties,omitempty"`

	Profiles []Profile  `json:"resourceProfiles,omitempty"`
	Driver   *Executor  `json:"driver,omitempty"`
	Each     []Executor `json:"executorDetails,omitempty"`
	Jobs     []Job      `json:"jobs,omitempty"`
	Stages   []Stage    `json:"stages,omitempty"`
	Queries  []Query    `json:"queries,omitempty"`

	Tasks    Tasks     `json:"tasks"`
	Totals   Totals    `json:"totals"`
	Failures []Failure `json:"failures,omitempty"`
	GC       GC        `json:"gc"`
	// UsedShare is the time of tasks, times the cores that each takes, in the time that executors' cores were there; from 0 to 1.
	UsedShare float64 `json:"usedShare"`

	// Missing is the evidence that the log lacks.
	Missing []Missing `json:"missing,omitempty"`
	// Odd are events that contradict each other, by what is odd.
	Odd map[string]int `json:"odd,omitempty"`
	// LeftOut counts what a bound left out, by kind.
	LeftOut map[string]int `json:"leftOut,omitempty"`
}

// Reading says how much of a log was read.
type Reading struct {
	Name    string `json:"name"`
	Rolling bool   `json:"rolling,omitempty"`
	Files   int    `json:"files"`
	// Codec is none, zstd, lz4, snappy, lzf or gzip; of a rolling log whose files differ all that occur.
	Codec string `json:"codec"`
	// Bytes are those of the files, and Unread those of them that nothing could be made of.
	Bytes  int64 `json:"bytes"`
	Unread int64 `json:"unreadBytes,omitempty"`
	// Events is how many were read, and EventBytes their size without compression.
	Events     int64     `json:"events"`
	EventBytes int64     `json:"eventBytes"`
	LastEvent  string    `json:"lastEvent"`
	LastTime   time.Time `json:"lastTime,omitzero"`
	// Complete says that the log was read from its first event to the application's end, without a gap.
	Complete bool `json:"complete"`
	// Incomplete says what is missing, a sentence each.
	Incomplete []string `json:"incomplete,omitempty"`
}

// Application is who ran. The user's name is left out.
type Application struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Attempt string    `json:"attempt,omitempty"`
	Version string    `json:"sparkVersion,omitempty"`
	Started time.Time `json:"started"`
	// Ended is when the end event says that it ended; the zero time where there is none.
	Ended time.Time `json:"ended,omitzero"`
	// ExitCode is what the end event says of the driver, from Spark 4.0 on; nil where it says nothing.
	ExitCode *int64 `json:"exitCode,omitempty"`
	// Local says that the driver ran the tasks.
	Local bool `json:"local,omitempty"`
}

// Profile is what executors of a resource profile ask for.
type Profile struct {
	ID int64 `json:"id"`
	// Executor is by resource: cores a number, memory and its like in MiB.
	Executor map[string]float64 `json:"executor"`
	Task     map[string]float64 `json:"task"`
}

// Executor is one executor, or the driver.
type Executor struct {
	ID      string    `json:"id"`
	Cores   int64     `json:"cores,omitempty"`
	Profile int64     `json:"resourceProfile,omitempty"`
	Added   time.Time `json:"added,omitzero"`
	Removed time.Time `json:"removed,omitzero"`
	// Reason is why it was removed, as Spark words it; cut to a bound.
	Reason string `json:"removeReason,omitempty"`
	// Removal numbers the removals in the order of the log, from 1; 0 for an executor that was not removed.
	Removal int64 `json:"removal,omitempty"`
	// Unified are the bytes of execution and storage memory on the heap and off it.
	UnifiedOnHeap  int64 `json:"unifiedOnHeapBytes,omitempty"`
	UnifiedOffHeap int64 `json:"unifiedOffHeapBytes,omitempty"`
	Tasks          Tasks `json:"tasks"`
	// BusyMillis is the time of its tasks, and GCMillis the garbage collection that the metrics of its tasks count: of tasks that ran
	// at once each counts the same collection.
	BusyMillis int64 `json:"busyMillis"`
	GCMillis   int64 `json:"taskGCMillis"`
	// Peaks are the highest values that were sampled, in bytes, and of garbage collection in milliseconds and times, by Spark's names;
	// nil where no sample was taken.
	Peaks map[string]int64 `json:"peakMetrics,omitempty"`
}

// Job is one job.
type Job struct {
	ID        int64     `json:"id"`
	Submitted time.Time `json:"submitted,omitzero"`
	Completed time.Time `json:"completed,omitzero"`
	Succeeded bool      `json:"succeeded"`
	Stages    []int64   `json:"stages,omitempty"`
	Query     *int64    `json:"query,omitempty"`
	// Streams says that it belongs to a batch of Spark Streaming or of a streaming query.
	Streams bool `json:"streams,omitempty"`
}

// Stage is one attempt of a stage.
type Stage struct {
	ID      int64   `json:"id"`
	Attempt int64   `json:"attempt"`
	Name    string  `json:"name,omitempty"`
	Profile int64   `json:"resourceProfile,omitempty"`
	Parents []int64 `json:"parents,omitempty"`
	Planned int64   `json:"plannedTasks"`
	// Barrier says that its tasks start all at once or not at all.
	Barrier   bool      `json:"barrier,omitempty"`
	Tasks     Tasks     `json:"tasks"`
	Submitted time.Time `json:"submitted,omitzero"`
	Completed time.Time `json:"completed,omitzero"`
	Failure   string    `json:"failure,omitempty"`
	Totals    Totals    `json:"totals"`
	// Quantiles are of successful tasks, by metric; a metric that is 0 for all of them is left out.
	Quantiles map[Metric]Distribution `json:"quantiles,omitempty"`
	// Skew is the longest task by the median one, and DataSkew the most bytes read by the median; 0 where there is no median.
	Skew     float64 `json:"skew,omitempty"`
	DataSkew float64 `json:"dataSkew,omitempty"`
	// Work is its tasks, for a prediction.
	Work Work `json:"-"`
}

// Query is one execution of Spark SQL.
type Query struct {
	ID          int64     `json:"id"`
	Description string    `json:"description,omitempty"`
	Started     time.Time `json:"started,omitzero"`
	Ended       time.Time `json:"ended,omitzero"`
	Error       string    `json:"error,omitempty"`
}

// Tasks counts attempts of tasks by how they ended.
type Tasks struct {
	Succeeded   int64 `json:"succeeded"`
	Failed      int64 `json:"failed"`
	Killed      int64 `json:"killed"`
	Speculative int64 `json:"speculative"`
	// Resubmitted counts tasks that had succeeded and whose output was lost with their executor: they are counted as succeeded too.
	Resubmitted int64 `json:"resubmitted,omitempty"`
}

// Totals sums what all attempts of tasks report, failed ones included.
type Totals struct {
	DurationMillis    int64 `json:"durationMillis"`
	RunMillis         int64 `json:"runMillis"`
	CPUNanos          int64 `json:"cpuNanos"`
	GCMillis          int64 `json:"gcMillis"`
	InputBytes        int64 `json:"inputBytes"`
	OutputBytes       int64 `json:"outputBytes"`
	ShuffleReadBytes  int64 `json:"shuffleReadBytes"`
	ShuffleWriteBytes int64 `json:"shuffleWriteBytes"`
	MemorySpillBytes  int64 `json:"memorySpillBytes"`
	DiskSpillBytes    int64 `json:"diskSpillBytes"`
}

// Failure is why attempts of tasks ended without success.
type Failure struct {
	// Reason is Spark's name of it, and for exceptions the class.
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
	// Example is the text of one of them; cut to a bound, and without secrets.
	Example string `json:"example,omitempty"`
}

// GC is the garbage collection of executors.
type GC struct {
	// Sampled says that the peaks of executors hold the times of collectors; else they are 0.
	Sampled          bool  `json:"sampled"`
	YoungMillis      int64 `json:"youngMillis"`
	YoungCount       int64 `json:"youngCount"`
	OldMillis        int64 `json:"oldMillis"`
	OldCount         int64 `json:"oldCount"`
	ConcurrentMillis int64 `json:"concurrentMillis"`
	ConcurrentCount  int64 `json:"concurrentCount"`
	TotalMillis      int64 `json:"totalMillis"`
	// TaskShare is the collection that tasks report in their run time, from 0 to 1: of tasks that ran at once each counts the same one.
	TaskShare float64 `json:"taskShare"`
}

// Missing is evidence that the log lacks, and what writes it in the next run.
type Missing struct {
	What string `json:"what"`
	// Setting is the property that brings it; "" where none does.
	Setting string `json:"setting,omitempty"`
}

// Metric names a metric of tasks with its unit.
type Metric string

// The metrics of tasks.
const (
	Duration       Metric = "durationMillis" // from launch to finish
	RunTime        Metric = "runMillis"
	CPUTime        Metric = "cpuNanos"
	GCTime         Metric = "gcMillis"
	Deserialize    Metric = "deserializeMillis"
	SchedulerDelay Metric = "schedulerDelayMillis"
	GettingResult  Metric = "gettingResultMillis"
	Serialize      Metric = "resultSerializationMillis"
	ResultSize     Metric = "resultBytes"
	PeakExecution  Metric = "peakExecutionMemoryBytes"
	Input          Metric = "inputBytes"
	Output         Metric = "outputBytes"
	ShuffleRead    Metric = "shuffleReadBytes"
	ShuffleWrite   Metric = "shuffleWriteBytes"
	FetchWait      Metric = "fetchWaitMillis"
	MemorySpill    Metric = "memorySpillBytes"
	DiskSpill      Metric = "diskSpillBytes"
	Data           Metric = "dataBytes" // input and shuffle read together
)

// The positions of the metrics in a task's values.
const (
	mDuration = iota
	mRunTime
	mCPUTime
	mGCTime
	mDeserialize
	mSchedulerDelay
	mGettingResult
	mSerialize
	mResultSize
	mPeakExecution
	mInput
	mOutput
	mShuffleRead
	mShuffleWrite
	mFetchWait
	mMemorySpill
	mDiskSpill
	mData
	metrics // how many there are
)

var metricNames = [metrics]Metric{Duration, RunTime, CPUTime, GCTime, Deserialize, SchedulerDelay, GettingResult, Serialize, ResultSize, PeakExecution, Input, Output, ShuffleRead, ShuffleWrite, FetchWait, MemorySpill, DiskSpill, Data}

// totals are the sums of the metrics that are summed.
func totals(v *[metrics]int64) Totals {
	return Totals{
		DurationMillis: v[mDuration], RunMillis: v[mRunTime], CPUNanos: v[mCPUTime], GCMillis: v[mGCTime],
		InputBytes: v[mInput], OutputBytes: v[mOutput], ShuffleReadBytes: v[mShuffleRead], ShuffleWriteBytes: v[mShuffleWrite],
		MemorySpillBytes: v[mMemorySpill], DiskSpillBytes: v[mDiskSpill],
	}
}

// peakNames are the names that Spark gives the metrics of executors.
var peakNames = [...]string{
	"JVMHeapMemory", "JVMOffHeapMemory", "OnHeapExecutionMemory", "OffHeapExecutionMemory", "OnHeapStorageMemory", "OffHeapStorageMemory",
	"OnHeapUnifiedMemory", "OffHeapUnifiedMemory", "DirectPoolMemory", "MappedPoolMemory",
	"ProcessTreeJVMVMemory", "ProcessTreeJVMRSSMemory", "ProcessTreePythonVMemory", "ProcessTreePythonRSSMemory", "ProcessTreeOtherVMemory", "ProcessTreeOtherRSSMemory",
	"MinorGCCount", "MinorGCTime", "MajorGCCount", "MajorGCTime", "TotalGCTime", "ConcurrentGCCount", "ConcurrentGCTime",
}

// The peaks that something is computed of, by Spark's names.
const (
	PeakHeap     = "JVMHeapMemory"
	PeakOffHeap  = "JVMOffHeapMemory"
	PeakUnified  = "OnHeapUnifiedMemory"
	PeakUnifiedX = "OffHeapUnifiedMemory"
	PeakDirect   = "DirectPoolMemory"
	PeakMapped   = "MappedPoolMemory"
	PeakJVM      = "ProcessTreeJVMRSSMemory"
	PeakPython   = "ProcessTreePythonRSSMemory"
	PeakPythonAS = "ProcessTreePythonVMemory" // address space
	PeakStored   = "OnHeapStorageMemory"
	PeakStoredX  = "OffHeapStorageMemory"
	PeakOther    = "ProcessTreeOtherRSSMemory"
	peakYoungN   = "MinorGCCount"
	peakYoung    = "MinorGCTime"
	peakOldN     = "MajorGCCount"
	peakOld      = "MajorGCTime"
	peakAll      = "TotalGCTime"
	peakConcN    = "ConcurrentGCCount"
	peakConc     = "ConcurrentGCTime"
)

// Peak is the highest value of a metric among executors, and which had it.
func (r *Run) Peak(name string) (value int64, executor string) {
	for i := range r.Each {
		if v := r.Each[i].Peaks[name]; v > value {
			value, executor = v, r.Each[i].ID
		}
	}
	return value, executor
}
