package apply

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/change"
)

// recordVersion and recordKind say what a file is.
const (
	recordVersion = "kubectl-spark.io/v1alpha1"
	recordKind    = "ChangeRecord"
)

// maxRecord is how large a record may be, in bytes.
const maxRecord = 64 << 20

// State is what became of a recorded change.
type State string

// The states. Begun and Reverting are those of a change whose end nobody saw: what the object holds says whether it was made.
const (
	Begun     State = "begun"
	Applied   State = "applied"
	Reverting State = "reverting"
	Reverted  State = "reverted"
	Failed    State = "failed"
)

// Entry is one object that was changed.
type Entry struct {
	State   State         `json:"state"`
	Time    time.Time     `json:"time"`
	By      string        `json:"by,omitempty"` // the account, as the API server knows it
	Command string        `json:"command"`
	Manager string        `json:"fieldManager"`
	Object  change.Target `json:"object"`
	// Why are the codes of rules with what was fixed, or the settings that were recommended.
	Why    []string `json:"why,omitempty"`
	Impact string   `json:"impact,omitempty"`
	Fields []Field  `json:"fields"`
	// Reverted says who took the change back, and when.
	Reverted *Reversal `json:"reverted,omitempty"`
}

// Reversal is the taking back of a change.
type Reversal struct {
	Time time.Time `json:"time"`
	By   string    `json:"by,omitempty"`
}

// Workload is what was recommended for a workload, and predicted of its next run.
type Workload struct {
	Name     string    `json:"name"`
	Time     time.Time `json:"time"`
	Settings []Setting `json:"settings"`
	// Prediction is nil where nothing was predicted.
	Prediction *Prediction `json:"prediction,omitempty"`
}

// Setting is one key of Spark's configuration that was changed.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
	Unset bool   `json:"unset,omitempty"`
}

// Prediction is how long the next run takes, in seconds, with the bounds of the interval, and what memory it holds for how long.
type Prediction struct {
	Executors int     `json:"executors"`
	Seconds   float64 `json:"seconds"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	GiBHours  float64 `json:"memoryGiBHours"`
}

// Record is a file of changes, the oldest first. It holds no secret: a change of one is not recorded.
type Record struct {
	APIVersion string     `json:"apiVersion"`
	Kind       string     `json:"kind"`
	Changes    []*Entry   `json:"changes"`
	Workloads  []Workload `json:"workloads,omitempty"`

	path string
}

// OpenRecord reads a record.
func OpenRecord(path string) (*Record, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxRecord+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxRecord {
		return nil, fmt.Errorf("%s: larger than %d MiB, which no record is", path, maxRecord>>20)
	}
	r := &Record{path: path}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(r); err != nil || r.Kind != recordKind {
		return nil, fmt.Errorf("%s: not a record of changes: it must be JSON with kind %s, as --record writes it", path, recordKind)
	}
	if r.APIVersion != recordVersion {
		return nil, fmt.Errorf("%s: apiVersion %q: this version of kubectl spark reads %s", path, r.APIVersion, recordVersion)
	}
	for i, entry := range r.Changes {
		if entry == nil || entry.Object.Kind == "" || entry.Object.APIVersion == "" || entry.Object.Name == "" || entry.Object.UID == "" {
			return nil, fmt.Errorf("%s: changes[%d].object: must have apiVersion, kind, name and uid", path, i)
		}
		if o := &entry.Object; o.Kind != propertiesKind && strings.ContainsAny(o.Name+o.Namespace+o.Kind, "/%") {
			return nil, fmt.Errorf("%s: changes[%d].object: %q is not a name of an object", path, i, o.Name)
		}
	}
	return r, nil
}

// NewRecord opens a record to add changes to, or makes one. In a folder it makes a file that is named for the time and the command.
func NewRecord(path, command string, now time.Time) (*Record, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir(), os.IsPathSeparator(path[len(path)-1]):
		path = filepath.Join(path, now.UTC().Format("2006-01-02T15-04-05.000Z")+"-"+command+".json")
	case err == nil:
		return OpenRecord(path)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return &Record{APIVersion: recordVersion, Kind: recordKind, Changes: []*Entry{}, path: path}, nil
}

// Newest are the settings that were last applied for each workload, or for those that are named, as NAME or NAMESPACE/NAME.
func (r *Record) Newest(names []string) (all []Workload) {
	for _, w := range slices.Backward(r.Workloads) {
		known := slices.ContainsFunc(all, func(one Workload) bool { return one.Name == w.Name })
		named := len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return w.Name == name || strings.HasSuffix(w.Name, "/"+name) })
		if !known && named {
			all = append(all, w)
		}
	}
	return all
}

// Path is the record's file.
func (r *Record) Path() string { return r.path }

// Save writes the record, whole or not at all.
func (r *Record) Save() error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err = os.MkdirAll(filepath.Dir(r.path), 0o700); err == nil {
		err = replaceFile(r.path, append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("cannot write the record: %w", err)
	}
	return nil
}

// Recording is a Journal that keeps what is applied in a record.
type Recording struct {
	Record      *Record
	By, Command string
	Manager     string
	Now         func() time.Time
	current     *Entry
}

// Begin notes what will be changed.
func (r *Recording) Begin(o *Object) error {
	r.current = &Entry{State: Begun, Time: r.Now().UTC(), By: r.By, Command: r.Command, Manager: r.Manager, Object: o.Target, Why: o.Why, Impact: o.Impact.Text, Fields: slices.Clone(o.Fields)}
	r.Record.Changes = append(r.Record.Changes, r.current)
	return r.Record.Save()
}

// Done notes that it was changed, with the values as the server wrote them.
func (r *Recording) Done(o *Object) error {
	r.current.State, r.current.Fields = Applied, slices.Clone(o.Fields)
	return r.Record.Save()
}

// Failed notes that it was not changed.
func (r *Recording) Failed(*Object) error {
	r.current.State = Failed
	return r.Record.Save()
}

// Unrecorded is a Journal that keeps nothing.
type Unrecorded struct{}

func (Unrecorded) Begin(*Object) error  { return nil }
func (Unrecorded) Done(*Object) error   { return nil }
func (Unrecorded) Failed(*Object) error { return nil }
