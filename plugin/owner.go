package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// owner edits a document that tells how its pods come about: the edits are those that its pods would get when they are
// made, so that they get none then. handled is false where the document's own templates are what there is to edit.
func (o *editOptions) owner(set *rule.Set, file *workload.File, doc *workload.Document, what string) (ops []patch.Op, notes []string, handled bool, err error) {
	var orders []workload.Order
	var admissions []rule.Admitted
	for _, slot := range file.Pods(doc) {
		pod, id, ok := doc.Predict(slot)
		if !ok {
			return nil, nil, false, nil
		}
		who := fmt.Sprintf("%s, %s: ", what, slot.Role)
		raw, err := json.Marshal(pod)
		if err != nil {
			return nil, nil, true, fmt.Errorf("%s%w", who, err)
		}
		admitted, problems, err := set.AdmitAs(id, raw, pod, o.namespace, rule.Options{Profile: rule.Profile(o.profile)})
		if err != nil {
			return nil, nil, true, fmt.Errorf("%sleft as it was: %w", who, err)
		}
		for _, problem := range problems {
			notes = append(notes, who+problem)
		}
		admissions = append(admissions, admitted)
		orders = append(orders, order(slot, id.Container, admitted))
	}
	if len(orders) == 0 {
		return nil, nil, false, nil
	}
	ops, refused, err := o.carry(file, doc, orders)
	if err != nil {
		return nil, nil, true, err
	}
	for i := range orders {
		note := fmt.Sprintf("%s, %s: %s", what, orders[i].Slot.Role, admittedSentence(admissions[i], names(refused[i])))
		for j, r := range refused[i] {
			if j == 0 {
				note += "; no form here: "
			} else {
				note += ", "
			}
			note += fmt.Sprintf("%s (%s)", r.Key, r.Reason)
		}
		notes = append(notes, note)
	}
	return ops, notes, true, nil
}

// carry has the owner bring about what its pods are to get, and edits the file.
func (o *editOptions) carry(file *workload.File, doc *workload.Document, orders []workload.Order) (ops []patch.Op, refused [][]workload.Refusal, err error) {
	if !doc.Submits() {
		if ops, refused = workload.Carry(doc, orders); len(ops) > 0 {
			err = file.Edit(doc, ops)
		}
		return ops, refused, err
	}
	changes, templates, refused, err := file.CarryConf(doc, orders, o.podTemplates)
	for _, c := range changes {
		value, _ := json.Marshal(c.Value)
		ops = append(ops, patch.Op{Op: patch.Add, Path: patch.Path{c.Key}.Pointer(), Value: value})
	}
	for _, t := range templates {
		if old := o.templates[t.Path]; old != nil && !bytes.Equal(old, t.YAML) {
			return nil, nil, fmt.Errorf("%s: two configurations want another %s: give each a folder of its own", file.Name, t.Path)
		}
		if o.templates == nil {
			o.templates = map[string][]byte{}
		}
		o.templates[t.Path] = t.YAML
	}
	return ops, refused, err
}

// writeTemplates writes the pod templates that configurations name; with check it only says whether that would change
// anything.
func (o *editOptions) writeTemplates(check bool) (changed bool, err error) {
	for _, name := range slices.Sorted(maps.Keys(o.templates)) {
		if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, o.templates[name]) {
			continue
		}
		changed = true
		if check {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return true, fmt.Errorf("--pod-templates: %w", err)
		}
		if err := os.WriteFile(name, o.templates[name], 0o644); err != nil {
			return true, fmt.Errorf("--pod-templates: %w", err)
		}
		fmt.Fprintln(o.ErrOut, oneLine("wrote "+name+", which the configuration names: it must be there where spark-submit runs"))
	}
	return changed, nil
}

// unown takes back what owner did. handled is false where it did nothing.
func unown(file *workload.File, doc *workload.Document, what string) (ops []patch.Op, notes []string, handled bool, err error) {
	if doc.Submits() {
		had, kept, err := file.UncarryConf(doc)
		switch {
		case err != nil:
			return nil, nil, true, err
		case kept:
			return nil, []string{what + ": left alone, for it was changed since: the lines between kubectl-spark.io/begin and end"}, true, nil
		case had:
			return []patch.Op{{Op: patch.Remove}}, []string{what + ": the lines that inject added are taken out"}, true, nil
		}
		return nil, []string{what + ": nothing to take back"}, true, nil
	}
	ops, left, carried := workload.Uncarry(doc)
	if !carried {
		return nil, nil, false, nil
	}
	return ops, undoNotes(what+": ", ops, left), true, file.Edit(doc, ops)
}

// order is what a slot's pods are to get of an admission.
func order(slot *workload.Slot, container int, a rule.Admitted) workload.Order {
	out := workload.Order{Slot: slot, Container: container}
	for _, e := range a.Edits {
		out.Wishes = append(out.Wishes, workload.Wish{Name: e.Code + "/" + e.Part, Path: e.Path, Value: e.Leaf(), Token: e.Token, Env: e.Env})
	}
	out.Report = func(refused []workload.Refusal) (key, value string) {
		if value = rule.Parcel(a.Report, names(refused)); value == "" {
			return "", ""
		}
		return rule.ReportAnnotation, value
	}
	return out
}

func names(refused []workload.Refusal) (list []string) {
	for _, r := range refused {
		list = append(list, r.Key)
	}
	return list
}

// admittedSentence says what an admission did, but for the edits that could not be carried.
func admittedSentence(a rule.Admitted, without []string) string {
	left := strings.Join(without, ",") + ","
	var edits []rule.Edit
	for _, e := range a.Edits {
		if !strings.Contains(left, e.Code+"/"+e.Part+",") {
			edits = append(edits, e)
		}
	}
	a.Edits = edits
	return said(a)
}
