package fleet

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/report"
)

// counted are files of this machine that count how often each is opened. The reader of a fleet opens several at a time.
type counted struct {
	eventlog.Disk
	opened chan string
}

func (c counted) Open(ctx context.Context, e eventlog.Entry) (io.ReadCloser, error) {
	c.opened <- e.Path
	return c.Disk.Open(ctx, e)
}

// TestABeginningIsReadOnce: pods of one Job read the beginning of each log once, together, and come to the same as one that reads alone.
// What another Job wrote down, and what is damaged, is read anew.
func TestABeginningIsReadOnce(t *testing.T) {
	folder, store := realLogs(t), t.TempDir()
	logs, err := eventlog.Logs(t.Context(), eventlog.Disk{}, folder)
	if err != nil {
		t.Fatal(err)
	}
	const shares = 5
	pods := func(run string, shares int) (beginnings int, said string) {
		opened := make(chan string, 100_000)
		results := t.TempDir()
		for i := range shares {
			r := reader(Shard{i, shares}, false)
			r.Files = counted{opened: opened}
			r.Begun = &Beginnings{Run: run,
				Get: func(_ context.Context, name string) (io.ReadCloser, error) {
					return os.Open(filepath.Join(store, name))
				},
				Put: func(_ context.Context, name string, data []byte) error {
					return os.WriteFile(filepath.Join(store, name), data, 0o600)
				}}
			begun := -1
			r.Begin = func(what string) func() {
				return func() {
					if what == "finding applications" {
						begun = len(opened)
					}
				}
			}
			before := len(opened)
			fleet, err := r.Read(t.Context(), folder)
			if err != nil {
				t.Fatal(err)
			}
			beginnings += begun - before
			p := part(folder, i, shares)
			data, err := p.Encode(fleet)
			if err == nil {
				err = os.WriteFile(filepath.Join(results, p.Name()), data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return beginnings, written(t, func() *report.Fleet {
			r, _, err := merger(*part(folder, 0, shares)).Read(t.Context(), results)
			if err != nil {
				t.Fatal(err)
			}
			return r
		})
	}
	want := written(t, func() *report.Fleet { return read(t, folder, false, true) })
	check := func(what, run string, least, most int) {
		t.Helper()
		n, said := pods(run, shares)
		if n < least || n > most {
			t.Errorf("%s: %d beginnings of %d logs were read", what, n, len(logs))
		}
		if said != want {
			t.Errorf("%s: %s", what, firstDifference(want, said))
		}
	}
	check("first", "uid-1", len(logs), len(logs)+5) // some logs have more than one file
	check("started again", "uid-1", 0, 0)
	check("another Job", "uid-2", len(logs), len(logs)+5)
	path := filepath.Join(store, begunName(0))
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	of0 := bytes.Count(good, []byte("\n")) - 2
	for name, data := range map[string][]byte{"cut": good[:len(good)-10], "text": []byte("hello"), "none": nil} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		check(name, "uid-2", of0, of0+5)
	}
	changed := strings.Replace(string(good), `"size":`, `"size":1`, 1)
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	check("one log that grew", "uid-2", 1, 2)
	if files, err := filepath.Glob(filepath.Join(store, "*")); err != nil || len(files) != shares {
		t.Errorf("%v, %v", files, err)
	}
}
