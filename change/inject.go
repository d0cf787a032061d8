package change

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Injection makes the webhook's edits in files, or takes them back.
type Injection struct {
	Rules     *rule.Set
	Namespace rule.Marks   // of every namespace
	Profile   rule.Profile // where neither the pod nor its namespace names one; "": standard
	// PodTemplates is the folder for the pod template files that a spark-defaults.conf needs beside it; "" has none.
	PodTemplates string
	// Undo takes the edits back.
	Undo bool
	// Output is what Render will write.
	Output string

	templates map[string][]byte   // pod template files that configurations name
	refused   map[refusedEdit]int // how many pods each edit was refused for
}

// File edits the documents of a file, in memory. An object whose edits the file does not take is left, with the reason; where
// there is no other it is the error. After an error the file is to be left out.
func (in *Injection) File(ctx context.Context, file *source.File) (all []Edited, notes []string, left []error, err error) {
	templates, refused := maps.Clone(in.templates), maps.Clone(in.refused)
	defer func() {
		if err != nil {
			in.templates, in.refused = templates, refused
		}
	}()
	for _, doc := range file.Docs {
		if err := ctx.Err(); err != nil {
			return nil, nil, nil, err
		}
		was := doc.Raw
		ops, said, err := in.document(file, doc)
		if no := (*notTaken)(nil); errors.As(err, &no) {
			left = append(left, no)
			continue
		}
		if err == nil && in.patches() && len(doc.Text) > 0 && len(ops) > 0 {
			err = fmt.Errorf("%s:%d: it is part of a workflow, which a separate patch cannot change: leave out -o", file.Name, max(doc.Line, 1))
		}
		if err == nil && in.patches() && len(ops) > 0 {
			err = patchable(file.Name, doc)
		}
		if err == nil && doc.Kind == "ConfigMap" && len(ops) > 0 { // the operations lead into the text of its values
			ops, err = patch.Diff(was, doc.Raw)
		}
		if err != nil {
			return nil, nil, nil, err
		}
		notes = append(notes, said...)
		if len(doc.Slots) > 0 || doc.Submits() {
			all = append(all, edited(file, doc, ops))
		}
	}
	if len(all) == 0 && len(left) > 0 {
		return nil, nil, nil, left[0]
	}
	return all, notes, left, nil
}

func (in *Injection) patches() bool { return in.Output == "patch" || in.Output == "kustomize" }

// document edits one document, template by template.
func (in *Injection) document(file *source.File, doc *workload.Document) (all []patch.Op, notes []string, err error) {
	what := named(file, doc)
	handled := false
	if in.Undo {
		all, notes, handled, err = in.uninjectOwner(file, doc, what)
	} else {
		all, notes, handled, err = in.owner(file, doc, what)
	}
	if err != nil {
		return nil, notes, err
	}
	if !in.Undo {
		for _, unread := range append(scene.Unread(doc, file.Name, nil), scene.Unrecognised(doc, file.Name)...) {
			notes = append(notes, unread.String())
		}
	}
	if handled {
		return all, notes, nil
	}
	nullAs := file.NullAs(doc)
	for i := range doc.Slots {
		slot := &doc.Slots[i]
		who := fmt.Sprintf("%s, %s: ", what, slot.Role)
		var ops []patch.Op
		switch {
		case doc.Dockerfile != nil:
			if !in.Undo {
				notes = append(notes, what+": not edited: a Dockerfile makes an image, and inject edits pods")
			}
		case slot.Submission() && slot.Section != nil:
			if !in.Undo {
				notes = append(notes, who+"not edited: the workflow's template makes the pod, and the webhook leaves it alone")
			}
		case slot.Submission() && slot.Template == nil:
			if !in.Undo {
				notes = append(notes, who+"not edited: spark-submit makes its pods, which the webhook edits when they are created")
			}
		case slot.Submission() && !in.Undo:
			notes = append(notes, who+"not edited: nothing marks the pod as a driver's, and the webhook leaves it alone")
		case in.Undo && slot.Template == nil:
		case in.Undo:
			var kept []string
			if ops, kept, err = in.Rules.UndoAs(slot.Identity, slot.Raw); err != nil {
				return nil, nil, fmt.Errorf("%s%w", who, err)
			}
			notes = append(notes, undoNotes(who, ops, kept)...)
		default:
			admitted, problems, err := in.Rules.AdmitAs(slot.Identity, slot.Raw, slot.Template.DeepCopy(), in.Namespace, rule.Options{Profile: in.Profile, NullAs: func(at patch.Path) patch.Null { return nullAs(slot.At.With(at...)) }})
			if err != nil {
				return nil, nil, fmt.Errorf("%sleft as it was: %w", who, err)
			}
			for _, problem := range problems {
				notes = append(notes, who+problem)
			}
			ops = admitted.Ops
			in.refuse(admitted)
			notes = append(notes, who+sentence(slot, admitted))
		}
		all = append(all, patch.Prefix(ops, slot.At)...)
	}
	if len(all) == 0 {
		return nil, notes, nil
	}
	edit := file.Inject // of all templates at once: an object is edited whole or not at all
	if in.Undo {
		edit = file.Edit
	}
	if err := edit(doc, all); err != nil {
		if at, err := file.Refused(doc, [][]patch.Op{all}); at >= 0 && !in.Undo {
			return nil, nil, &notTaken{what, err}
		}
		return nil, nil, err
	}
	return all, notes, nil
}

func sentence(slot *workload.Slot, a rule.Admitted) string {
	if !slot.Identity.Certain {
		return fmt.Sprintf("not edited: its role is not certain (%s)", slot.Identity.Why)
	}
	return said(a)
}

// said is what an admission did and what it refused.
func said(a rule.Admitted) string {
	var done []string
	for _, e := range a.Edits {
		done = append(done, e.Code+"/"+e.Part)
	}
	text := "nothing to do"
	if len(done) > 0 {
		text = fmt.Sprintf("edited by %s", strings.Join(unique(done), ", "))
	} else if a.Back > 0 {
		text = "edits of an earlier injection are taken back"
	} else if len(a.Ops) > 0 {
		text = "no edit; the report is brought up to date"
	}
	var not []string
	for _, r := range a.Refusals {
		if !r.Deliberate {
			not = append(not, fmt.Sprintf("%s/%s (%s)", r.Code, r.Part, r.Reason))
		}
	}
	if len(not) > 0 {
		text += "; refused: " + strings.Join(unique(not), ", ")
	}
	return text
}

func undoNotes(who string, ops []patch.Op, kept []string) (notes []string) {
	if len(ops) > 0 {
		notes = append(notes, fmt.Sprintf("%s%d edits reverted", who, len(ops)))
	} else {
		notes = append(notes, who+"nothing to revert")
	}
	for _, place := range kept {
		notes = append(notes, who+"left alone, for it was changed since: "+place)
	}
	return notes
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
