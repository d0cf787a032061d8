package apply

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch"
	pjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

func same(a, b []byte) bool {
	equal, err := patch.SameJSON(a, b)
	return err == nil && equal
}

// wanted is the object as it is to be.
func (o *Object) wanted() []byte {
	after, err := pjson.Apply(o.Before, o.Operations)
	if err != nil {
		return o.Before // prepare said so before
	}
	return after
}

// markSecrets marks the fields whose values, before or after, hold what looks like a secret.
func (o *Object) markSecrets() {
	for n, whole := range [][]byte{o.Before, o.wanted()} {
		hidden := masked(whole)
		for i := range o.Fields {
			at, ok := resolve(whole, o.Fields[i].at())
			if !ok {
				continue
			}
			clear, found := patch.Lookup(whole, at)
			shown, shows := patch.Lookup(hidden, at)
			if found && (!shows || !same(clear, shown)) {
				o.Fields[i].Secret, o.Fields[i].stays = true, n == 1
			}
		}
	}
}

// secretField names the first field that holds a secret which a record would have to hold; "" where none does. One that is taken out of a
// field of an object is not recorded.
func (o *Object) secretField() string {
	for i := range o.Fields {
		if f := &o.Fields[i]; f.stays || f.Secret && o.local() {
			return f.Name()
		}
	}
	return ""
}

// recorded are fields as a record holds them: without secrets.
func recorded(fields []Field) []Field {
	all := slices.Clone(fields)
	for i := range all {
		if all[i].Secret {
			all[i].Before, all[i].Withheld = nil, true
		}
	}
	return all
}

// withheld names a field whose value before no record holds; "" where the changes have none.
func withheld(entries []*Entry) string {
	for _, entry := range entries {
		for i := range entry.Fields {
			if entry.Fields[i].Withheld {
				return entry.Fields[i].Name()
			}
		}
	}
	return ""
}

// masked is an object without its secrets.
func masked(object []byte) []byte {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return nil
	}
	hidden, err := json.Marshal(mask.Tree(value))
	if err != nil {
		return nil
	}
	return hidden
}

// serverFields are fields of the metadata that only the server writes.
var serverFields = []string{"managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink"}

// revision is the annotation that the controller of Deployments writes.
const revision = "deployment.kubernetes.io/revision"

// content is what people write of an object: not its status, and of its metadata not what the server adds.
func content(object []byte) (map[string]json.RawMessage, error) {
	var all, meta map[string]json.RawMessage
	if err := json.Unmarshal(object, &all); err != nil {
		return nil, err
	}
	delete(all, "status")
	if json.Unmarshal(all["metadata"], &meta) == nil && meta != nil {
		for _, field := range serverFields {
			delete(meta, field)
		}
		var notes map[string]json.RawMessage
		if json.Unmarshal(meta["annotations"], &notes) == nil && notes[revision] != nil {
			if delete(notes, revision); len(notes) == 0 {
				delete(meta, "annotations")
			} else {
				meta["annotations"], _ = json.Marshal(notes)
			}
		}
		all["metadata"], _ = json.Marshal(meta)
	}
	return all, nil
}

// sameObject says whether two answers hold the same content.
func sameObject(a, b []byte) (bool, error) {
	first, err := content(a)
	if err != nil {
		return false, err
	}
	second, err := content(b)
	if err != nil || len(first) != len(second) {
		return false, err
	}
	for key, value := range first {
		if !same(value, second[key]) {
			return false, nil
		}
	}
	return true, nil
}

// sameContent says whether an object is what it was read as, where it matters: all but its metadata, of which the fields
// that operations change.
func sameContent(before, live []byte, ops []patch.Op) (bool, error) {
	first, err := content(before)
	if err != nil {
		return false, err
	}
	second, err := content(live)
	if err != nil {
		return false, err
	}
	for _, all := range []map[string]json.RawMessage{first, second} {
		delete(all, "metadata")
	}
	for key := range second {
		if _, had := first[key]; !had {
			return false, nil
		}
	}
	for key, value := range first {
		if !same(value, second[key]) {
			return false, nil
		}
	}
	for _, op := range ops {
		at, err := patch.ParsePointer(op.Path)
		if err != nil {
			return false, err
		}
		if at[0] != "metadata" {
			continue
		}
		was, had := patch.Lookup(before, at)
		is, has := patch.Lookup(live, at)
		if had != has || had && !same(was, is) {
			return false, nil
		}
	}
	return true, nil
}

// Shown are the operations without what looks like a secret.
func (o *Object) Shown() ([]patch.Op, error) { return patch.Diff(masked(o.Before), masked(o.wanted())) }
