// Package apply writes changes to the objects of a cluster: it looks at who owns each object and each field, asks the server in a
// dry run whether it would take the change, writes, keeps a record, and takes back what a record holds. Start with [Prepare].
package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/cluster"
)

// Manager is the field manager of what is applied, unless another is asked for.
const Manager = "kubectl-spark"

// Options say how changes are applied.
type Options struct {
	Manager string // owner of the fields that are set
	Force   bool   // take fields over that another manager owns
	Restart bool   // also write what restarts or reruns something that runs
	Offline bool   // ask the server for no dry run
	Secrets bool   // also write what holds a secret: no record keeps it
}

// Cause is why an object is not written.
type Cause string

// The causes.
const (
	Owned        Cause = "owned"         // Helm, Argo CD or Flux would write over it
	Controlled   Cause = "controlled"    // a controller made it from another object
	Fixed        Cause = "fixed"         // nobody can change it
	Restarts     Cause = "restarts"      // it would restart or rerun something that runs, and nobody allowed that
	Secret       Cause = "secret"        // the record would hold a secret
	Conflict     Cause = "conflict"      // another manager owns a field of it
	Changed      Cause = "changed"       // it was changed since it was read
	Gone         Cause = "gone"          // it is not there any more
	Forbidden    Cause = "forbidden"     // a right is missing
	Rejected     Cause = "rejected"      // the server does not take it
	ChangedSince Cause = "changed since" // what was applied was changed or deleted since
	Unnamed      Cause = "unnamed"       // only a record names the file
	Exists       Cause = "exists"        // another object has the name of one that is to be created
	Breaks       Cause = "breaks"        // what is there already does not comply with it
)

// Stops says whether nothing at all is written where one object is skipped for this cause.
func (c Cause) Stops() bool {
	return slices.Contains([]Cause{Conflict, Changed, Gone, Forbidden, Rejected}, c)
}

// Stops says whether nothing at all is written because this object is not.
func (o *Object) Stops() bool {
	return o.Skipped != nil && o.Skipped.Cause.Stops() && !o.Over()
}

// Over says of a pod that was to be resized that it has ended: nothing is left to do.
func (o *Object) Over() bool {
	return o.Resizes() && o.Skipped != nil && o.Skipped.Cause == Gone
}

// Skipped says why an object is not written, and what to do about it.
type Skipped struct {
	Cause  Cause
	Why    string
	Remedy string
	// Right is the missing right where that is the cause.
	Right string
}

// Object is one object of a plan.
type Object struct {
	change.Edited
	Impact Impact
	// Skipped is why it is not written; nil where it is.
	Skipped *Skipped
	// Taken are fields that it takes over from another manager.
	Taken []cluster.Conflict
	// Fields are what it changes, with the values before and after.
	Fields []Field

	options Options
	reader  *cluster.Reader
	live    []byte // as the cluster had it last
	applied bool   // its form is that of server-side apply, and not a JSON patch
	// back are the changes that are taken back, the newest first; nil where the object is to be changed.
	back []*Entry
	// Of a properties file: its text as it is to be, and the lines that differ.
	text  []byte
	lines []Lines
	// created says that there is no such file or object yet, and removes that an object which was created is taken back.
	created, removes bool
}

// Name is the kind and name, and the namespace where there is one.
func (o *Object) Name() string {
	if o.local() {
		return "file " + o.Target.Name
	}
	name := o.Kind + "/" + o.Target.Name
	if o.Namespace != "" {
		name += " in namespace " + o.Namespace
	}
	return name
}

// Plan is what will be written.
type Plan struct{ Objects []*Object }

// Prepare looks at each object that is to be changed as the cluster has it now, and has the server try the change. Nothing is
// kept. An error means that the server did not answer; what concerns one object is told with it.
func Prepare(ctx context.Context, reader *cluster.Reader, all []change.Edited, o Options, progress func(done, total int)) (*Plan, error) {
	var objects []*Object
	for _, one := range all {
		objects = append(objects, &Object{Edited: one, options: o, reader: reader})
	}
	return prepared(ctx, objects, progress)
}

// prepared is the plan of objects that are to be changed.
func prepared(ctx context.Context, objects []*Object, progress func(done, total int)) (*Plan, error) {
	plan := &Plan{}
	for i, o := range objects {
		progress(i, len(objects))
		if o.Labels {
			if err := o.label(ctx); err != nil {
				return nil, err
			}
		}
		if len(o.Operations) == 0 && o.Verb() == "patch" && o.Skipped == nil {
			continue
		}
		if o.Skipped == nil {
			if err := o.prepare(ctx); err != nil {
				return nil, err
			}
		}
		if len(o.Fields) > 0 || o.Skipped != nil {
			plan.Objects = append(plan.Objects, o)
		}
	}
	progress(len(objects), len(objects))
	return plan, nil
}

// Written are the objects that are to be written.
func (p *Plan) Written() (all []*Object) {
	for _, o := range p.Objects {
		if o.Skipped == nil {
			all = append(all, o)
		}
	}
	return all
}

// Unwritten are the objects that are left, and stopped says that for one of them nothing is written.
func (p *Plan) Unwritten() (all []*Object, stopped bool) {
	for _, o := range p.Objects {
		if o.Skipped != nil {
			all, stopped = append(all, o), stopped || o.Stops()
		}
	}
	return all, stopped
}

func (o *Object) skip(cause Cause, remedy, why string, args ...any) {
	o.Skipped = &Skipped{Cause: cause, Why: fmt.Sprintf(why, args...), Remedy: remedy}
}

// prepare finds out whether the object can be written, and what that changes.
func (o *Object) prepare(ctx context.Context) error {
	switch o.Verb() {
	case "create":
		return o.prepareNew(ctx)
	case "delete":
		return o.prepareRemoval(ctx)
	}
	if err := o.read(ctx); err != nil || o.Skipped != nil {
		return err
	}
	wanted, err := o.operated()
	if err == nil {
		o.Fields, err = fieldsOf(o.Before, wanted)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o.Name(), err)
	}
	o.markSecrets()
	if o.judge(); o.Skipped != nil || o.local() {
		return nil
	}
	if o.options.Offline {
		_, err := o.conflicts()
		return err
	}
	return o.again(ctx, func() error { return o.dryRun(ctx) })
}

// judge says what the change does to what runs, and skips an object that somebody else writes or that may not be changed.
func (o *Object) judge() {
	o.Impact = impactOf(o)
	if o.Resizes() { // who makes the pod writes nothing over it
		o.allowed()
		return
	}
	if o.owned(); o.Skipped == nil {
		o.allowed()
	}
}

// allowed refuses what restarts something without permission, what nobody can change, and what no record may hold.
func (o *Object) allowed() {
	switch {
	case o.Kind == "Job":
		o.skip(Fixed, "change what creates the Job", "the pod template of a Job cannot be changed")
	case o.Kind == "ConfigMap" && lookup(o.live, "immutable") == "true":
		o.skip(Fixed, "create a ConfigMap of another name and name that one", "the ConfigMap is immutable")
	case o.Impact.Disrupts() && !o.options.Restart:
		o.skip(Restarts, "add --allow-restart", "%s", o.Impact.Text)
	case !o.options.Secrets:
		if at := o.secretField(); at != "" {
			o.skip(Secret, "move the value into a Secret, or give --record=none", "the record would hold the secret in %s", at)
		}
	}
}

// read takes the object as the cluster has it now, and refuses one that is another than the one that was judged.
func (o *Object) read(ctx context.Context) error {
	if o.local() {
		return o.readLocal()
	}
	live, err := o.present(ctx)
	if err != nil || o.Skipped != nil {
		return err
	}
	o.live = live
	if lookup(live, "metadata", "resourceVersion") != o.ResourceVersion {
		same, err := sameContent(o.Before, live, o.Operations)
		if err != nil {
			return err
		}
		if !same {
			o.skip(Changed, "run the command again", "it was changed since it was read")
			return nil
		}
	}
	o.Before = live
	return nil
}

// present is the object as the cluster has it now. One that may not be read, that is being deleted, or that is another than the one that was
// judged is skipped. Of one that is to get labels only the name was judged.
func (o *Object) present(ctx context.Context) (live json.RawMessage, err error) {
	found, err := o.reader.Get(ctx, o.collection(), o.Target.Name, &live)
	named := o.Labels && o.UID == ""
	switch {
	case apierrors.IsForbidden(err):
		o.forbidden("get")
	case err != nil:
		return nil, err
	case !found || !named && lookup(live, "metadata", "uid") != o.UID:
		o.skip(Gone, "run the command again", "it was deleted since it was read")
	case lookup(live, "metadata", "deletionTimestamp") != "":
		o.skip(Gone, "run the command again", "it is being deleted")
	default:
		return live, nil
	}
	return nil, nil
}

func (o *Object) collection() string { return cluster.Path(o.APIVersion, o.Kind, o.Namespace) }

// forbidden notes that a right is missing.
func (o *Object) forbidden(verb string) {
	right := cluster.RightTo(verb, o.APIVersion, o.Kind, o.Namespace, o.Target.Name)
	if verb == "create" { // no name limits this right
		right.Name = ""
	}
	if o.Resizes() && verb == "patch" {
		right.Resource += "/" + o.Subresource
	}
	o.skip(Forbidden, "ask for the right to "+right.String(), "your account may not %s %s", verb, right.Of())
	o.Skipped.Right = right.String()
}

// dryRun has the server make the change without keeping it: in the form of server-side apply, which names conflicts, where that
// makes the object what it is to be, and else as a JSON patch.
func (o *Object) dryRun(ctx context.Context) error {
	owners, err := o.conflicts()
	if err != nil || o.Skipped != nil {
		return err
	}
	patched, err := o.send(ctx, true)
	if err != nil || o.Skipped != nil {
		return err
	}
	if o.applied = !o.Resizes() && owners.expressible(o); o.applied {
		applied, err := o.send(ctx, true)
		if err != nil || o.Skipped != nil && o.Skipped.Cause == Conflict {
			return err
		}
		// What the server says against this form alone, such as a list that it takes as a whole, is no refusal of the change.
		equal, err := sameObject(patched, applied)
		if o.applied = o.Skipped == nil && err == nil && equal; !o.applied {
			o.Skipped = nil
		}
	}
	o.settle(patched)
	return nil
}

// conflicts skips an object of which another manager owns a field that is changed, unless kubectl is that manager or the field may
// be taken.
func (o *Object) conflicts() (*managers, error) {
	owners, err := managersOf(o.live)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name(), err)
	}
	if o.Resizes() { // who made the pod set the fields once, and does not come back
		return owners, nil
	}
	var theirs []cluster.Conflict
	o.Taken = nil
	for _, one := range owners.of(o.Before, o.wanted(), o.Operations, o.options.Manager) {
		if isKubectl(one.Manager) || o.options.Force {
			o.Taken = append(o.Taken, one)
		} else {
			theirs = append(theirs, one)
		}
	}
	if len(theirs) > 0 {
		o.contested(theirs)
	}
	return owners, nil
}

// contested skips an object for the fields that others own.
func (o *Object) contested(theirs []cluster.Conflict) {
	var words []string
	for _, c := range theirs {
		words = append(words, fmt.Sprintf("%s is set by %q", strings.TrimPrefix(c.Field, "."), c.Manager))
	}
	o.skip(Conflict, "change it there, or add --force-conflicts", "%s", strings.Join(words, ", "))
}

// settle takes the fields' values as the server wrote them, and skips an object of which it dropped one. What it set again after it
// was removed, as it does with defaults, has that value.
func (o *Object) settle(answer []byte) {
	kept := make([]Field, 0, len(o.Fields))
	for _, f := range o.Fields {
		now := f.value(answer)
		if f.After != nil && now == nil && !empty(f.After) {
			o.skip(Rejected, "update the CustomResourceDefinition, or leave the change out", "the server drops %s: this version of %s has no such field", f.Name(), o.Kind)
			return
		}
		if f.After = slices.Clone(now); !same(f.Before, f.After) {
			kept = append(kept, f)
		}
	}
	o.Fields = kept
}

// empty says of a value that the server may leave it out of what it keeps: it is the one of a field that is not set.
func empty(value json.RawMessage) bool {
	return slices.Contains([]string{`""`, "null", "[]", "{}", "0", "false"}, string(bytes.TrimSpace(value)))
}

// refused words what the server said against a change. What leaves open whether a change was made is an error.
func (o *Object) refused(err error, dry bool) error {
	var conflict *cluster.ConflictError
	switch {
	case err == nil:
		return nil
	case !dry && cluster.Unsure(err):
		return err
	case errors.As(err, &conflict):
		o.contested(conflict.Conflicts)
	case apierrors.IsForbidden(err) && strings.Contains(err.Error(), "cannot patch resource"):
		o.forbidden("patch")
	case apierrors.IsNotFound(err):
		o.skip(Gone, "run the command again", "it was deleted since it was read")
	case apierrors.IsConflict(err):
		o.skip(Changed, "run the command again", "it was changed since it was read")
	case apierrors.ReasonForError(err) != "":
		var status apierrors.APIStatus
		errors.As(err, &status)
		o.skip(Rejected, "correct what it names", "the server refuses it: %s", status.Status().Message)
	default:
		return err
	}
	return nil
}
