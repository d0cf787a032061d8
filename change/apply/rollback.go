package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/patch"
	pjson "github.com/kubectl-spark/kubectl-spark/patch/json"
)

// Rollback takes back what a record holds. It is a Journal of that.
type Rollback struct {
	Record *Record
	By     string
	Now    func() time.Time
	// Edits are what gives the objects their fields back, and Refused those that are not given back, with the reason.
	Edits   []change.Edited
	Refused []*Object
	// Settled counts the changes that need no write: they were never made, or were taken back already.
	Settled int

	entries map[string][]*Entry // by the uid of the object, the newest first
}

// NewRollback reads the objects of a record and finds out what gives them their fields back. An object is refused, by its name and
// fields, where somebody changed a field since.
func NewRollback(ctx context.Context, reader *cluster.Reader, record *Record) (*Rollback, error) {
	r := &Rollback{Record: record, Now: time.Now, entries: map[string][]*Entry{}}
	var order []string
	for _, entry := range slices.Backward(record.Changes) {
		if entry.State == Reverted || entry.State == Failed {
			continue
		}
		if uid := entry.Object.UID; r.entries[uid] == nil {
			order = append(order, uid)
		}
		r.entries[entry.Object.UID] = append(r.entries[entry.Object.UID], entry)
	}
	for _, uid := range order {
		if err := r.object(ctx, reader, uid); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// object finds out what gives one object its fields back.
func (r *Rollback) object(ctx context.Context, reader *cluster.Reader, uid string) error {
	target := r.entries[uid][0].Object
	o := &Object{Edited: change.Edited{Target: target, Live: true}, reader: reader}
	live, err := o.now(ctx)
	if err != nil {
		return err
	}
	if live == nil {
		o.leave(Since, "nothing to take back", "it was deleted since")
		r.Refused = append(r.Refused, o)
		return nil
	}
	object, settled := live, []*Entry{}
	for _, entry := range r.entries[uid] {
		ops, changed := undo(object, entry.Fields)
		if len(changed) > 0 && (entry.State == Begun || entry.State == Reverting) && untouched(object, entry.Fields) {
			settled = append(settled, entry) // it was never made, or taken back without a note of it
			continue
		}
		if len(changed) > 0 {
			o.leave(Since, "take it back by hand: the record has the values before", "%s changed since it was applied", strings.Join(changed, ", "))
			r.Refused = append(r.Refused, o)
			return nil
		}
		if object, err = pjson.Apply(object, ops); err != nil {
			return fmt.Errorf("%s: %w", o.Name(), err)
		}
	}
	for _, entry := range settled {
		entry.State, entry.Reverted = Reverted, &Reversal{Time: r.Now().UTC(), By: r.By}
		r.entries[uid] = slices.DeleteFunc(r.entries[uid], func(one *Entry) bool { return one == entry })
		r.Settled++
	}
	ops, err := patch.Diff(live, object)
	if err != nil || len(ops) == 0 {
		return err
	}
	o.Operations, o.Before, o.ResourceVersion = ops, live, lookup(live, "metadata", "resourceVersion")
	for _, entry := range r.entries[uid] {
		o.Why = append(o.Why, "take back "+strings.Join(entry.Why, ", "))
	}
	r.Edits = append(r.Edits, o.Edited)
	return nil
}

// now is the object as it is; nil where it, or the one that was changed, is not there.
func (o *Object) now(ctx context.Context) ([]byte, error) {
	if o.local() {
		text, err := readFile(o.Target.Name)
		if err != nil {
			return nil, err
		}
		return properties(o.Target.Name, text)
	}
	var live json.RawMessage
	found, err := o.reader.Get(ctx, o.collection(), o.Target.Name, &live)
	if err != nil || !found || lookup(live, "metadata", "uid") != o.UID {
		return nil, err
	}
	return live, nil
}

// untouched says that all fields have their values before.
func untouched(object []byte, fields []Field) bool {
	return !slices.ContainsFunc(fields, func(f Field) bool {
		at, ok := resolve(object, f.at())
		value, found := patch.Lookup(object, at)
		if !ok || !found {
			return f.Before != nil
		}
		return f.Before == nil || !same(value, f.Before)
	})
}

// Begin notes that the changes of an object are taken back.
func (r *Rollback) Begin(o *Object) error { return r.mark(o, Reverting) }

// Done notes that they were.
func (r *Rollback) Done(o *Object) error { return r.mark(o, Reverted) }

// Failed notes that they were not.
func (r *Rollback) Failed(o *Object) error { return r.mark(o, Applied) }

func (r *Rollback) mark(o *Object, state State) error {
	for _, entry := range r.entries[o.UID] {
		if entry.State = state; state == Reverted {
			entry.Reverted = &Reversal{Time: r.Now().UTC(), By: r.By}
		}
	}
	return r.Record.Save()
}
