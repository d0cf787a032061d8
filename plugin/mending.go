package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// mending edits documents until what the rules find in them is mended.
type mending struct {
	d    *diagnosis
	only []string // codes; nil: all
	// files holds the file of every document that can be edited; order keeps them in the order in which they were read.
	files map[*workload.Document]*workload.File
	order []*workload.File
	// submits are changes for what submits an application, by workload: its pods cannot be edited.
	submits []submit
	said    []string
	mended  int
	left    int
	err     error
}

type submit struct {
	workload string
	changes  []spark.Change
}

// open takes a file in whose documents edits can be made.
func (m *mending) open(f *workload.File) {
	m.order = append(m.order, f)
	for _, d := range f.Docs {
		m.files[d] = f
	}
}

func (m *mending) workload(w *workload.Workload) {
	name := m.d.name(w)
	owned := map[spark.Role]bool{}
	for _, s := range w.Subjects {
		owned[s.Slot.Role] = owned[s.Slot.Role] || !s.Live
	}
	for _, s := range w.Subjects {
		if m.err == nil && !(s.Live && owned[s.Slot.Role]) { // pods are made anew from what is mended
			m.err = m.subject(name, w, s)
		}
	}
}

// live makes files of a workload's owners, so that what is found in a cluster is mended as files are.
func (m *mending) live(w *workload.Workload) {
	var docs []*workload.Document
	seen := map[*workload.Document]bool{}
	for _, s := range w.Subjects {
		doc := s.Doc
		if seen[doc] || m.err != nil {
			continue
		}
		seen[doc] = true
		if !s.Live {
			file, err := objectFile(doc)
			if err != nil {
				m.err = err
				return
			}
			m.open(file)
			doc = file.Docs[0]
		}
		docs = append(docs, doc)
	}
	if w.ConfDoc != nil && !seen[w.ConfDoc] {
		docs = append(docs, w.ConfDoc)
	}
	for _, again := range workload.Group(docs) {
		if again.Kind != "ConfigMap" || w.Kind == "ConfigMap" {
			m.workload(&again)
		}
	}
}

// objectFile writes a live object as a manifest: what the server adds is left out.
func objectFile(doc *workload.Document) (*workload.File, error) {
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(doc.Raw))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	delete(object, "status")
	if meta, ok := object["metadata"].(map[string]any); ok {
		for _, field := range []string{"managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink"} {
			delete(meta, field)
		}
	}
	raw, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	if raw, err = yaml.JSONToYAML(raw); err != nil {
		return nil, err
	}
	file, err := workload.Open(strings.ToLower(doc.Kind)+"/"+doc.Name+".yaml", raw)
	if err == nil && len(file.Docs) != 1 {
		err = fmt.Errorf("it reads as %d documents", len(file.Docs))
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s cannot be written as a file: %w", doc.Kind, doc.Name, err)
	}
	return file, nil
}

// rounds bounds how often a subject is looked at: what is mended may bring to light what it hid, as encryption that is
// now in force does with its cipher.
const rounds = 4

// subject mends one template with its configuration, in the documents that hold them.
func (m *mending) subject(name string, w *workload.Workload, s workload.Subject) error {
	told := map[string]bool{}
	for range rounds {
		edited, err := m.round(name, w, s, told)
		if err != nil || !edited {
			return err
		}
	}
	return nil
}

// round mends what is found now, and says whether it edited anything. Codes that an earlier round told of are not told
// again: what is left of them is evidence of what was, in pods that will be made anew.
func (m *mending) round(name string, w *workload.Workload, s workload.Subject, told map[string]bool) (edited bool, err error) {
	slot := currentSlot(s)
	if slot == nil {
		return false, nil
	}
	conf, confDoc := w.ConfOf(s, slot)
	slot.Conf, s.Slot = conf, slot
	in, marks := m.d.input(name, s)
	in.Only = m.only
	for _, r := range m.d.set.Rules() {
		if _, ignored := m.d.ignored(name, r.Code, s.Doc.Meta.Annotations, marks.Annotations); ignored {
			in.Skip = append(in.Skip, r.Code)
		}
	}
	mended, err := m.d.set.Mend(in)
	if err != nil {
		return false, fmt.Errorf("%s, %s: left as it was: %w", name, slot.Role, err)
	}
	who := fmt.Sprintf("%s, %s: ", name, slot.Role)
	fates := make([]fate, len(mended.Findings))
	if len(mended.Ops) > 0 {
		file := m.files[s.Doc]
		if file != nil {
			if err := file.Edit(s.Doc, patch.Prefix(mended.Ops, slot.At)); err != nil {
				return false, err
			}
			edited = true
		}
		for i, f := range mended.Findings {
			switch {
			case !hasOps(f):
			case file == nil:
				fates[i].why = "its pods have no owner with a template that could be edited"
			default:
				fates[i].some = true
			}
		}
	}
	if len(mended.Changes) > 0 {
		configured, err := m.configure(name, confDoc, mended, fates)
		if err != nil {
			return false, err
		}
		edited = edited || configured
	}
	before := maps.Clone(told)
	for i, f := range mended.Findings {
		if told[f.Code] = true; !before[f.Code] {
			m.tell(who, f, fates[i])
		}
	}
	return edited, nil
}

// fate is what became of a finding's changes: whether some were made, and why others were not.
type fate struct {
	some bool
	why  string
}

func hasOps(f rule.Finding) bool {
	for _, e := range f.Edits {
		if len(e.Ops) > 0 {
			return true
		}
	}
	return false
}

// configure makes the changes in the document that holds the configuration, those of one finding whole or not at all.
// It says whether it edited anything, and notes each finding's fate.
func (m *mending) configure(name string, doc *workload.Document, mended rule.Mended, fates []fate) (edited bool, err error) {
	file := m.files[doc]
	if file == nil {
		m.submits = append(m.submits, submit{name, mended.Changes})
		return false, nil
	}
	groups := make([][]spark.Change, len(mended.Findings))
	for i, f := range mended.Findings {
		for _, e := range f.Edits {
			groups[i] = append(groups[i], e.Conf...)
		}
	}
	var ops []patch.Op
	made := map[string]bool{} // keys that this edit changes
	for i, g := range workload.ConfGroups(doc, groups) {
		if g.Refused != nil {
			fates[i].why = g.Refused.Reason
			if g.Refused.Key != mended.Findings[i].Key {
				fates[i].why = g.Refused.Key + ": " + g.Refused.Reason
			}
			continue
		}
		ops = append(ops, g.Ops...)
		for _, c := range groups[i] {
			switch {
			case len(g.Ops) > 0:
				made[c.Key], fates[i].some = true, true
			case !made[c.Key]: // what an earlier finding did mends this one too
				fates[i].why = "nothing was changed: what sets " + c.Key + " does not stand there"
			}
		}
	}
	if len(ops) == 0 {
		return false, nil
	}
	return true, file.Edit(doc, ops)
}

func (m *mending) tell(who string, f rule.Finding, done fate) {
	code := f.Code
	if f.Parts != nil && strings.Join(f.Parts, "") != "" {
		code += "/" + strings.Join(f.Parts, ",")
	}
	switch {
	case done.why != "" && done.some:
		m.mended, m.left = m.mended+1, m.left+1
		m.said = append(m.said, fmt.Sprintf("partly  %s%s: %s", who, code, done.why))
	case done.why != "":
		m.left++
		m.said = append(m.said, fmt.Sprintf("left    %s%s: %s; to do by hand: %s", who, code, done.why, f.Summary))
	case len(f.Edits) == 0:
		m.left++
		m.said = append(m.said, fmt.Sprintf("left    %s%s: %s; to do by hand: %s", who, code, f.Message, f.Summary))
	case !f.Carried:
		m.mended, m.left = m.mended+1, m.left+1
		m.said = append(m.said, fmt.Sprintf("partly  %s%s: %s", who, code, f.Message))
	default:
		m.mended++
		m.said = append(m.said, fmt.Sprintf("mended  %s%s: %s", who, code, f.Summary))
	}
}

// currentSlot is a subject's slot as its document stands now: an edit reads documents anew.
func currentSlot(s workload.Subject) *workload.Slot {
	doc := s.Doc
	withConf(doc, doc.Name)
	if s.Index >= len(doc.Slots) {
		return nil
	}
	return &doc.Slots[s.Index]
}

// changed lists the files that are not what they were.
func (m *mending) changed() (files []*workload.File) {
	for _, f := range m.order {
		if !bytes.Equal(f.Raw, f.Bytes()) {
			files = append(files, f)
		}
	}
	return files
}

func (m *mending) verdict(changed int, written bool) string {
	switch {
	case m.mended+m.left == 0:
		return "nothing to mend"
	case m.mended == 0:
		return "nothing was mended: " + count(m.left, "finding is", "findings are") + " left to you"
	case changed == 0:
		return count(m.mended, "finding", "findings") + " can be mended where the applications are submitted"
	}
	text := count(m.mended, "finding", "findings") + " mended in " + count(changed, "file", "files")
	if m.left > 0 {
		text += fmt.Sprintf(", %d left to you", m.left)
	}
	if !written && changed > 0 {
		text += "; nothing was written"
	}
	return text
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
