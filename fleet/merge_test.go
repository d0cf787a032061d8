package fleet

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/eventlog/source"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// realLogs is a folder with the event logs that real Spark wrote, single and rolling, some of which much could be saved, and what is none: a
// text, and the same run twice.
func realLogs(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	var logs []string
	for _, pattern := range []string{"eventlogs/*/*/spark-*", "eventlogs/*/*/eventlog_v2_*", "scaling/*/*/*", "../../script/testdata/fleet/*.gz"} {
		some, err := filepath.Glob("../test/e2e/testdata/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		logs = append(logs, some...)
	}
	if len(logs) < 40 {
		t.Fatalf("only %d logs", len(logs))
	}
	for i, log := range logs {
		target, err := filepath.Abs(log)
		if err == nil {
			err = os.Symlink(target, filepath.Join(folder, fmt.Sprintf("%s-%d", filepath.Base(log), i)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	target, err := filepath.Abs(logs[0])
	if err == nil {
		err = os.Symlink(target, filepath.Join(folder, "twice"))
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "notes.txt"), []byte("no log\n"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// reader recommends as tune does without flags.
func reader(shard Shard, right bool) *Reader {
	return &Reader{Files: eventlog.Disk{}, Shard: shard, MinRuns: 1, Right: right, Reasons: true, Flags: []string{"--min-runs=1"}, Begin: quiet, Progress: func(int, int) {},
		Recommend: func(sc *scene.Scene) (tuner.Recommendation, []string, bool) {
			in := sc.Workloads[0].Tuning()
			in.MinRuns = 1
			of, err := tuner.Recommend(in)
			return of, []string{"a note"}, err == nil
		}}
}

func quiet(string) func() { return func() {} }

// written are all forms of a fleet that a user sees.
func written(t *testing.T, r func() *report.Fleet) string {
	t.Helper()
	var out bytes.Buffer
	for _, o := range []report.Options{{Format: "table"}, {Format: "wide", Right: true}, {Format: "json"}, {Format: "table", ASCII: true, Width: 60, Right: true}} {
		if err := r().Write(&out, o); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// read reads a folder in one go.
func read(t *testing.T, folder string, right, reasons bool) *report.Fleet {
	t.Helper()
	whole := reader(Shard{}, right)
	whole.Reasons = reasons
	r, err := whole.Read(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func part(folder string, index, of int) *Part {
	return &Part{Folder: folder, Shard: index, Shards: of, MinRuns: 1, Flags: []string{"--min-runs=1"}, Run: "uid-1", Version: "v1", Written: time.Unix(1, 0).UTC()}
}

// share reads a share, and puts its result into a folder.
func share(t *testing.T, folder, results string, p *Part, right bool) {
	t.Helper()
	r, err := reader(Shard{p.Shard, p.Shards}, right).Read(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	data, err := p.Encode(r)
	if err == nil {
		err = source.Put(t.Context(), results+"/"+p.Name(), data, source.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func merger(want Part) *Merger {
	return &Merger{Files: eventlog.Disk{}, Want: want, Right: true, Reasons: true, Flags: []string{"--min-runs=1"}, Begin: quiet, Progress: func(int, int) {}}
}

// TestSharesMakeTheWhole: the results of shares, written and read again, are byte for byte what one reader makes of all logs, however many
// shares there are, and in whichever order they are read. Every log is in one share.
func TestSharesMakeTheWhole(t *testing.T) {
	folder := realLogs(t)
	for right, all := range map[bool][]int{false: {3}, true: {1, 16}} {
		want := written(t, func() *report.Fleet { return read(t, folder, right, true) })
		if !strings.Contains(want, "is of the same run as") || !strings.Contains(want, "not used: ") || !strings.Contains(want, "a run · saves ") {
			t.Fatalf("nothing is shown by\n%s", want)
		}
		for _, shares := range all {
			results := Results(folder, fmt.Sprintf("of-%d-%v", shares, right))
			for i := range shares {
				share(t, folder, results, part(folder, shares-1-i, shares), right)
			}
			share(t, folder, results, part(folder, 0, shares), right) // a pod that was started again
			merged := func(m *Merger) string {
				return written(t, func() *report.Fleet {
					r, notes, err := m.Read(t.Context(), results)
					if err != nil || len(notes) > 0 {
						t.Fatal(err, notes)
					}
					return r
				})
			}
			if got := merged(merger(*part(folder, 0, shares))); got != want {
				t.Errorf("%d shares: %s", shares, firstDifference(want, got))
			}
			if right {
				continue
			}
			short := merger(*part(folder, 0, shares))
			short.Right, short.Reasons = false, false
			want := written(t, func() *report.Fleet { return read(t, folder, false, false) })
			if got := merged(short); got != want {
				t.Errorf("%d shares without reasons: %s", shares, firstDifference(want, got))
			}
		}
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d is\n%s\nand should be\n%s", i+1, b[i], a[i])
		}
	}
	return fmt.Sprintf("%d lines, and should be %d", len(b), len(a))
}

// TestApplicationsAreDividedByTheirName: the share of a name never changes, and shares are of about the same size.
func TestApplicationsAreDividedByTheirName(t *testing.T) {
	if !(Shard{4, 8}).has("orders") || !(Shard{}).has("orders") || !(Shard{0, 1}).has("orders") {
		t.Error("the share of orders is another one than it was: pods of two versions would read twice, or not at all")
	}
	counts := make([]int, 8)
	for n := range 8000 {
		for i := range counts {
			if (Shard{i, len(counts)}).has(fmt.Sprintf("app-%d", n)) {
				counts[i]++
			}
		}
	}
	if sum := counts[0] + counts[1] + counts[2] + counts[3] + counts[4] + counts[5] + counts[6] + counts[7]; sum != 8000 || slices.Min(counts) < 850 || slices.Max(counts) > 1150 {
		t.Errorf("%v", counts)
	}
}

// TestWhatIsNoResultIsNotMerged: results of another Job, of other flags, cut ones and what others wrote are named, and the rest is shown.
func TestWhatIsNoResultIsNotMerged(t *testing.T) {
	folder, results := realLogs(t), t.TempDir()
	for i := range 4 {
		share(t, folder, results, part(folder, i, 4), false)
	}
	want := part(folder, 0, 4)
	merge := func(want *Part, failed map[int]string) (*report.Fleet, error) {
		m := merger(*want)
		m.Failed = failed
		r, _, err := m.Read(t.Context(), results)
		return r, err
	}
	whole, err := merge(want, nil)
	if err != nil || len(whole.NotRead) > 0 {
		t.Fatal(err)
	}
	path := filepath.Join(results, want.Name())
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := good[:bytes.LastIndexByte(good[:len(good)-1], '\n')+1]
	if !bytes.Contains(good, []byte(`"command":""`)) {
		t.Error("a command that a user pastes comes from a file")
	}
	for name, c := range map[string]struct {
		data   []byte
		failed map[int]string
		says   string
	}{
		"cut":      {cut, nil, "index 0 of 4, and its applications: " + path + " cannot be read: it has no end"},
		"no line":  {nil, nil, "cannot be read: it has no end"},
		"text":     {[]byte("hello\n"), nil, "cannot be read: line 1: "},
		"other":    {[]byte("{}\n"), nil, "line 1: it is not a result of this kind"},
		"moved":    {bytes.Replace(good, []byte(`"shard":0`), []byte(`"shard":1`), 1), nil, "line 1: share 1 of 4 does not belong into this file"},
		"too long": {append(slices.Clone(cut), bytes.Repeat([]byte("x"), longestLine+2)...), nil, "a line is longer than 4 MiB"},
		"gone":     {nil, map[int]string{0: "access denied (403)"}, "index 0 of 4, and its applications: access denied (403)"},
		"earlier":  {bytes.Replace(good, []byte(`"run":"uid-1"`), []byte(`"run":"uid-0"`), 1), nil, "its result is of another Job"},
		"flags":    {bytes.Replace(good, []byte(`"flags":["--min-runs=1"]`), []byte(`"flags":[]`), 1), nil, "were made with other flags"},
		"shares":   {bytes.Replace(good, []byte(`"shards":4`), []byte(`"shards":40`), 1), nil, "were made with other flags"},
		"future":   {bytes.Replace(good, []byte(`"written":"1970`), []byte(`"written":"9970`), 1), nil, "line 1: it was written at 9970-"},
		"share":    {renamed(good, elsewhere(4)), nil, `line 2: application "` + elsewhere(4) + `": it belongs to another share`},
		"twice":    {twice(good), nil, "it is there twice"},
		"no log":   {firstNumber(good, "logs", "0"), nil, "it has 0 logs"},
		"logs":     {firstNumber(good, "logs", "4611686018427387904"), nil, "it has 4611686018427387904 logs"},
		"runs":     {firstNumber(good, "wholeRuns", "9"), nil, "runs are whole"},
		"outcome":  {bytes.Replace(good, []byte(`"lastOutcome":"done"`), []byte(`"lastOutcome":"\u001b[31mfine"`), 1), nil, `its last run ended as "\x1b[31mfine"`},
		"number":   {firstNumber(good, "memoryGiBHours", "1e300"), nil, "and 1e+300 GiB·h"},
		"no now":   {regexp.MustCompile(`"now":{[^}]*},`).ReplaceAll(good, nil), nil, "its next run is there, and its last one is not"},
		"time":     {firstNumber(good, "seconds", "-1"), nil, "no run takes -1 s"},
		"huge":     {firstNumber(good, "seconds", "1e999"), nil, "cannot be read: line "},
		"a log":    {bytes.Replace(good, []byte(`"read":["`+folder), []byte(`"read":["s3a://elsewhere`), 1), nil, "is not in the folder"},
		"upwards":  {bytes.Replace(good, []byte(`"read":["`+folder), []byte(`"read":["`+folder+"/../.."), 1), nil, "is not in the folder"},
		"a reason": {bytes.Replace(cut, []byte("\n"), []byte("\n"+`{"notUsed":{"object":"a","reason":"`+strings.Repeat("x", longestText+1)+`"}}`+"\n"), 1), nil, "line 2: a text is longer than 8 KiB"},
	} {
		if bytes.Equal(good, c.data) {
			t.Errorf("%s: nothing is changed", name)
		}
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := merge(want, c.failed)
		if err != nil || len(r.NotRead) != 1 || !strings.Contains(r.NotRead[0].Reason, c.says) || len(r.Applications) == 0 || len(r.Applications) >= len(whole.Applications) {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	newest := *want
	newest.Run, newest.Shards = "", 0 // as the user's --merge knows it
	if r, err := merge(&newest, nil); err != nil || len(r.NotRead) != 1 || r.NotRead[0].Reason != "index 0 of 4, and its applications: it has no result" {
		t.Errorf("%v, %+v", err, r)
	}
	other := *want
	other.Flags = nil
	if _, err := merge(&other, nil); err == nil || !strings.Contains(err.Error(), "were made with other flags or of another folder") {
		t.Error(err)
	}
	if _, _, err := merger(newest).Read(t.Context(), t.TempDir()); err == nil || err.Error() != "it holds no result" {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := merger(newest).Read(ctx, results); err == nil {
		t.Error("it does not end")
	}
}

// elsewhere is the name of an application that is not in the first share.
func elsewhere(shares int) string {
	for i := 0; ; i++ {
		if name := fmt.Sprintf("other-%d", i); !(Shard{0, shares}).has(name) {
			return name
		}
	}
}

// renamed is a result whose first application has another name.
func renamed(good []byte, name string) []byte {
	at := regexp.MustCompile(`{"application":{"name":"[^"]*"`).FindIndex(good)
	return slices.Concat(good[:at[0]], []byte(`{"application":{"name":"`+name+`"`), good[at[1]:])
}

// twice is a result with its first application twice.
func twice(good []byte) []byte {
	lines := bytes.SplitAfter(good, []byte("\n"))
	n := len(lines) - 2 // the end; what follows its line is empty
	lines[n] = fmt.Appendf(nil, `{"end":%d}`+"\n", n+1)
	return bytes.Join(slices.Insert(lines, 1, lines[1]), nil)
}

// firstNumber is a result whose first number of a name is another one.
func firstNumber(good []byte, name, number string) []byte {
	at := regexp.MustCompile(`"` + name + `":[-0-9.e+]+`).FindIndex(good)
	if at == nil {
		return good
	}
	return slices.Concat(good[:at[0]], []byte(`"`+name+`":`+number), good[at[1]:])
}

// TestAResultHoldsNoSecret: what others may read holds none, with or without --show-secrets.
func TestAResultHoldsNoSecret(t *testing.T) {
	r := &report.Fleet{Applications: []report.FleetApplication{{TunedWorkload: report.TunedWorkload{Name: "a", Recommendation: tuner.Recommendation{
		Settings: []tuner.Setting{{Name: "spark.hadoop.fs.s3a.secret.key", Now: "s3cr3t-value", Recommended: "x"}}}}, Logs: 1, LastOutcome: "done", Read: []string{"f/a"}}},
		NotUsed: []report.NotChecked{{Reason: "https://user:s3cr3t-value@host/x: no"}}}
	data, err := part("f", 0, 1).Encode(r)
	if err != nil || bytes.Contains(data, []byte("s3cr3t-value")) {
		t.Errorf("%v: %s", err, data)
	}
	keep := func(*report.FleetApplication) {}
	again, err := (&decoder{left: longestResult, accept: func(*Part) error { return nil }, keep: keep}).decode(bytes.NewReader(data))
	if err != nil || len(again.applications) != 1 || len(again.notUsed) != 1 {
		t.Fatalf("%v, %+v", err, again)
	}
	twice, err := part("f", 0, 1).Encode(&report.Fleet{Applications: again.applications, NotUsed: again.notUsed})
	if err != nil || !bytes.Equal(data, twice) {
		t.Errorf("%s\nthen\n%s", data, twice)
	}
}
