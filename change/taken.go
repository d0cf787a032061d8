package change

import (
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// notTaken is an object that inject leaves as it was: its file does not take the edits, for an alias or a merge key stands
// in their way.
type notTaken struct {
	what string
	err  error
}

func (n *notTaken) Error() string { return n.what + ": left as it was: " + n.err.Error() }
func (n *notTaken) Unwrap() error { return n.err }

// objectEdits edits an owner by orders. Where the file does not take some of the wishes, such as those behind an alias, they
// are refused with the reason, and the others are made.
func objectEdits(file *source.File, doc *workload.Document, orders []carry.Order, what string) (ops []patch.Op, refused [][]carry.Refusal, err error) {
	ops, refused = carry.Object(file, doc, orders, true)
	if len(ops) == 0 {
		return ops, refused, nil
	}
	if err = file.Edit(doc, ops); err == nil {
		return ops, refused, nil
	}
	first := err
	kept, no := slices.Clone(orders), make([][]carry.Refusal, len(orders))
	for i := range orders {
		no[i] = wishesNotTaken(file, doc, orders, i)
		kept[i].Wishes = slices.DeleteFunc(slices.Clone(orders[i].Wishes), func(w carry.Wish) bool { return slices.Contains(names(no[i]), w.Name) })
		if report := orders[i].Report; report != nil {
			kept[i].Report = func(more []carry.Refusal) (key, value string) { return report(append(slices.Clone(no[i]), more...)) }
		}
	}
	if ops, refused = carry.Object(file, doc, kept, true); len(ops) > 0 {
		if file.Edit(doc, ops) != nil {
			return nil, nil, &notTaken{what, errors.New(source.Reason(first))}
		}
	}
	for i := range no {
		refused[i] = append(no[i], refused[i]...)
	}
	return ops, refused, nil
}

// wishesNotTaken are the wishes of one order that the file does not take by themselves, each name once.
func wishesNotTaken(file *source.File, doc *workload.Document, orders []carry.Order, of int) (refused []carry.Refusal) {
	alone := slices.Clone(orders)
	for i := range alone {
		alone[i].Wishes, alone[i].Report = nil, nil
	}
	tried := map[string]bool{}
	for _, wish := range orders[of].Wishes {
		if tried[wish.Name] {
			continue
		}
		tried[wish.Name] = true
		alone[of].Wishes = slices.DeleteFunc(slices.Clone(orders[of].Wishes), func(w carry.Wish) bool { return w.Name != wish.Name })
		ops, _ := carry.Object(file, doc, alone, true)
		if at, err := file.Refused(doc, [][]patch.Op{ops}); at >= 0 {
			refused = append(refused, carry.Refusal{Key: wish.Name, Reason: err.Error()})
		}
	}
	return refused
}

// named says what a document is, where it stands and what it is called.
func named(file *source.File, doc *workload.Document) string {
	if doc.Properties || doc.Dockerfile != nil {
		return file.Name
	}
	return fmt.Sprintf("%s:%d: %s %s", file.Name, max(doc.Line, 1), doc.Kind, doc.Called())
}
