package eventlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/test/events"
)

// most is what reading a log may have in use beyond what was in use before, in bytes.
const most = 100 << 20

// readWithin reads a log, and fails where it takes more memory than it may.
func readWithin(t *testing.T, in io.Reader) (*Log, error) {
	t.Helper()
	var before, during uint64
	now := heap(t, &before)
	for range 16 {
		now(0, 0)
	}
	log, err := Read(t.Context(), "-", in, heap(t, &during))
	if during > before+most {
		t.Errorf("%d MiB more in use than before", (during-before)>>20)
	}
	return log, err
}

// TestAWrongCodecIsSaid: each codec's beginning before each other's data, and before text.
func TestAWrongCodecIsSaid(t *testing.T) {
	data := small(t)
	for _, one := range packers {
		for _, other := range packers {
			if one == other || one == "none" {
				continue
			}
			packed := pack(t, one, data)
			head := min(len(packed), map[string]int{"zstd": 4, "lz4": 8, "snappy": 16, "lzf": 2, "gzip": 2}[one])
			wrong := append(bytes.Clone(packed[:head]), pack(t, other, data)...)
			log, err := readWithin(t, bytes.NewReader(wrong))
			switch {
			case err == nil:
				t.Errorf("%s in front of %s: %+v", one, other, log.Reading)
			case !strings.HasPrefix(err.Error(), "standard input") || strings.Contains(err.Error(), "\n"):
				t.Errorf("%s in front of %s: %v", one, other, err)
			case !strings.Contains(err.Error(), "damaged") && !strings.Contains(err.Error(), "not an event log of Spark") && !strings.Contains(err.Error(), "ends within compressed data") && !strings.Contains(err.Error(), "window is larger"):
				t.Errorf("%s in front of %s: %v", one, other, err)
			}
		}
	}
}

// TestOneLineOf200MB: of a log that is one line nothing can be said, and the error says so in bounded memory; in each codec.
func TestOneLineOf200MB(t *testing.T) {
	const size = 200_000_000
	start := `{"Event":"SparkListenerApplicationStart","App Name":"`
	log, err := readWithin(t, &endless{head: start, repeat: 'x', n: size, tail: `","App ID":"spark-1","Timestamp":1}` + "\n"})
	if want := "standard input holds no event that can be read: longer than 32 MiB: 1"; err == nil || err.Error() != want {
		t.Errorf("%v, %+v", err, log)
	}
	// Cut within the line, and nested as deep as it is long.
	for _, e := range []*endless{{head: start, repeat: 'x', n: size}, {head: `{"Event":"SparkListenerTaskEnd","Task Info":`, repeat: '[', n: size}, {head: "{", repeat: '{', n: size}} {
		if _, err := readWithin(t, e); err == nil || !strings.HasPrefix(err.Error(), "standard input") || len(err.Error()) > 200 {
			t.Error(err)
		}
	}
	// One that is just short enough is read.
	data := small(t)
	cut := bytes.IndexByte(data, '\n') + 1
	log, err = readWithin(t, &endless{head: string(data[:cut]) + `{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate","x":"`, repeat: 'x', n: maxLine - 200, tail: "\"}\n" + string(data[cut:])})
	if err != nil || !log.Reading.Complete {
		t.Errorf("%v, %+v", err, log)
	}
}

// TestAClockThatJumps: times that go back make no duration negative, and are counted.
func TestAClockThatJumps(t *testing.T) {
	data := sample(t, events.Shape{Executors: 2, Stages: 2, Tasks: 20})
	for name, replace := range map[string][2]string{
		"an hour back at each finish":  {`"Finish Time":17600`, `"Finish Time":17564`},
		"an end before the start":      {`"SparkListenerApplicationEnd","Timestamp":1760`, `"SparkListenerApplicationEnd","Timestamp":1`},
		"stages end before they begin": {`"Completion Time":1760`, `"Completion Time":1`},
		"executors of no time":         {`"Timestamp":1760000002000`, `"Timestamp":0`},
	} {
		log, err := readWithin(t, bytes.NewReader(bytes.ReplaceAll(data, []byte(replace[0]), []byte(replace[1]))))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := log.Run
		if r.Seconds < 0 || r.UsedShare < 0 || r.UsedShare > 1 || r.Totals.DurationMillis < 0 || r.Tasks.Succeeded != 40 {
			t.Errorf("%s: %v s, share %v, %+v, %+v", name, r.Seconds, r.UsedShare, r.Totals, r.Tasks)
		}
		for _, s := range r.Stages {
			for metric, d := range s.Quantiles {
				if d.Max < 0 {
					t.Errorf("%s: %s of stage %d is %d", name, metric, s.ID, d.Max)
				}
			}
		}
		if strings.Contains(name, "finish") {
			if r.Odd["tasks that end before they begin"] == 0 {
				t.Errorf("%s: not counted: %v", name, r.Odd)
			}
		}
	}
}

// TestANumberThatNoRunHasIsRefused: the event is not counted, its field is said once with the line of the first, and the log is not whole. Nothing
// that is shown of the run holds such a number.
func TestANumberThatNoRunHasIsRefused(t *testing.T) {
	data := sample(t, events.Shape{Executors: 2, Stages: 2, Tasks: 20})
	for name, c := range map[string]struct{ old, with, says string }{
		"before 1970":    {`"Finish Time":1760`, `"Finish Time":-1760`, `"Finish Time" of SparkListenerTaskEnd is -1760`},
		"in the future":  {`"Finish Time":1760`, `"Finish Time":9001760`, `"Finish Time" of SparkListenerTaskEnd is 9001760`},
		"too large":      {`"Finish Time":`, `"Finish Time":99999999999999999999`, "of SparkListenerTaskEnd is above 9223372036854775807, or no whole number, which no run has; such events are not counted: 42"},
		"year 292 M":     {`"Submission Time":1760`, `"Submission Time":9223372036854775807,"x":1`, `"Submission Time" of SparkListenerJobStart is above 9223372036854775807`},
		"cores":          {`"Total Cores":2`, `"Total Cores":1152921504606846976`, `"Total Cores" of SparkListenerExecutorAdded is 1152921504606846976, which no run has; such events are not counted: 2`},
		"tasks":          {`"Number of Tasks":20`, `"Number of Tasks":1152921504606846976`, `"Number of Tasks" of SparkListenerStageSubmitted is 1152921504606846976`},
		"a job":          {`"Job ID":1`, `"Job ID":-5`, `"Job ID" of SparkListenerJobEnd is -5`},
		"a metric":       {`"JVM GC Time":`, `"JVM GC Time":1e9`, `"JVM GC Time" of SparkListenerTaskEnd is above`},
		"no number":      {`"Executor Run Time":`, `"Executor Run Time":NaN,"x":`, `"Executor Run Time" of SparkListenerTaskEnd is above`},
		"a peak":         {`"JVMHeapMemory":`, `"JVMHeapMemory":Infinity,"x":`, `"JVMHeapMemory" of SparkListenerStageExecutorMetrics is above`},
		"an amount":      {`"Amount":2048`, `"Amount":1e300`, `"Amount" of SparkListenerResourceProfileAdded is above`},
		"cores of tasks": {`"Amount":1.0`, `"Amount":1000000`, `"Amount" of SparkListenerResourceProfileAdded is 1000000`},
		"the end":        {`"SparkListenerApplicationEnd","Timestamp":`, `"SparkListenerApplicationEnd","Timestamp":-`, `"Timestamp" of SparkListenerApplicationEnd is -1760`},
	} {
		hostile := bytes.ReplaceAll(data, []byte(c.old), []byte(c.with))
		if bytes.Equal(hostile, data) {
			t.Errorf("%s: nothing is changed", name)
		}
		log, err := readWithin(t, bytes.NewReader(hostile))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if said := strings.Join(log.Reading.Incomplete, "\n"); !strings.Contains(said, c.says) || !strings.HasPrefix(said, "standard input:") || log.Reading.Complete {
			t.Errorf("%s: %s", name, said)
		}
		sensible(t, &log.Run)
	}
	start := bytes.ReplaceAll(data, []byte(`"App ID":"spark-0123456789abcdef","Timestamp":`), []byte(`"App ID":"spark-0123456789abcdef","Timestamp":99999`))
	if _, err := readWithin(t, bytes.NewReader(start)); err == nil || !strings.Contains(err.Error(), `standard input:5: "Timestamp" of SparkListenerApplicationStart is 999991760000000000, which no run has: without the application's start nothing can be said`) {
		t.Error(err)
	}
}

// sensible fails where a run has a number that none has.
func sensible(t *testing.T, run *model.Run) {
	t.Helper()
	if _, err := json.Marshal(run); err != nil {
		t.Error(err) // of a number that is infinite
	}
	const most = 1 << 50
	year := run.Application.Started.AddDate(100, 0, 0)
	for _, e := range run.Each {
		if e.Cores < 0 || e.Cores > 100_000 || e.Added.After(year) || e.Removed.After(year) || e.UnifiedOnHeap < 0 || e.UnifiedOnHeap > most {
			t.Errorf("%+v", e)
		}
		for name, v := range e.Peaks {
			if v < 0 || v > most {
				t.Errorf("%s: %d", name, v)
			}
		}
	}
	for _, j := range run.Jobs {
		if j.ID < 0 || j.ID > math.MaxInt32 || j.Submitted.After(year) || j.Completed.After(year) {
			t.Errorf("%+v", j)
		}
	}
	for _, s := range run.Stages {
		if s.ID < 0 || s.Planned < 0 || s.Planned > math.MaxInt32 || s.Submitted.After(year) || s.Completed.After(year) {
			t.Errorf("%+v", s)
		}
		for metric, d := range s.Quantiles {
			if d.Min < 0 || d.Max < d.Min || metric != model.CPUTime && d.Max > 2*most {
				t.Errorf("%s of stage %d: %+v", metric, s.ID, d)
			}
		}
	}
	for _, p := range run.Profiles {
		for _, amounts := range []map[string]float64{p.Executor, p.Task} {
			for name, x := range amounts {
				if !(x >= 0 && x <= 1<<30) {
					t.Errorf("%s: %v", name, x)
				}
			}
		}
	}
	if run.Seconds < 0 || run.Seconds > 1e10 || run.UsedShare < 0 || run.UsedShare > 1 || run.Totals.DurationMillis < 0 || run.Tasks.Succeeded < 0 {
		t.Errorf("%v s, %v, %+v, %+v", run.Seconds, run.UsedShare, run.Totals, run.Tasks)
	}
}

// TestEventsOutOfOrder: the tasks come before their stage, the executors last, and the start at the end; the run is the same but for what
// order alone can tell.
func TestEventsOutOfOrder(t *testing.T) {
	data := sample(t, events.Shape{Executors: 2, Stages: 2, Tasks: 20})
	want := good(t, data).Run
	lines := strings.SplitAfter(strings.TrimSuffix(string(data), "\n"), "\n")
	var back strings.Builder
	for i := len(lines) - 1; i >= 0; i-- {
		back.WriteString(strings.TrimSuffix(lines[i], "\n") + "\n")
	}
	got, err := readWithin(t, strings.NewReader(back.String()))
	if err != nil {
		t.Fatal(err)
	}
	if got.Run.Tasks != want.Tasks || got.Run.Totals != want.Totals || got.Run.Seconds != want.Seconds || len(got.Run.Stages) != len(want.Stages) || len(got.Run.Jobs) != len(want.Jobs) {
		t.Errorf("%+v\n%+v", got.Run.Tasks, want.Tasks)
	}
	// Twice the same file is no second application, and is said.
	twice, err := readWithin(t, io.MultiReader(bytes.NewReader(data), bytes.NewReader(data)))
	if err != nil || twice.Run.Odd["applications that start twice"] != 1 {
		t.Errorf("%v, %+v", err, twice)
	}
}

// TestZeroTasks: an application that ran none is a run, and each share and quantile of it is 0 or missing.
func TestZeroTasks(t *testing.T) {
	for _, shape := range []events.Shape{{Executors: 2}, {}, {Executors: 1, Stages: 1}} {
		log, err := readWithin(t, bytes.NewReader(sample(t, shape)))
		if err != nil {
			t.Fatal(err)
		}
		r := log.Run
		said := fmt.Sprint(r.Missing)
		if r.Tasks.Succeeded != 0 || r.UsedShare != 0 || r.GC.TaskShare != 0 || !strings.Contains(said, "none has ended") {
			t.Errorf("%+v: %+v, %s", shape, r.Tasks, said)
		}
		for _, s := range r.Stages {
			if len(s.Quantiles) > 0 || s.Skew != 0 {
				t.Errorf("%+v", s)
			}
		}
	}
}

// TestMixedApplications: in one file, in one stream of several codecs' members, and in a folder.
func TestMixedApplications(t *testing.T) {
	one, other := small(t), sample(t, events.Shape{ID: "spark-other", Executors: 1, Stages: 1, Tasks: 1})
	for _, codec := range packers {
		_, err := readWithin(t, io.MultiReader(bytes.NewReader(pack(t, codec, one)), bytes.NewReader(pack(t, codec, other))))
		if err == nil || !strings.Contains(err.Error(), "the log holds events of two applications, spark-0123456789abcdef and spark-other; give the log of one") {
			t.Errorf("%s: %v", codec, err)
		}
	}
}

// numbers are those of the members of an event.
var numbers = regexp.MustCompile(`:[0-9]+([,}])`)

// FuzzDecoder gives the decoder of events any lines in a log that is sound: it ends, in bounded memory, with sums that are no nonsense.
func FuzzDecoder(f *testing.F) {
	data := tiny(f)
	cut := bytes.Index(data, []byte(`{"Event":"SparkListenerExecutorAdded"`))
	for _, line := range bytes.SplitAfter(data[cut:], []byte("\n")) {
		f.Add(line)
		for _, number := range []string{"1152921504606846976", "99999999999999999999", "-7", "1e300", "NaN", "Infinity", "-Infinity", "9223372036854775807"} {
			f.Add(numbers.ReplaceAll(line, []byte(":"+number+"$1")))
		}
	}
	f.Fuzz(func(t *testing.T, lines []byte) {
		log, err := read(t, append(bytes.Clone(data[:cut]), lines...))
		switch {
		case err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "standard input")):
			t.Errorf("%q", err)
		case err == nil:
			sensible(t, &log.Run)
		}
	})
}
