package apply

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/patch"
)

// TestARecordThatIsNoneIsRefused, with the file and what was expected.
func TestARecordThatIsNoneIsRefused(t *testing.T) {
	const head = `{"apiVersion":"kubectl-spark.io/v1alpha1","kind":"ChangeRecord","changes":[`
	for text, want := range map[string]string{
		"":                   "must be JSON with kind ChangeRecord",
		"kind: ChangeRecord": "must be JSON with kind ChangeRecord",
		`{"kind":"List"}`:    "must be JSON with kind ChangeRecord",
		`{"kind":"ChangeRecord","apiVersion":"kubectl-spark.io/v9"}`: `apiVersion "kubectl-spark.io/v9"`,
		head + `null]}`:          "changes[0].object: must have apiVersion, kind, name and uid",
		head + `{"object":{}}]}`: "changes[0].object: must have apiVersion, kind, name and uid",
		head + `{"object":{"apiVersion":"v1","kind":"ConfigMap","name":"../secrets/a","uid":"1"}}]}`: "is not a name of an object",
	} {
		path := filepath.Join(t.TempDir(), "record.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := OpenRecord(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %+v, %v; want %q", text, r, err, want)
		}
	}
}

// TestARecordOfAFolderIsAFileOfTheRun, and a file that is there gets more.
func TestARecordOfAFolderIsAFileOfTheRun(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "records") + string(filepath.Separator)
	now := time.Date(2026, 11, 30, 2, 12, 13, 0, time.UTC)
	r, err := NewRecord(folder, "tune", now)
	if err != nil || filepath.Base(r.Path()) != "2026-11-30T02-12-13.000Z-tune.json" {
		t.Fatalf("%+v, %v", r, err)
	}
	o := &Object{Edited: change.Edited{Target: change.Target{APIVersion: "v1", Kind: "ConfigMap", Name: "a", UID: "1"}}}
	for i := range 2 {
		if i > 0 {
			if r, err = NewRecord(r.Path(), "tune", now); err != nil {
				t.Fatal(err)
			}
		}
		journal := &Recording{Record: r, Now: time.Now}
		if err := journal.Begin(o); err != nil {
			t.Fatal(err)
		}
		if read, err := OpenRecord(r.Path()); err != nil || len(read.Changes) != i+1 || read.Changes[i].State != Begun {
			t.Fatalf("before the write: %+v, %v", read, err)
		}
		if err := journal.Done(o); err != nil {
			t.Fatal(err)
		}
	}
	if read, err := OpenRecord(r.Path()); err != nil || len(read.Changes) != 2 || read.Changes[1].State != Applied {
		t.Errorf("%+v, %v", read, err)
	}
}

// TestWhatHoldsASecretIsMarked, whether it stood there before or comes.
func TestWhatHoldsASecretIsMarked(t *testing.T) {
	const before = `{"spec":{"env":[{"name":"DB_PASSWORD","value":"kP2v9QxWmZ7hunter2"}],"options":"-Da=b","size":"1g"}}`
	o := &Object{Edited: change.Edited{Before: []byte(before), Operations: []patch.Op{
		{Op: patch.Replace, Path: "/spec/env/0/value", Value: []byte(`"x"`)},
		{Op: patch.Replace, Path: "/spec/options", Value: []byte(`"-Ddb.password=kP2v9QxWmZ7hunter2"`)},
		{Op: patch.Replace, Path: "/spec/size", Value: []byte(`"2g"`)},
	}}}
	var err error
	if o.Fields, err = fieldsOf(o.Before, o.Operations); err != nil {
		t.Fatal(err)
	}
	o.markSecrets()
	if !o.Fields[0].Secret || !o.Fields[1].Secret || o.Fields[2].Secret || o.secretField() != "spec.env[DB_PASSWORD].value" {
		t.Errorf("%+v, %s", o.Fields, o.secretField())
	}
}
