package carry

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/patch/undo"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// UndoObject takes back what Object did to a resource, by its annotation and where again does the same: in the file, and as
// operations. What has changed since is left alone and named in kept. carried is false where the document has no such annotation.
func UndoObject(f *source.File, d *workload.Document, again Redo) (ops []patch.Op, kept []string, carried bool, err error) {
	if _, carried = d.Meta.Annotations[AnnotationUndo]; !carried {
		return nil, nil, false, nil
	}
	anew, err := rewritten(d, again)
	if err != nil {
		return nil, nil, true, err
	}
	ops, kept, bare, carried := undoOps(d, func(entry string) bool { return anew.makes(d, entry) })
	if !carried {
		return nil, nil, false, nil
	}
	if err := f.Edit(d, ops); err != nil {
		return nil, nil, true, err
	}
	for _, at := range bare {
		if err := f.Unquote(d, at); err != nil {
			return nil, nil, true, err
		}
	}
	return ops, kept, true, nil
}

// undoOps gives the operations that take back the entries which are believed, and the texts that had no quotes.
func undoOps(d *workload.Document, believed func(entry string) bool) (ops []patch.Op, kept []string, bare []patch.Path, carried bool) {
	if _, carried = d.Meta.Annotations[AnnotationUndo]; !carried {
		return nil, nil, nil, false
	}
	own := undo.Bare(ownUndo)
	back, err := undo.New(d.Raw, func(at patch.Path) bool {
		return len(at) == 3 && at.Pointer()[1:] == own || len(at) > 1 && carriesAt(d, at)
	})
	if err != nil {
		return nil, nil, nil, false
	}
	entries, mine := readUndo(d), own
	for _, entry := range entries {
		if undo.Bare(entry) == own {
			mine = entry
		}
	}
	back.Take(mine)
	for i := len(entries) - 1; i >= 0; i-- {
		if undo.Bare(entries[i]) != own && (!believed(entries[i]) || !back.Take(entries[i])) {
			kept = append(kept, entries[i])
		}
	}
	return topmost(back.Ops), kept, back.Plain, true
}

// topmost leaves out what is taken away right before that which holds it.
func topmost(ops []patch.Op) (out []patch.Op) {
	for _, op := range ops {
		if n := len(out); n > 0 && op.Op == patch.Remove && out[n-1].Op == patch.Remove && strings.HasPrefix(out[n-1].Path, op.Path+"/") {
			out = out[:n-1]
		}
		out = append(out, op)
	}
	return out
}

// maxEntries is more than inject makes in any resource.
const maxEntries = 1000

// readUndo are the entries of an owner's annotation; none where it is not ours.
func readUndo(d *workload.Document) (texts []string) {
	if json.Unmarshal([]byte(d.Meta.Annotations[AnnotationUndo]), &texts) != nil || len(texts) > maxEntries {
		return nil
	}
	return texts
}

// carriesAt says whether a place is one that Object and Conf edit: an annotation that names another was not written by us.
func carriesAt(d *workload.Document, at patch.Path) bool {
	for i := range d.Slots {
		s := &d.Slots[i]
		if patch.Under(at, s.At) || patch.Under(s.At, at) {
			return true
		}
		if section := s.Section; section != nil && len(at) > len(section) && patch.Under(at, section) {
			switch at[len(section)] {
			case "securityContext", "podSecurityContext", "javaOptions":
				return true
			case "env", "envVars":
				return patch.Last(at) == "value" || patch.Last(at) == spark.Channel(spark.Driver)
			case "sidecars", "initContainers":
				return slices.Contains(at[len(section):], "securityContext")
			}
		}
	}
	key := patch.Last(at)
	return key == "sparkConf" || at[len(at)-2] == "sparkConf" && (key == spark.KeyExecutorOptions || key == "spark.kubernetes.driverEnv."+spark.Channel(spark.Driver))
}
