package apply

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/patch"
)

// tries is how often a write is tried whose object was changed meanwhile where it does not matter, as a status is.
const tries = 5

// Journal keeps what is written. Begin is called before each object and Done after it; Failed is called instead of Done where
// the server refused the write, so that nothing was changed.
type Journal interface {
	Begin(o *Object) error
	Done(o *Object) error
	Failed(o *Object) error
}

// Write writes the objects of a plan, one after the other, and stops at the first that the server refuses. done are those that
// were written. wrote is called after each.
func (p *Plan) Write(ctx context.Context, journal Journal, wrote func(o *Object, done, total int)) (done []*Object, err error) {
	all := p.Written()
	for i, o := range all {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		if err := journal.Begin(o); err != nil {
			return done, fmt.Errorf("%s was not changed: %w", o.Name(), err)
		}
		answer, err := o.write(ctx)
		if err == nil && o.Resizes() && o.Skipped != nil && !o.Stops() { // a pod that ended meanwhile
			if err := journal.Failed(o); err != nil {
				return done, err
			}
			continue
		}
		if err == nil && o.Skipped != nil {
			err = fmt.Errorf("%s: %s", o.Name(), o.Skipped.Why)
			if failed := journal.Failed(o); failed != nil {
				return done, fmt.Errorf("%w; and %w", err, failed)
			}
			return done, err
		}
		if err != nil {
			return done, fmt.Errorf("%s: %w", o.Name(), err) // whether it was written is not known: it stays as begun
		}
		o.settle(answer)
		err = journal.Done(o)
		if done = append(done, o); err != nil {
			return done, fmt.Errorf("%s was changed: %w", o.Name(), err)
		}
		wrote(o, i+1, len(all))
	}
	return done, nil
}

// write writes the object.
func (o *Object) write(ctx context.Context) (answer []byte, err error) {
	if o.local() {
		return o.writeLocal()
	}
	switch o.Verb() {
	case "create":
		return o.writeNew(ctx)
	case "delete":
		return bare(o.live), o.remove(ctx, false)
	}
	err = o.again(ctx, func() (err error) {
		answer, err = o.send(ctx, false)
		return err
	})
	return answer, err
}

// again does something with the version of the object that was read last. Where only its status or the like was changed since, the
// object is read and judged again, and it is done again.
func (o *Object) again(ctx context.Context, do func() error) error {
	for range tries {
		if err := do(); err != nil || o.Skipped == nil || o.Skipped.Cause != Changed {
			return err
		}
		o.Skipped = nil
		if err := o.read(ctx); err != nil || o.Skipped != nil {
			return err
		}
		if o.judge(); o.Skipped != nil { // a status says what runs
			return nil
		}
		if _, err := o.conflicts(); err != nil || o.Skipped != nil {
			return err
		}
	}
	o.skip(Changed, "run the command again", "it is changed all the time")
	return nil
}

// send has the server make the change of the version that was read last. What it says against it is noted with the object.
func (o *Object) send(ctx context.Context, dry bool) (answer []byte, err error) {
	how := cluster.ApplyOptions{Manager: o.options.Manager, DryRun: dry}
	if o.applied {
		owners, err := managersOf(o.live)
		if err != nil {
			return nil, err
		}
		config, err := owners.configuration(o)
		if err != nil {
			return nil, err
		}
		// Who owns the fields of this very version was looked at. What this manager set by JSON patches counts as another's there.
		how.Force = o.options.Force || len(o.Taken) > 0 || owners.updated(o.options.Manager)
		answer, err = o.reader.Apply(ctx, o.collection(), o.Target.Name, config, how)
		return answer, o.refused(err, dry)
	}
	ops := []patch.Op{
		{Op: "test", Path: "/metadata/uid", Value: patch.Text(o.UID)},
		{Op: patch.Replace, Path: "/metadata/resourceVersion", Value: patch.Text(lookup(o.live, "metadata", "resourceVersion"))},
	}
	body, err := json.Marshal(append(ops, o.Operations...))
	if err != nil {
		return nil, err
	}
	name := o.Target.Name
	if o.Subresource != "" {
		name += "/" + o.Subresource
	}
	answer, err = o.reader.Patch(ctx, o.collection(), name, body, how)
	return answer, o.refused(err, dry)
}
