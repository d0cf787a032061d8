package apply

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Rollback takes back what a record holds. It is a Journal of that.
type Rollback struct {
	Record *Record
	By     string
	Now    func() time.Time
	// Refused are the objects whose fields are not given back, with the reason.
	Refused []*Object
	// Settled counts the changes that need no write: they were never made, or were taken back already.
	Settled int

	file    string              // properties file that the user named, behind all links; "" for none
	objects []*Object           // that get their fields back
	entries map[string][]*Entry // by the uid of the object, the newest first
}

// NewRollback reads the objects of a record and finds out what gives them their fields back. An object is refused, by its name and
// fields, where somebody changed a field since. by is the account that takes them back. file is the properties file that the user
// named, "" for none: no other is read or written.
func NewRollback(ctx context.Context, reader *cluster.Reader, record *Record, by, file string) (*Rollback, error) {
	r := &Rollback{Record: record, By: by, Now: time.Now}
	var order []string
	order, r.entries = record.standing()
	if file != "" {
		var err error
		if r.file, err = resolved(file); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(record.Changes, func(e *Entry) bool { return e.Object.Kind == propertiesKind && e.Object.Name == r.file }) {
			return nil, fmt.Errorf("%s: the record holds no change of this file", r.file)
		}
	}
	for _, uid := range order {
		if err := r.object(ctx, reader, uid); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// standing are the changes that were not taken back, by the uid of their object, the newest first. order lists the objects.
func (r *Record) standing() (order []string, entries map[string][]*Entry) {
	entries = map[string][]*Entry{}
	for _, entry := range slices.Backward(r.Changes) {
		if !entry.stands() {
			continue
		}
		uid := entry.Object.UID
		if entries[uid] == nil {
			order = append(order, uid)
		}
		entries[uid] = append(entries[uid], entry)
	}
	return order, entries
}

// byHand is the remedy for what is not as it was left.
const byHand = "take it back by hand: the record has the values before"

// object finds out what gives one object its fields back.
func (r *Rollback) object(ctx context.Context, reader *cluster.Reader, uid string) error {
	entries := r.entries[uid]
	o := &Object{Edited: change.Edited{Target: entries[0].Object, Live: true}, reader: reader}
	if path := o.Target.Name; o.local() && path != r.file {
		o.skip(Unnamed, "add --properties-file="+change.Quote(path), "a record alone does not say which file is written")
		r.Refused = append(r.Refused, o)
		return nil
	}
	if last := entries[len(entries)-1]; last.Created && !o.local() {
		return r.removal(ctx, o, last)
	}
	live, err := o.now(ctx)
	if err != nil {
		return err
	}
	if live == nil {
		cause := ChangedSince
		if o.Resizes() {
			cause = Gone
		}
		o.skip(cause, "nothing to take back", "it was deleted since")
		r.Refused = append(r.Refused, o)
		return nil
	}
	if at := withheld(entries); at != "" {
		o.skip(Secret, "leave the reference as it is, or set the field by hand", "no record holds the secret that was in %s", at)
		r.Refused = append(r.Refused, o)
		return nil
	}
	object, unmade, changed := takeBack(live, entries)
	if len(changed) > 0 {
		o.skip(ChangedSince, byHand, "%s changed since it was applied", strings.Join(changed, ", "))
		r.Refused = append(r.Refused, o)
		return nil
	}
	for _, entry := range unmade {
		r.settle(entry)
	}
	r.entries[uid] = slices.DeleteFunc(entries, func(one *Entry) bool { return slices.Contains(unmade, one) })
	if o.Operations, err = patch.Diff(live, object); err != nil || len(o.Operations) == 0 {
		return err
	}
	o.Before, o.ResourceVersion = live, lookup(live, "metadata", "resourceVersion")
	for _, entry := range r.entries[uid] {
		o.Why = append(o.Why, "take back "+strings.Join(entry.Why, ", "))
		o.back = append(o.back, entry)
	}
	r.objects = append(r.objects, o)
	return nil
}

// settle notes that a change needs no write to be taken back.
func (r *Rollback) settle(entry *Entry) {
	entry.State, entry.Reverted = Reverted, &Reversal{Time: r.Now().UTC(), By: r.By}
	r.Settled++
}

// Prepare has the server try to give the fields back, as it does for changes. Without a manager it is the one that made the newest change.
func (r *Rollback) Prepare(ctx context.Context, options Options, progress func(done, total int)) (*Plan, error) {
	for _, o := range r.objects {
		if o.options = options; options.Manager == "" {
			o.options.Manager = cmp.Or(o.back[0].Manager, Manager)
		}
	}
	plan, err := prepared(ctx, r.objects, progress)
	if err == nil {
		plan.Objects = append(plan.Objects, r.Refused...)
	}
	return plan, err
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
