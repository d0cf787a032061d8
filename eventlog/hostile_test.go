package eventlog

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/test/events"
)

// most is what reading a log may have in use beyond what was in use before, in bytes.
const most = 100 << 20

// readWithin reads a log, and fails where it takes more memory than it may.
func readWithin(t *testing.T, in io.Reader) (*Log, error) {
	t.Helper()
	var before, during uint64
	now := heap(&before)
	for range 16 {
		now(0, 0)
	}
	log, err := Read(t.Context(), "-", in, heap(&during))
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

// TestAClockThatJumps: times that go back, and those before 1970 or far in the future, make no duration negative, and are counted.
func TestAClockThatJumps(t *testing.T) {
	data := sample(t, events.Shape{Executors: 2, Stages: 2, Tasks: 20})
	for name, replace := range map[string][2]string{
		"an hour back at each finish":  {`"Finish Time":17600`, `"Finish Time":17564`},
		"before 1970":                  {`"Finish Time":1760`, `"Finish Time":-1760`},
		"far in the future":            {`"Finish Time":1760`, `"Finish Time":9001760`},
		"larger than any number":       {`"Finish Time":`, `"Finish Time":99999999999999999999`},
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
		if strings.Contains(name, "finish") || strings.Contains(name, "1970") {
			if r.Odd["tasks that end before they begin"] == 0 {
				t.Errorf("%s: not counted: %v", name, r.Odd)
			}
		}
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

// FuzzDecoder gives the decoder of events any lines in a log that is sound: it ends, in bounded memory, with sums that are no nonsense.
func FuzzDecoder(f *testing.F) {
	data := tiny(f)
	cut := bytes.Index(data, []byte(`{"Event":"SparkListenerExecutorAdded"`))
	for _, line := range bytes.SplitAfter(data[cut:], []byte("\n")) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, lines []byte) {
		log, err := read(t, append(bytes.Clone(data[:cut]), lines...))
		switch {
		case err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "standard input")):
			t.Errorf("%q", err)
		case err == nil && (log.Run.Seconds < 0 || log.Run.UsedShare < 0 || log.Run.Totals.DurationMillis < 0 || log.Run.Tasks.Succeeded < 0):
			t.Errorf("%+v", log.Run)
		}
	})
}
