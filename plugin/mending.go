package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

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
	submits []submission
	// changes are all changes of configurations, by workload, wherever they are made.
	changes []submission
	told    []told
	err     error
}

// told is what became of a finding, and the files that it is about.
type told struct {
	text         string
	files        []*workload.File
	mended, left bool
	passed       bool // to what submits the application
}

type submission struct {
	workload string
	file     *workload.File // that holds the configuration; nil where none does
	changes  []spark.Change
}

// noted adds changes to those of their workload: a role's may be another's, too, and of one key the last counts.
func noted(all []submission, one submission) []submission {
	at := slices.IndexFunc(all, func(s submission) bool { return s.workload == one.workload && s.file == one.file })
	if at < 0 {
		one.changes = slices.Clone(one.changes)
		return append(all, one)
	}
	for _, c := range one.changes {
		held := all[at].changes
		if i := slices.IndexFunc(held, func(h spark.Change) bool { return h.Key == c.Key }); i >= 0 {
			held[i] = c
		} else {
			all[at].changes = append(held, c)
		}
	}
	return all
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
		if m.err != nil || s.Live && owned[s.Slot.Role] || m.isLeft(m.files[s.Doc]) { // pods are made anew from what is mended
			continue
		}
		if at, err := m.subject(name, w, s); err != nil && at != nil && m.d.left.given > 0 {
			m.d.left.add(at.Name, err)
		} else if err != nil {
			m.err = err
		}
	}
}

// isLeft says whether a file was left out: then nothing that is done in it counts.
func (m *mending) isLeft(f *workload.File) bool { return f != nil && m.d.left.has(f.Name) }

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
// An error is about the file that it gives.
func (m *mending) subject(name string, w *workload.Workload, s workload.Subject) (at *workload.File, err error) {
	told := map[string]bool{}
	for range rounds {
		edited, at, err := m.round(name, w, s, told)
		if err != nil || !edited {
			return at, err
		}
	}
	return nil, nil
}

// round mends what is found now, and says whether it edited anything. Codes that an earlier round told of are not told
// again: what is left of them is evidence of what was, in pods that will be made anew.
func (m *mending) round(name string, w *workload.Workload, s workload.Subject, told map[string]bool) (edited bool, at *workload.File, err error) {
	slot := currentSlot(s)
	if slot == nil {
		return false, nil, nil
	}
	file := m.files[s.Doc]
	conf, confDoc := w.ConfOf(s, slot)
	slot.Conf, s.Slot = conf, slot
	in, marks := m.d.input(name, s)
	in.Only = m.only
	for _, r := range m.d.set.Rules() {
		if _, ignored := m.d.ignored(name, r.Code, s.Doc.Meta.Annotations, marks.Annotations); ignored {
			in.Skip = append(in.Skip, r.Code)
		}
	}
	who := fmt.Sprintf("%s, %s: ", name, slot.Role)
	mended, impossible, err := m.template(who, file, s, in)
	if err != nil {
		return false, file, err
	}
	fates := make([]fate, len(mended.Findings))
	if len(mended.Ops) > 0 {
		edited = file != nil
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
			return false, m.files[confDoc], err
		}
		edited = edited || configured
	}
	before := maps.Clone(told)
	for _, no := range impossible {
		if told[no.finding.Code] = true; !before[no.finding.Code] {
			m.tell(who, no.finding, fate{why: no.why}, file)
		}
	}
	for i, f := range mended.Findings {
		if told[f.Code] = true; !before[f.Code] {
			m.tell(who, f, fates[i], file, m.files[confDoc])
		}
	}
	return edited, nil, nil
}

func (m *mending) tell(who string, f rule.Finding, done fate, files ...*workload.File) {
	code := f.Code
	if f.Parts != nil && strings.Join(f.Parts, "") != "" {
		code += "/" + strings.Join(f.Parts, ",")
	}
	t := told{files: files}
	switch {
	case done.why != "" && done.some:
		t.mended, t.left, t.text = true, true, fmt.Sprintf("partly  %s%s: %s", who, code, done.why)
	case done.why != "":
		t.left, t.text = true, fmt.Sprintf("left    %s%s: %s; to do by hand: %s", who, code, done.why, f.Summary)
	case len(f.Edits) == 0:
		t.left, t.text = true, fmt.Sprintf("left    %s%s: %s; to do by hand: %s", who, code, f.Message, f.Summary)
	case !f.Carried:
		t.mended, t.left, t.text = true, true, fmt.Sprintf("partly  %s%s: %s", who, code, f.Message)
	case done.submit && done.some:
		t.mended, t.passed, t.text = true, true, fmt.Sprintf("partly  %s%s: %s; the configuration is for what submits the application", who, code, f.Summary)
	case done.submit:
		t.passed, t.text = true, fmt.Sprintf("submit  %s%s: %s", who, code, f.Summary)
	default:
		t.mended, t.text = true, fmt.Sprintf("mended  %s%s: %s", who, code, f.Summary)
	}
	m.told = append(m.told, t)
}

// tally counts findings: mended, left to the user, for what submits the application. One may be more than one of these.
type tally struct{ mended, left, passed int }

// said is what became of the findings in files that were not left out.
func (m *mending) said() (lines []string, n tally) {
	for _, t := range m.told {
		if slices.ContainsFunc(t.files, m.isLeft) {
			continue
		}
		lines = append(lines, t.text)
		if t.mended {
			n.mended++
		}
		if t.left {
			n.left++
		}
		if t.passed {
			n.passed++
		}
	}
	return lines, n
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
		if !m.isLeft(f) && !bytes.Equal(f.Raw, f.Bytes()) {
			files = append(files, f)
		}
	}
	return files
}

func verdict(n tally, changed int, written bool) string {
	switch n {
	case tally{}:
		return "nothing to mend"
	case tally{left: n.left}:
		return "nothing was mended: " + count(n.left, "finding is", "findings are") + " left to you"
	}
	text := count(n.passed, "finding", "findings") + " can be mended where the applications are submitted"
	if n.mended > 0 {
		text = count(n.mended, "finding", "findings") + " mended in " + count(changed, "file", "files")
		if n.passed > 0 {
			text += fmt.Sprintf(", %d where the applications are submitted", n.passed)
		}
	}
	if n.left > 0 {
		text += fmt.Sprintf(", %d left to you", n.left)
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
