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

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/write"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/prediction"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
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
	// Created says that there was no such object, or file, before. Content is the object as it was created.
	Created bool            `json:"created,omitempty"`
	Content json.RawMessage `json:"content,omitempty"`
	// Of a properties file: Lines are those that were replaced, and Written is the digest of its text as it was written.
	Lines   []Lines `json:"lines,omitempty"`
	Written string  `json:"written,omitempty"`
	// Reverted says who took the change back, and when.
	Reverted *Reversal `json:"reverted,omitempty"`
}

// stands says that the change was not taken back, and may have been made.
func (e *Entry) stands() bool { return e.State != Reverted && e.State != Failed }

// Reversal is the taking back of a change.
type Reversal struct {
	Time time.Time `json:"time"`
	By   string    `json:"by,omitempty"`
}

// Workload is what was recommended for a workload and written, and predicted of its next run.
type Workload struct {
	Name string    `json:"name"`
	Time time.Time `json:"time"`
	// Objects are the uids of those that hold its settings.
	Objects  []string  `json:"objects"`
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
	// From is the id of the application that it is made from.
	From string `json:"from"`
	// Executors are how many there are; with dynamic allocation the most at once.
	Executors int     `json:"executors"`
	Dynamic   bool    `json:"dynamicAllocation,omitempty"`
	Cores     int     `json:"cores"` // of each
	Seconds   float64 `json:"seconds"`
	Low       float64 `json:"low"`
	High      float64 `json:"high,omitempty"`           // 0: nothing bounds the time
	GiBHours  float64 `json:"memoryGiBHours,omitempty"` // 0: the memory of pods is not known
	// Open are changed settings whose effect on the time is not predicted.
	Open []string `json:"notPredicted,omitempty"`
}

// Record is a file of changes, the oldest first. It holds no secret: a change to one is not recorded, and of one that is taken out only the place.
type Record struct {
	APIVersion string     `json:"apiVersion"`
	Kind       string     `json:"kind"`
	Changes    []*Entry   `json:"changes"`
	Workloads  []Workload `json:"workloads,omitempty"`

	path  string
	saved []byte // as the file was when it was read or written last; nil where there was none
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
	r := &Record{path: path, saved: text}
	decoder := json.NewDecoder(bytes.NewReader(text))
	err = decoder.Decode(r)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) && wrong.Field != "" {
		return nil, fmt.Errorf("%s: %s: %s is no value of it: the record was not written by fix or tune", path, wrong.Field, wrong.Value)
	}
	if err != nil || r.Kind != recordKind {
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
		if o := &entry.Object; o.Subresource != "" && !resizes(o) {
			return nil, fmt.Errorf("%s: changes[%d].object.subresource: must be empty, or %s of a Pod", path, i, change.ResizePod)
		}
		if o := &entry.Object; neverWritten(o.APIVersion, o.Kind, entry.Created) {
			return nil, fmt.Errorf("%s: changes[%d].object: kind %s is never changed by fix and tune: the record was not written by them", path, i, o.Kind)
		}
	}
	for i, w := range r.Workloads {
		if w.Prediction == nil {
			continue
		}
		if field, value := w.Prediction.wrong(); field != "" {
			return nil, fmt.Errorf("%s: workloads[%d].prediction.%s: %v is nothing that tune predicts: the record was not written by it", path, i, field, value)
		}
	}
	return r, nil
}

// mostPredicted is more than any prediction, in seconds or in GiB hours.
const mostPredicted = 1e10

// wrong is a field with a value that no prediction has; "" where there is none.
func (p *Prediction) wrong() (field string, value any) {
	for _, f := range []struct {
		name     string
		value    float64
		from, to float64
	}{
		{"executors", float64(p.Executors), 1, prediction.Most}, {"cores", float64(p.Cores), 1, prediction.Most}, {"seconds", p.Seconds, 0, mostPredicted},
		{"low", p.Low, 0, p.Seconds}, {"memoryGiBHours", p.GiBHours, 0, mostPredicted},
	} {
		if !(f.value >= f.from && f.value <= f.to) {
			return f.name, f.value
		}
	}
	if p.High != 0 && !(p.High >= p.Low && p.High <= mostPredicted) {
		return "high", p.High
	}
	return "", nil
}

// neverWritten says of a kind that no change of ours is about it: secrets, rights, and what the API server itself goes by. Rights of a
// namespace are created, and removed as they were created; none that are there are changed.
func neverWritten(apiVersion, kind string, created bool) bool {
	group, _, _ := strings.Cut(apiVersion, "/")
	if created && group == rbacv1.GroupName && (kind == "Role" || kind == "RoleBinding") {
		return false
	}
	return kind == "Secret" || slices.Contains([]string{"rbac.authorization.k8s.io", "admissionregistration.k8s.io", "apiextensions.k8s.io", "certificates.k8s.io", "apiregistration.k8s.io"}, group)
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

// Newest are the settings that were last applied for each workload and not taken back, or for those that are named, as NAME,
// NAMESPACE/NAME or TYPE/NAME.
func (r *Record) Newest(names []string) (all []Workload) {
	_, standing := r.standing()
	for _, w := range slices.Backward(r.Workloads) {
		known := slices.ContainsFunc(all, func(one Workload) bool { return one.Name == w.Name })
		holds := func(uid string) bool { return standing[uid] != nil }
		named := func(name string) bool { return r.named(&w, name) }
		if !known && slices.ContainsFunc(w.Objects, holds) && (len(names) == 0 || slices.ContainsFunc(names, named)) {
			all = append(all, w)
		}
	}
	return all
}

// named says whether a user names a workload so.
func (r *Record) named(w *Workload, name string) bool {
	if w.Name == name || strings.HasSuffix(w.Name, "/"+name) {
		return true
	}
	kind, name, _ := strings.Cut(strings.ToLower(name), "/")
	kind, _, _ = strings.Cut(kind, ".")
	return strings.HasSuffix(w.Name, "/"+name) && slices.ContainsFunc(r.Changes, func(e *Entry) bool {
		own := cluster.RightTo("get", e.Object.APIVersion, e.Object.Kind, "", "")
		return slices.Contains(w.Objects, e.Object.UID) && (strings.ToLower(e.Object.Kind) == kind || own.Resource == kind)
	})
}

// Stands says whether the record holds a change that was not taken back.
func (r *Record) Stands() bool { return slices.ContainsFunc(r.Changes, (*Entry).stands) }

// Path is the record's file.
func (r *Record) Path() string { return r.path }

// Save writes the record, whole or not at all.
func (r *Record) Save() error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	now, err := readFile(r.path)
	switch {
	case err != nil:
	case !bytes.Equal(now, r.saved):
		err = fmt.Errorf("another run wrote to %s meanwhile: give each run its own --record", r.path)
	default:
		err = os.MkdirAll(filepath.Dir(r.path), 0o700)
	}
	if text = append(text, '\n'); err == nil {
		err = write.Replace(r.path, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("cannot write the record: %w", err)
	}
	r.saved = text
	return nil
}

// Recording is a Journal that keeps what is applied in a record.
type Recording struct {
	Record      *Record
	By, Command string
	Manager     string
	// Workloads are those whose settings the changes hold. Each is kept with the first of its objects that is written.
	Workloads []Workload
	Now       func() time.Time
	current   *Entry
}

// Begin notes what will be changed.
func (r *Recording) Begin(o *Object) error {
	now := r.Now().UTC()
	r.current = &Entry{State: Begun, Time: now, By: r.By, Command: r.Command, Manager: r.Manager, Object: o.Target, Impact: o.Impact.Text, Fields: recorded(o.Fields), Lines: o.lines, Created: o.created, Content: o.made(), Written: o.written()}
	for _, why := range o.Why {
		r.current.Why = append(r.current.Why, mask.Message(why))
	}
	r.Record.Changes = append(r.Record.Changes, r.current)
	r.Workloads = slices.DeleteFunc(r.Workloads, func(w Workload) bool {
		holds := slices.Contains(w.Objects, o.UID)
		if w.Time = now; holds {
			r.Record.Workloads = append(r.Record.Workloads, w)
		}
		return holds
	})
	return r.Record.Save()
}

// Done notes that it was changed, with the values as the server wrote them.
func (r *Recording) Done(o *Object) error {
	r.current.State, r.current.Fields, r.current.Lines, r.current.Written = Applied, recorded(o.Fields), o.lines, o.written()
	if o.Create != nil { // by the uid that the server gave it, and with what it added
		r.current.Object, r.current.Content = o.Target, o.made()
	}
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
