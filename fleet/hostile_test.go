package fleet

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// TestOneResultOfAnotherJobHidesNoOthers: without a Job to ask, the newest result says which Job is shown; the results of others take the
// check mark. One that is newer by a clock that is wrong, or has other flags, does not decide.
func TestOneResultOfAnotherJobHidesNoOthers(t *testing.T) {
	folder, results := t.TempDir(), t.TempDir()
	write := func(change func(*Part), index, of int) {
		t.Helper()
		p := part(folder, index, of)
		change(p)
		data, err := p.Encode(&report.Fleet{NotUsed: []report.NotChecked{{Object: p.Run, Reason: p.Run}}})
		if err == nil {
			err = os.WriteFile(filepath.Join(results, p.Name()), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	same := func(*Part) {}
	merge := func() *report.Fleet {
		t.Helper()
		want := *part(folder, 0, 0)
		want.Run = ""
		r, _, err := merger(want).Read(t.Context(), results)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for i := range 4 {
		write(same, i, 4)
	}
	if r := merge(); len(r.NotUsed) != 4 || r.Unanswered() != 0 {
		t.Fatalf("%+v", r)
	}
	for name, change := range map[string]func(*Part){
		"a clock":     func(p *Part) { p.Written = time.Now().Add(48 * time.Hour) },
		"other flags": func(p *Part) { p.Flags, p.Written = nil, time.Now() },
		"a folder":    func(p *Part) { p.Folder, p.Written = "s3a://elsewhere", time.Now() },
	} {
		write(func(p *Part) { p.Run = "uid-2"; change(p) }, 0, 1)
		if r := merge(); len(r.NotUsed) != 3 || r.NotUsed[0].Object != "uid-1" || len(r.NotRead) != 1 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	write(func(p *Part) { p.Run, p.Written = "uid-2", time.Now() }, 0, 1)
	if r := merge(); len(r.NotUsed) != 1 || r.NotUsed[0].Object != "uid-2" || len(r.NotRead) != 3 || r.NotRead[2].Reason != "index 3, and the Job read has 1: its result is of another Job" {
		t.Errorf("%+v", r)
	}
}

// TestResultsTakeBoundedMemory: what others write is not read without end.
func TestResultsTakeBoundedMemory(t *testing.T) {
	folder, results := t.TempDir(), t.TempDir()
	data, err := part(folder, 0, 1).Encode(&report.Fleet{})
	if err == nil {
		err = os.WriteFile(filepath.Join(results, "part-00000.jsonl"), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := &decoder{left: int64(len(data)) - 5, accept: func(*Part) error { return nil }, keep: func(*report.FleetApplication) {}}
	if _, err := d.decode(bytes.NewReader(data)); err == nil || !strings.HasSuffix(err.Error(), "all results together are longer than 2048 MiB") || d.left != 0 {
		t.Errorf("%v, %d left", err, d.left)
	}
	var many bytes.Buffer
	many.Write(data[:bytes.IndexByte(data, '\n')+1])
	for range mostLines + 1 {
		many.WriteString(`{"notUsed":{}}` + "\n")
	}
	d.left = longestResults
	if _, err := d.decode(&many); err == nil || !strings.Contains(err.Error(), "it has more than 300000 lines") {
		t.Error(err)
	}
	r := quietReader()
	r.MinRuns = math.MaxInt
	if lookedAt(r.MinRuns) < 1 {
		t.Error("no log is looked at")
	}
}

// TestNoTextOfAResultReachesATerminal as it is: whatever a field of an application holds, it is clean where it is printed.
func TestNoTextOfAResultReachesATerminal(t *testing.T) {
	const hostile = "a\x1b]0;b\x07\u202ec"
	one := report.FleetApplication{}
	each(reflect.ValueOf(&one).Elem(), true, func(v reflect.Value) { v.SetString(hostile) })
	one.LastOutcome, one.Logs, one.Read, one.Runs, one.WholeRuns, one.UnusedRuns = "done", 1, []string{"f/" + hostile}, 1, 1, 0
	first, end := line{Kind: resultKind, Part: part("f", 0, 1)}, 3
	var data bytes.Buffer
	e := json.NewEncoder(&data)
	for _, l := range []line{first, {Application: &one, Read: one.Read}, {NotUsed: &report.NotChecked{Object: hostile, Reason: hostile}}, {End: &end}} {
		if err := e.Encode(l); err != nil {
			t.Fatal(err)
		}
	}
	results := t.TempDir()
	if err := os.WriteFile(filepath.Join(results, "part-00000.jsonl"), data.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r, _, err := merger(*part("f", 0, 1)).Read(t.Context(), results)
	if err != nil || len(r.Applications) != 1 || len(r.Applications[0].Settings) != 1 {
		t.Fatalf("%v, %+v", err, r)
	}
	if err := r.Write(io.Discard, report.Options{Format: "wide", Right: true}); err != nil {
		t.Fatal(err)
	}
	r.Applications[0].Read = nil // in the command alone
	each(reflect.ValueOf(r).Elem(), false, func(v reflect.Value) {
		if clean.Text(v.String()) != v.String() {
			t.Errorf("%q", v.String())
		}
	})
}

// FuzzResult gives the decoder of results any bytes: what it takes can be shown in every form.
func FuzzResult(f *testing.F) {
	one := report.FleetApplication{Logs: 1, LastOutcome: "done", Now: &report.FleetRun{Seconds: 1, MemoryGiBHours: 1}, Next: &report.FleetRun{Seconds: 1}, Read: []string{"f/a"}}
	one.Name, one.Settings = "a", []tuner.Setting{{Name: "spark.executor.memory", Now: "1g", Recommended: "2g", Verdict: tuner.Change}}
	data, err := part("f", 0, 1).Encode(&report.Fleet{Applications: []report.FleetApplication{one}, NotUsed: []report.NotChecked{{Object: "b", Reason: "c"}}, Unread: []report.NotChecked{{Object: "d", Reason: "e"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	for _, number := range []string{"-1", "1e300", "9223372036854775807", "null", `"x"`, "[]"} {
		f.Add(regexp.MustCompile(`:[0-9.]+([,}])`).ReplaceAll(data, []byte(":"+number+"$1")))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := (&decoder{left: longestResults, accept: part("f", 0, 1).refuse, keep: func(*report.FleetApplication) {}}).decode(bytes.NewReader(data))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q", err)
			}
			return
		}
		for _, format := range []string{"table", "wide", "json"} {
			var out bytes.Buffer
			fleet := report.Fleet{Applications: r.applications, NotUsed: r.notUsed, Unread: r.unread}
			if err := fleet.Write(&out, report.Options{Format: format, Right: true}); err != nil || bytes.ContainsRune(out.Bytes(), 0x1b) {
				t.Errorf("%s: %v", format, err)
			}
		}
	})
}

// each visits the strings of a value; with fill its slices and pointers get an element.
func each(v reflect.Value, fill bool, visit func(reflect.Value)) {
	switch v.Kind() {
	case reflect.String:
		visit(v)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				each(v.Field(i), fill, visit)
			}
		}
	case reflect.Pointer:
		if fill && v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		if !v.IsNil() {
			each(v.Elem(), fill, visit)
		}
	case reflect.Slice:
		if fill {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			each(v.Index(i), fill, visit)
		}
	}
}
