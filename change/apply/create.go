package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/rule/companion"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// newUID begins what stands for the uid of an object that does not exist yet: the record knows it by its place until the server names it.
const newUID = "new:"

// Verb is what is done with the object, as rights name it.
func (o *Object) Verb() string {
	switch {
	case o.Create != nil:
		return "create"
	case o.removes:
		return "delete"
	}
	return "patch"
}

// prepareNew has the server try to create the object. One that is there already, as it is to be, needs nothing; another one of the name
// is never touched.
func (o *Object) prepareNew(ctx context.Context) error {
	o.created, o.UID = true, newUID+o.collection()+"/"+o.Target.Name
	o.Impact = Impact{spark.NextRun, "is created; nothing that runs is restarted"}
	if there, err := o.there(ctx); err != nil || there || o.Skipped != nil {
		return err
	}
	fields, err := fieldsOf(bare(o.Create), o.Create)
	if o.Fields = fields; err != nil || o.options.Offline {
		return err
	}
	_, err = o.post(ctx, true)
	return err
}

// bare is what every object has, of one: nothing of it is worth telling.
func bare(object []byte) []byte {
	out, _ := json.Marshal(map[string]any{"apiVersion": lookup(object, "apiVersion"), "kind": lookup(object, "kind"), "metadata": map[string]string{
		"name": lookup(object, "metadata", "name"), "namespace": lookup(object, "metadata", "namespace")}})
	return out
}

// there says that the object exists as it is to be. Another one of its name is named as the reason why it is skipped.
func (o *Object) there(ctx context.Context) (bool, error) {
	var live json.RawMessage
	found, err := o.reader.Get(ctx, o.collection(), o.Target.Name, &live)
	switch {
	case apierrors.IsForbidden(err):
		o.forbidden("get")
		return false, nil
	case err != nil || !found:
		return false, err
	case lookup(live, "metadata", "deletionTimestamp") != "":
		o.skip(Gone, "run the command again", "the one before it is being deleted")
		return false, nil
	}
	if differs := missingIn(live, o.Create); len(differs) > 0 {
		o.skip(Exists, "rename or delete that one, then run the command again", "an object of this name exists, and differs in %s", strings.Join(differs, ", "))
		return false, nil
	}
	return true, nil
}

// missingIn names the fields of an object that another does not have, or has with another value. What the server adds is none.
func missingIn(live, wanted []byte) (names []string) {
	fields, err := fieldsOf(wanted, live)
	if err != nil {
		return []string{err.Error()}
	}
	for _, f := range fields {
		if f.Before != nil {
			names = append(names, f.Name())
		}
	}
	return names
}

// post has the server create the object.
func (o *Object) post(ctx context.Context, dry bool) ([]byte, error) {
	answer, err := o.reader.Create(ctx, o.collection(), o.Create, cluster.ApplyOptions{Manager: o.options.Manager, DryRun: dry})
	switch {
	case err == nil:
		return answer, nil
	case apierrors.IsForbidden(err) && strings.Contains(err.Error(), "cannot create resource"):
		o.forbidden("create")
		return nil, nil
	case apierrors.IsAlreadyExists(err): // made since it was looked for
		there, err := o.there(ctx)
		if there {
			o.skip(Changed, "run the command again", "it was created since it was looked for")
		}
		return nil, err
	case dry && roleAhead(err): // a RoleBinding, whose Role is created before it
		return nil, nil
	case apierrors.IsNotFound(err):
		o.skip(Rejected, "create its namespace, or install what serves the kind", "the server has no place for it: %s", err)
		return nil, nil
	}
	return nil, o.refused(err, dry)
}

// roleAhead says that the server lacks a Role that a RoleBinding names. It tells those who hold no right to bind every Role.
func roleAhead(err error) bool {
	var status apierrors.APIStatus
	if !apierrors.IsNotFound(err) || !errors.As(err, &status) || status.Status().Details == nil {
		return false
	}
	return status.Status().Details.Group == rbacv1.GroupName // whatever it says is missing, it is no namespace
}

// writeNew creates the object.
func (o *Object) writeNew(ctx context.Context) ([]byte, error) {
	answer, err := o.post(ctx, false)
	if err == nil && o.Skipped == nil {
		o.UID, o.ResourceVersion, o.Create = lookup(answer, "metadata", "uid"), lookup(answer, "metadata", "resourceVersion"), answer
	}
	return answer, err
}

// made is what the record keeps of an object that is created: without what only the server writes.
func (o *Object) made() json.RawMessage {
	if o.Create == nil {
		return nil
	}
	fields, err := content(o.Create)
	if err != nil {
		return nil
	}
	out, _ := json.Marshal(fields)
	return out
}

// removal finds out whether an object that was created can be removed: only as it was left, and only with our marks.
func (r *Rollback) removal(ctx context.Context, o *Object, entry *Entry) error {
	var live json.RawMessage
	found, err := o.reader.Get(ctx, o.collection(), o.Target.Name, &live)
	if err != nil {
		return err
	}
	unseen := entry.State == Begun || entry.State == Reverting
	refuse := func(remedy, why string, args ...any) error {
		o.skip(ChangedSince, remedy, why, args...)
		r.Refused = append(r.Refused, o)
		return nil
	}
	again := func(one *Object) bool { return one.APIVersion == o.APIVersion && one.Name() == o.Name() }
	switch {
	case strings.HasPrefix(entry.Object.UID, newUID) && slices.ContainsFunc(slices.Concat(r.objects, r.Refused), again):
		r.settle(entry) // a later run completed it, and that is taken back
		return nil
	case !found && unseen: // it was never created, or is removed already
		r.settle(entry)
		return nil
	case !found:
		return refuse("nothing to take back", "it was deleted since")
	case !strings.HasPrefix(entry.Object.UID, newUID) && lookup(live, "metadata", "uid") != entry.Object.UID:
		return refuse(byHandNew, "it was deleted since, and created again")
	case lookup(live, "metadata", "labels", companion.ManagedBy) != companion.Manager, lookup(live, "metadata", "labels", companion.CodeLabel) == "":
		return refuse(byHandNew, "it lacks the labels of what kubectl spark creates")
	}
	if changed := entry.changedIn(live); len(changed) > 0 {
		return refuse(byHandNew, "%s changed since it was applied", strings.Join(changed, ", "))
	}
	o.live, o.Before, o.removes, o.back = live, live, true, []*Entry{entry}
	o.Why = []string{"take back " + strings.Join(entry.Why, ", ")}
	r.objects = append(r.objects, o)
	return nil
}

// byHandNew is the remedy for an object that is not as it was created.
const byHandNew = "delete it by hand if nothing needs it"

// changedIn names the fields in which an object is not what it was created as. Where nobody saw the end of that, what the server added is
// not known.
func (e *Entry) changedIn(live []byte) (names []string) {
	if strings.HasPrefix(e.Object.UID, newUID) {
		return missingIn(live, e.Content)
	}
	fields, err := content(live)
	if err != nil {
		return []string{err.Error()}
	}
	now, _ := json.Marshal(fields)
	differs, err := fieldsOf(bytes.TrimSpace(e.Content), now)
	if err != nil {
		return []string{"the record's content"}
	}
	for _, f := range differs {
		names = append(names, f.Name())
	}
	return names
}

// prepareRemoval has the server try to remove the object.
func (o *Object) prepareRemoval(ctx context.Context) (err error) {
	o.Impact = Impact{spark.NextRun, "is deleted; nothing that runs is restarted"}
	if o.Fields, err = fieldsOf(o.back[0].Content, bare(o.live)); err != nil || o.options.Offline {
		return err
	}
	return o.remove(ctx, true)
}

// remove has the server delete the very version that was read last. Where only its status or the like was changed since, it is read anew.
func (o *Object) remove(ctx context.Context, dry bool) error {
	for range tries {
		uid, version := lookup(o.live, "metadata", "uid"), lookup(o.live, "metadata", "resourceVersion")
		err := o.reader.DeleteVersion(ctx, o.collection(), o.Target.Name, uid, version, dry)
		switch {
		case err == nil:
			return nil
		case apierrors.IsForbidden(err) && strings.Contains(err.Error(), "cannot delete resource"):
			o.forbidden("delete")
			return nil
		case !apierrors.IsConflict(err):
			return o.refused(err, dry)
		}
		var live json.RawMessage
		found, err := o.reader.Get(ctx, o.collection(), o.Target.Name, &live)
		if err != nil {
			return err
		}
		if !found || lookup(live, "metadata", "uid") != uid || len(o.back[0].changedIn(live)) > 0 {
			break
		}
		o.live = live
	}
	o.skip(Changed, "run the command again", "it was changed since it was read")
	return nil
}
