package apply

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/patch"
)

// predicted is a record with a prediction of these fields.
func predicted(fields string) string {
	return `{"apiVersion":"kubectl-spark.io/v1alpha1","kind":"ChangeRecord","changes":[],"workloads":[{"name":"n/etl","prediction":{` + fields + `}}]}`
}

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
		predicted(`"executors":2,"cores":4,"seconds":-1`):                                            "workloads[0].prediction.seconds: -1 is nothing that tune predicts",
		predicted(`"executors":2,"cores":4,"seconds":1e308`):                                         "workloads[0].prediction.seconds: 1e+308 is nothing",
		predicted(`"executors":2,"cores":4,"seconds":1e400`):                                         "workloads.prediction.seconds: number 1e400 is no value of it",
		predicted(`"executors":2,"cores":4,"seconds":NaN`):                                           "must be JSON with kind ChangeRecord",
		predicted(`"executors":0,"cores":4`):                                                         "prediction.executors: 0 is nothing",
		predicted(`"executors":9223372036854775807,"cores":4`):                                       "prediction.executors: 9.223372036854776e+18 is nothing",
		predicted(`"executors":1e30,"cores":4`):                                                      "prediction.executors: number 1e30 is no value of it",
		predicted(`"executors":2,"cores":-4`):                                                        "prediction.cores: -4 is nothing",
		predicted(`"executors":2,"cores":4,"seconds":9,"low":10`):                                    "prediction.low: 10 is nothing",
		predicted(`"executors":2,"cores":4,"seconds":9,"low":8,"high":-1`):                           "prediction.high: -1 is nothing",
		predicted(`"executors":2,"cores":4,"seconds":9,"low":8,"high":7`):                            "prediction.high: 7 is nothing",
		predicted(`"executors":2,"cores":4,"seconds":9,"memoryGiBHours":-1`):                         "prediction.memoryGiBHours: -1 is nothing",
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

// TestARecordKeepsWhatWasWritten: settings with the object that holds them, until that is taken back, and no secret.
func TestARecordKeepsWhatWasWritten(t *testing.T) {
	now := time.Date(2026, 11, 30, 2, 12, 13, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "record.json")
	r, err := NewRecord(path, "tune", now)
	if err != nil {
		t.Fatal(err)
	}
	object := func(uid string) *Object {
		return &Object{Edited: change.Edited{Why: []string{"set spark.hadoop.fs.s3a.secret.key=wJalrXUtnFEMIK7MDENGbPxRfiCYz"}, Target: change.Target{APIVersion: "sparkoperator.k8s.io/v1beta2", Kind: "SparkApplication", Name: "a", UID: uid}}}
	}
	journal := &Recording{Record: r, Now: func() time.Time { return now }, Workloads: []Workload{{Name: "n/written", Objects: []string{"1"}}, {Name: "n/left", Objects: []string{"2"}}}}
	if err := errors.Join(journal.Begin(object("1")), journal.Done(object("1"))); err != nil {
		t.Fatal(err)
	}
	if r, err = OpenRecord(path); err != nil || len(r.Workloads) != 1 || r.Workloads[0].Name != "n/written" || !r.Workloads[0].Time.Equal(now) {
		t.Fatalf("%+v, %v", r, err)
	}
	if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), "wJalrXUtnFEMI") {
		t.Errorf("the record holds a secret: %s, %v", text, err)
	}
	for name, want := range map[string]int{"written": 1, "n/written": 1, "sparkapplication/written": 1, "sparkapplications.sparkoperator.k8s.io/written": 1, "statefulset/written": 0, "m/written": 0, "left": 0} {
		if got := r.Newest([]string{name}); len(got) != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := r.Newest(nil); len(got) != 1 || !r.Stands() {
		t.Errorf("%+v", got)
	}
	r.Changes[0].State = Reverted
	if got := r.Newest(nil); len(got) != 0 || r.Stands() {
		t.Errorf("%+v", got)
	}
}

// TestTwoRunsDoNotLoseEachOthersRecord: the second that writes is refused.
func TestTwoRunsDoNotLoseEachOthersRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.json")
	first, err := NewRecord(path, "tune", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewRecord(path, "tune", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Save(); err != nil {
		t.Fatal(err)
	}
	if err := second.Save(); err == nil || !strings.Contains(err.Error(), "another run wrote to "+path) {
		t.Error(err)
	}
	if err := first.Save(); err != nil {
		t.Error(err)
	}
}

// TestValuesThatSparkTakesAsTheSame.
func TestValuesThatSparkTakesAsTheSame(t *testing.T) {
	for _, c := range []struct {
		key, a, b string
		same      bool
	}{
		{"spark.executor.memory", "2g", "2048m", true}, {"spark.executor.memory", "2048", "2g", true}, {"spark.executor.memory", "2g", "3g", false},
		{"spark.memory.offHeap.size", "1073741824", "1g", true}, {"spark.memory.offHeap.size", "1024", "1g", false},
		{"spark.dynamicAllocation.enabled", "True", "true", true}, {"spark.executor.memoryOverheadFactor", "0.1", "0.10", false}, {"spark.sql.shuffle.partitions", "2k", "2048", false},
	} {
		if got := sameValue(c.key, c.a, c.b); got != c.same {
			t.Errorf("%s %s and %s: %v", c.key, c.a, c.b, got)
		}
	}
}

// TestWhatHoldsASecretIsMarked, whether it stood there before or comes.
func TestWhatHoldsASecretIsMarked(t *testing.T) {
	const before = `{"spec":{"env":[{"name":"DB_PASSWORD","value":"kP2v9QxWmZ7hunter2"}],"options":"-Da=b","size":"1g"}}`
	o := &Object{Edited: change.Edited{Before: []byte(before), Operations: []patch.Op{
		{Op: patch.Remove, Path: "/spec/env/0/value"},
		{Op: patch.Replace, Path: "/spec/options", Value: []byte(`"-Ddb.password=kP2v9QxWmZ7hunter2"`)},
		{Op: patch.Replace, Path: "/spec/size", Value: []byte(`"2g"`)},
	}}}
	var err error
	if o.Fields, err = fieldsOf(o.Before, o.wanted()); err != nil {
		t.Fatal(err)
	}
	o.markSecrets()
	if !o.Fields[0].Secret || !o.Fields[1].Secret || o.Fields[2].Secret || o.secretField() != "spec.options" {
		t.Errorf("%+v, %s", o.Fields, o.secretField())
	}
	text, err := json.Marshal(recorded(o.Fields[:1]))
	if err != nil || strings.Contains(string(text), "hunter2") || withheld([]*Entry{{Fields: recorded(o.Fields[:1])}}) != "spec.env[DB_PASSWORD].value" || withheld([]*Entry{{Fields: recorded(o.Fields[2:])}}) != "" {
		t.Errorf("the record says %s: %v", text, err)
	}
}

// TestARecordOfWhatIsNeverChangedIsRefused: whoever wrote it wants rights or secrets changed in the name of its reader.
func TestARecordOfWhatIsNeverChangedIsRefused(t *testing.T) {
	for _, of := range [][2]string{{"v1", "Secret"}, {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding"}, {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"}} {
		path := filepath.Join(t.TempDir(), "record.json")
		text := fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"changes":[{"state":"made","object":{"apiVersion":%q,"kind":%q,"name":"x","uid":"1"}}]}`, recordVersion, recordKind, of[0], of[1])
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenRecord(path); err == nil || !strings.Contains(err.Error(), "kind "+of[1]+" is never changed by fix and tune") {
			t.Errorf("%v: %v", of, err)
		}
	}
}

// TestOnlyRightsOfANamespaceThatWereCreatedAreInARecord: what was created is removed, as it was created; no right that is there is changed.
func TestOnlyRightsOfANamespaceThatWereCreatedAreInARecord(t *testing.T) {
	for _, c := range []struct {
		kind    string
		created bool
		opens   bool
	}{{"Role", true, true}, {"RoleBinding", true, true}, {"Role", false, false}, {"RoleBinding", false, false}, {"ClusterRole", true, false}, {"ClusterRoleBinding", true, false}} {
		path := filepath.Join(t.TempDir(), "record.json")
		text := fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"changes":[{"state":"applied","created":%v,"object":{"apiVersion":"rbac.authorization.k8s.io/v1","kind":%q,"name":"x","namespace":"a","uid":"1"}}]}`, recordVersion, recordKind, c.created, c.kind)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenRecord(path); (err == nil) != c.opens {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestWhatIsNoRegularFileIsNotRead: a record may name one that never ends.
func TestWhatIsNoRegularFileIsNotRead(t *testing.T) {
	for _, path := range []string{"/dev/zero", t.TempDir()} {
		if text, err := readFile(path); err == nil || !strings.Contains(err.Error(), "is no regular file") {
			t.Errorf("%s: %d bytes, %v", path, len(text), err)
		}
	}
}
