package change

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/carry"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// owner edits a document that tells how its pods come about: the edits are those that its pods would get when they are
// made, so that they get none then. handled is false where the document's own templates are what there is to edit.
func (in *Injection) owner(file *source.File, doc *workload.Document, what string) (ops []patch.Op, notes []string, handled bool, err error) {
	var orders []carry.Order
	var admissions []rule.Admitted
	for _, slot := range carry.Pods(file, doc) {
		pod, ok := launcher.Predict(doc, slot)
		if !ok || slot.Submission() {
			return nil, nil, false, nil
		}
		who := fmt.Sprintf("%s, %s: ", what, slot.Role)
		_, reported := pod.Template.Annotations[rule.ReportAnnotation]
		admitted, problems, err := in.Rules.AdmitAs(pod.Identity, pod.Raw, pod.Template, in.Namespace, rule.Options{Profile: in.Profile})
		if err != nil {
			return nil, nil, true, fmt.Errorf("%sleft as it was: %w", who, err)
		}
		for _, problem := range problems {
			notes = append(notes, who+problem)
		}
		if len(admitted.Edits) == 0 && !reported {
			admitted.Ops = nil // a report alone is no edit of an owner
		}
		in.refuse(admitted)
		admissions = append(admissions, admitted)
		orders = append(orders, order(slot, pod.Identity.Container, admitted, reported))
	}
	if len(orders) == 0 {
		return nil, nil, false, nil
	}
	ops, refused, err := in.carry(file, doc, orders, what)
	if err != nil {
		return nil, nil, true, err
	}
	for i := range orders {
		note := fmt.Sprintf("%s, %s: %s", what, orders[i].Slot.Role, admittedSentence(admissions[i], names(refused[i])))
		notes = append(notes, note+formless(refused[i]))
	}
	return ops, notes, true, nil
}

// carry has the owner bring about what its pods are to get, and edits the file.
func (in *Injection) carry(file *source.File, doc *workload.Document, orders []carry.Order, what string) (ops []patch.Op, refused [][]carry.Refusal, err error) {
	if !doc.Submits() {
		return objectEdits(file, doc, orders, what)
	}
	changes, templates, refused, err := carry.Conf(file, doc, orders, in.PodTemplates)
	for _, c := range changes {
		value, _ := json.Marshal(c.Value)
		ops = append(ops, patch.Op{Op: patch.Add, Path: patch.Path{c.Key}.Pointer(), Value: value})
	}
	for _, t := range templates {
		text := append([]byte(templateMark+"\n"), t.YAML...)
		if old := in.templates[t.Path]; old != nil && !bytes.Equal(old, text) {
			return nil, nil, fmt.Errorf("%s: two configurations need different %s files: move each to a separate folder", file.Name, t.Path)
		}
		if in.templates == nil {
			in.templates = map[string][]byte{}
		}
		in.templates[t.Path] = text
	}
	return ops, refused, err
}

// uninjectOwner undoes the edits of owner. handled is false if owner made none.
func (in *Injection) uninjectOwner(file *source.File, doc *workload.Document, what string) (ops []patch.Op, notes []string, handled bool, err error) {
	if doc.Submits() {
		alone := len(doc.Slots) == 0 // pod templates that stand beside it are edited, and tell of themselves
		had, kept, err := carry.UndoConf(file, doc, in.again(file, doc))
		switch {
		case err != nil:
			return nil, nil, true, err
		case kept:
			return nil, []string{what + ": left alone, for it was changed since: the lines between kubectl-spark.io/begin and end"}, alone, nil
		case had:
			return []patch.Op{{Op: patch.Remove}}, []string{what + ": the lines that inject added are removed"}, alone, nil
		case alone:
			notes = []string{what + ": nothing to revert"}
		}
		return nil, notes, alone, nil
	}
	ops, left, carried, err := carry.UndoObject(file, doc, in.again(file, doc))
	if !carried || err != nil {
		return nil, nil, carried, err
	}
	return ops, undoNotes(what+": ", ops, left), true, nil
}

// again makes owner's edits anew, by the profile and the wishes that the reports of a document name.
func (in *Injection) again(file *source.File, doc *workload.Document) carry.Redo {
	anew := Injection{Rules: in.Rules, PodTemplates: podTemplates(doc)}
	var wanted []string
	for _, slot := range carry.Pods(file, doc) {
		report, err := rule.ReadReport(reported(doc, slot))
		if p, known := rule.ParseProfile(string(report.Profile)); err == nil && known {
			wanted = append(wanted, report.Applied...)
			if !anew.Profile.Holds(p) {
				anew.Profile = p
			}
		}
	}
	if anew.Profile == "" {
		anew.Profile = rule.Standard
	}
	anew.Namespace = rule.Marks{Annotations: map[string]string{rule.WantAnnotation: strings.Join(wanted, ",")}}
	return func(file *source.File, doc *workload.Document) error {
		_, _, _, err := anew.owner(file, doc, doc.Kind)
		return err
	}
}

// reported is what a document says was done to the pods of a slot.
func reported(doc *workload.Document, slot *workload.Slot) string {
	if doc.Submits() {
		return doc.Conf["spark.kubernetes."+string(slot.Role)+".annotation."+rule.ReportAnnotation].Value
	}
	if pod, ok := launcher.Predict(doc, slot); ok {
		return pod.Template.Annotations[rule.ReportAnnotation]
	}
	return ""
}

// podTemplates is the folder of the pod templates that a configuration names; "" where it names none.
func podTemplates(doc *workload.Document) string {
	for _, role := range []spark.Role{spark.Driver, spark.Executor} {
		if file := doc.Conf["spark.kubernetes."+string(role)+".podTemplateFile"].Value; file != "" {
			return path.Dir(file)
		}
	}
	return ""
}

// order is what a slot's pods are to get of an admission. The report goes with the edits, or where one is already: an
// owner is given no template for the sake of what was refused alone.
func order(slot *workload.Slot, container int, a rule.Admitted, reported bool) carry.Order {
	out := carry.Order{Slot: slot, Container: container}
	for _, e := range a.Edits {
		out.Wishes = append(out.Wishes, wish(e, e.Code+"/"+e.Part))
	}
	out.Report = func(refused []carry.Refusal) (key, value string) {
		if value = rule.PodReport(a.Report, names(refused)); value == "" || !reported && !slices.ContainsFunc(a.Edits, func(e rule.Edit) bool { return !slices.Contains(names(refused), e.Code+"/"+e.Part) }) {
			return "", ""
		}
		return rule.ReportAnnotation, value
	}
	return out
}

func names(refused []carry.Refusal) (list []string) {
	for _, r := range refused {
		list = append(list, r.Key)
	}
	return list
}

// formless names what an owner has no form for, by the reasons.
func formless(refused []carry.Refusal) (text string) {
	var reasons []string
	by := map[string][]string{}
	for _, r := range refused {
		if by[r.Reason] == nil {
			reasons = append(reasons, r.Reason)
		}
		by[r.Reason] = append(by[r.Reason], r.Key)
	}
	for _, reason := range reasons {
		text += fmt.Sprintf("; not possible here: %s (%s)", strings.Join(unique(by[reason]), ", "), reason)
	}
	return text
}

// admittedSentence says what an admission did, but for the edits that could not be carried.
func admittedSentence(a rule.Admitted, without []string) string {
	a.Edits = slices.DeleteFunc(slices.Clone(a.Edits), func(e rule.Edit) bool { return slices.Contains(without, e.Code+"/"+e.Part) })
	if len(a.Edits) == 0 && len(without) > 0 {
		a.Ops = nil
	}
	return said(a)
}

// wish is an edit of a pod as its owner carries it, under a name by which a refusal speaks of it.
func wish(e rule.Edit, name string) carry.Wish {
	return carry.Wish{Name: name, Op: e.Verb(), Path: e.Path, Value: e.Leaf(), Token: e.Token, Env: e.Env}
}
