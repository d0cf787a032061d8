package eventlog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-spark/kubectl-spark/test/events"
)

// sample is the log of a small application.
func sample(t testing.TB, s events.Shape) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := events.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func small(t testing.TB) []byte {
	return sample(t, events.Shape{Executors: 2, Stages: 2, Tasks: 20, Accumulators: 5})
}

// tiny is one that can be read thousands of times.
func tiny(t testing.TB) []byte { return sample(t, events.Shape{Executors: 1, Stages: 1, Tasks: 3}) }

// write writes files into a new folder, and returns it.
func write(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t testing.TB, data []byte) (*Log, error) {
	t.Helper()
	return Read(t.Context(), "-", bytes.NewReader(data), nil)
}

// good is what is read of bytes that can be read.
func good(t testing.TB, data []byte) *Log {
	t.Helper()
	log, err := read(t, data)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// goodFile is good of a file or folder.
func goodFile(t testing.TB, name string) *Log {
	t.Helper()
	log, err := Read(t.Context(), name, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// TestEveryFormSaysTheSame: codec, name, folder and standard input do not change what a log says.
func TestEveryFormSaysTheSame(t *testing.T) {
	data := small(t)
	want := good(t, data)
	if !want.Reading.Complete || want.Run.Seconds != 7.3 || want.Run.Executors != 2 || want.Run.Tasks.Succeeded != 40 || want.Run.Tasks.Failed != 2 {
		t.Fatalf("%+v\n%+v", want.Reading, want.Run)
	}
	cut := bytes.IndexByte(data[len(data)/2:], '\n') + len(data)/2 + 1
	for _, codec := range packers {
		t.Run(codec, func(t *testing.T) {
			one := pack(t, codec, data)
			dir := write(t, map[string][]byte{
				"wrong.name":                               one,
				"eventlog_v2_app/events_1_app.x":           pack(t, codec, data[:cut]),
				"eventlog_v2_app/events_10_app.x":          pack(t, codec, data[cut:]),
				"eventlog_v2_app/.events_10_app.x.crc":     []byte("crc"),
				"eventlog_v2_app/appstatus_app.inprogress": nil,
			})
			// Numbers order the files, not their names.
			for i := 2; i < 10; i++ {
				if err := os.WriteFile(filepath.Join(dir, "eventlog_v2_app", fmt.Sprintf("events_%d_app.x", i)), pack(t, codec, []byte("\n")), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			calls := 0
			progress := func(read, total int64) {
				if calls++; read > total || total == 0 {
					t.Errorf("%d of %d bytes", read, total)
				}
			}
			for _, c := range []struct {
				name  string
				files int
			}{{"wrong.name", 1}, {"eventlog_v2_app", 10}, {"-", 1}} {
				name := c.name
				var got *Log
				if name == "-" {
					got = good(t, one)
				} else {
					var err error
					if got, err = Read(t.Context(), filepath.Join(dir, name), nil, progress); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(want.Run, got.Run); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
				if g := got.Reading; g.Codec != codec || g.Files != c.files || !g.Complete || g.Events != want.Reading.Events || g.Unread != 0 || g.LastEvent != "SparkListenerApplicationEnd" {
					t.Errorf("%s: %+v", name, g)
				}
			}
			if calls < 11 {
				t.Errorf("progress was told %d times", calls)
			}
		})
	}
}

// TestACompactedLogBeginsWithItsLastCompactedFile: what stands before is in it, and that events are missing is said.
func TestACompactedLogBeginsWithItsLastCompactedFile(t *testing.T) {
	data := small(t)
	cut := bytes.IndexByte(data[len(data)/2:], '\n') + len(data)/2 + 1
	dir := write(t, map[string][]byte{
		"events_1_app":             []byte("not read"),
		"events_2_app":             []byte("not read"),
		"events_2_app.compact":     data[:cut],
		"events_3_app.zstd":        pack(t, "zstd", data[cut:]),
		"appstatus_app":            nil,
		"events_of_something_else": []byte("x"),
	})
	got := goodFile(t, dir)
	if r := got.Reading; r.Codec != "none, zstd" || r.Files != 2 || r.Complete || len(r.Incomplete) != 1 || !strings.Contains(r.Incomplete[0], "compacted") {
		t.Errorf("%+v", r)
	}
}

// TestACutLogIsReadAsFarAsItGoes cuts a log at every tenth byte: the answer says what was not read, or the error names the file.
func TestACutLogIsReadAsFarAsItGoes(t *testing.T) {
	data := tiny(t)
	all := int64(bytes.Count(data, []byte("\n")))
	for _, codec := range packers {
		whole := pack(t, codec, data)
		path := filepath.Join(t.TempDir(), "log")
		answers, last := 0, all
		for n := len(whole) - 1; n > 0; n -= 10 {
			if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			log, err := Read(t.Context(), path, nil, nil)
			if err != nil {
				if !strings.HasPrefix(err.Error(), path) {
					t.Errorf("%s, %d bytes: %v", codec, n, err)
				}
				continue
			}
			answers++
			r := log.Reading
			if r.Events > last || r.Bytes != int64(n) || r.Unread > int64(n) || r.LastEvent == "" {
				t.Fatalf("%s, %d of %d bytes, at most %d events: %+v", codec, n, len(whole), last, r)
			}
			last = r.Events
			if ended := !log.Run.Application.Ended.IsZero(); r.Complete && !ended || ended != (r.Events == all) || !ended && !strings.Contains(log.Run.Missing[0].What, "end of the application") {
				t.Errorf("%s, %d of %d bytes: %+v, %+v", codec, n, len(whole), r, log.Run.Missing)
			}
			if tail := int64(n - 1 - bytes.LastIndexByte(whole[:n], '\n')); codec == "none" && r.Unread != tail && whole[n] != '\n' {
				t.Errorf("%d of %d bytes not read, not %d", r.Unread, n, tail)
			}
			if len(r.Incomplete) == 0 && (r.Unread > 0 || codec == "gzip") {
				t.Errorf("%s, %d bytes: %+v", codec, n, r)
			}
		}
		if codec == "none" && answers < len(data)/20 {
			t.Errorf("%d answers", answers)
		}
	}
}

// TestADamagedLogIsAnAnswerOrAnError turns every tenth byte over.
func TestADamagedLogIsAnAnswerOrAnError(t *testing.T) {
	data := tiny(t)
	for _, codec := range packers {
		whole := pack(t, codec, data)
		damaged, noticed := 0, 0
		for at := 0; at < len(whole); at += 10 {
			broken := bytes.Clone(whole)
			broken[at] ^= 0xff
			log, err := read(t, broken)
			damaged++
			if err != nil || !log.Reading.Complete {
				noticed++
			}
			if err != nil && !strings.Contains(err.Error(), "standard input") {
				t.Errorf("%s at %d: %v", codec, at, err)
			}
		}
		t.Logf("%s: %d of %d noticed", codec, noticed, damaged)
		if (codec == "zstd" || codec == "lz4" || codec == "gzip") && noticed < damaged { // those with checksums
			t.Errorf("%s: %d of %d noticed", codec, noticed, damaged)
		}
	}
}

func TestWhatIsNoLogIsOneClearError(t *testing.T) {
	data := small(t)
	other := sample(t, events.Shape{ID: "spark-other", Executors: 1, Stages: 1, Tasks: 1})
	second := bytes.Replace(data, []byte(`"User":"somebody"`), []byte(`"User":"somebody","App Attempt ID":"2"`), 1)
	first := bytes.Replace(data, []byte(`"User":"somebody"`), []byte(`"User":"somebody","App Attempt ID":"1"`), 1)
	for _, c := range []struct {
		name  string
		files map[string][]byte
		want  string
	}{
		{"text", map[string][]byte{"log": []byte("hello\n")}, `log is not an event log of Spark: it begins with "hello\n"`},
		{"binary", map[string][]byte{"log": []byte("\x7fELF\x02\x01\x01")}, `begins with "\x7fELF`},
		{"empty", map[string][]byte{"log": nil}, "log is empty"},
		{"blank", map[string][]byte{"log": []byte("{")}, "its first line begins with \"{\""},
		{"JSON", map[string][]byte{"log": []byte(`{"kind":"Pod"}` + "\n")}, `its first line begins with "{\"kind\":\"Pod\"}"`},
		{"JSON, compressed", map[string][]byte{"log": pack(t, "lz4", []byte(`{"kind":"Pod"}`))}, `its first line begins with "{\"kind\"`},
		{"compressed twice", map[string][]byte{"log": pack(t, "zstd", pack(t, "gzip", data))}, `its first line begins with "\x1f\x8b`},
		{"events of something", map[string][]byte{"log": []byte(`{"Event":"x"}` + "\n")}, "none of 1 events is the application's start"},
		{"a later file", map[string][]byte{"events_2_app": data[bytes.Index(data, []byte(`{"Event":"SparkListenerJobStart`)):]}, "is the application's start: the log begins before"},
		{"two applications", map[string][]byte{"log": append(bytes.Clone(data), other...)}, "holds events of two applications, spark-0123456789abcdef and spark-other"},
		{"two attempts", map[string][]byte{"log": append(bytes.Clone(first), second...)}, "attempt 1 and spark-0123456789abcdef attempt 2"},
		{"no log", map[string][]byte{"a/b": data}, "holds no event log"},
		{"many logs", map[string][]byte{"a": data, "b": data, "c": data, "d": data}, "holds 4 files that may be event logs; give one of them: a, b, c, ..."},
		{"files of two", map[string][]byte{"events_1_a": data, "events_1_b": other}, "holds files of 2 applications"},
		{"one twice", map[string][]byte{"events_1_a": data, "events_1_a.zstd": data}, "holds file 1 twice: events_1_a and events_1_a.zstd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := write(t, c.files)
			if len(c.files) == 1 && c.files["log"] != nil || c.name == "empty" {
				name = filepath.Join(name, "log")
			}
			log, err := Read(t.Context(), name, nil, nil)
			if err == nil {
				t.Fatalf("%+v", log.Reading)
			}
			if !strings.HasPrefix(err.Error(), name) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := Read(t.Context(), filepath.Join(t.TempDir(), "none"), nil, nil); err == nil || !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestAGapIsSaid: a rolling log without one of its files.
func TestAGapIsSaid(t *testing.T) {
	data := small(t)
	dir := write(t, map[string][]byte{"events_1_a": data, "events_4_a": []byte(`{"Event":"SparkListenerLogStart","Spark Version":"4.3.0"}` + "\n")})
	if got := goodFile(t, dir).Reading; got.Complete || len(got.Incomplete) != 1 || !strings.Contains(got.Incomplete[0], "events_2_* and up to 3 are missing") {
		t.Errorf("%+v", got)
	}
}

// TestAnEmptyFileBetweenOthersIsSaid, and one that Spark still compacts is passed over.
func TestAnEmptyFileBetweenOthersIsSaid(t *testing.T) {
	end := []byte(`{"Event":"SparkListenerLogStart","Spark Version":"4.3.0"}` + "\n")
	dir := write(t, map[string][]byte{"events_1_a": small(t), "events_2_a": nil, "events_3_a": end, "events_3_a.compact.inprogress": end})
	if got := goodFile(t, dir).Reading; got.Complete || got.Files != 3 || len(got.Incomplete) != 1 || !strings.Contains(got.Incomplete[0], "events_2_a is empty") {
		t.Errorf("%+v", got)
	}
}

// TestALineThatIsNoEventIsCounted, and the first of them is named.
func TestALineThatIsNoEventIsCounted(t *testing.T) {
	lines := bytes.SplitAfter(small(t), []byte("\n"))
	lines[8] = []byte("{\"Event\":\"SparkListenerTaskEnd\",\"Stage ID\":\n")
	lines[9] = []byte("\x00\xff\n")
	got := good(t, bytes.Join(lines, nil)).Reading
	if got.Complete || len(got.Incomplete) != 1 || !strings.Contains(got.Incomplete[0], "lines that are not events: 2; the first is standard input:9: not JSON at byte 43 of the line") {
		t.Errorf("%+v", got)
	}
}
