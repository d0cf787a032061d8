package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// render writes the recommendations in the form that was asked for.
func (o *tuneOptions) render(f *found, all []tuned) (out []byte, notes []string, err error) {
	var b bytes.Buffer
	p := o.printer(len(o.names) > 0, o.showSecrets)
	defer func() {
		if p.masked && err == nil {
			notes = append(notes, maskedNote)
		}
	}()
	switch o.output {
	case "diff", "patch":
		return o.edits(all, p)
	case "conf", "properties":
		for _, t := range all {
			text, said := confText(o.output, t, p)
			if text != "" && len(all) > 1 {
				fmt.Fprintf(&b, "# %s\n", oneLine(t.name))
			}
			b.WriteString(text)
			notes = append(notes, said...)
		}
		return b.Bytes(), notes, nil
	}
	r := report.Tuning{Next: o.next()}
	r.Coverage.Missing = f.missing
	for _, t := range all {
		one := report.TunedWorkload{Name: t.name, Launcher: string(t.source.Launcher), Shape: tuner.Shape(f.tunerInput(t.source)), Recommendation: t.outcome}
		if t.source.Version.Known() {
			one.Spark = t.source.Version.String()
		}
		r.Workloads = append(r.Workloads, one)
	}
	err = r.Write(&b, o.display(o.output))
	return b.Bytes(), nil, err
}

// next is the command that shows the change, as the user gave it.
func (o *tuneOptions) next() string {
	words := []string{"kubectl spark tune"}
	words = append(words, o.args...)
	for _, name := range o.names {
		words = append(words, "-f "+shellQuote(name))
	}
	for _, text := range o.shapes {
		words = append(words, "--node-shape="+shellQuote(text))
	}
	if o.recursive {
		words = append(words, "-R")
	}
	if o.try {
		words = append(words, "--try")
	}
	if o.goal != "keep" {
		words = append(words, "--goal="+o.goal)
	}
	return strings.Join(words, " ") + " -o diff"
}

// confText writes changes of the configuration as arguments of spark-submit or as lines of a properties file.
func confText(form string, t tuned, p *printer) (text string, notes []string) {
	var b strings.Builder
	for _, c := range p.changes(t.outcome.Changes()) {
		switch {
		case c.Unset && form == "conf":
			notes = append(notes, fmt.Sprintf("%s: take %s out of the configuration; no argument can do that", t.name, c.Key))
		case c.Unset:
			fmt.Fprintf(&b, "# to be taken out: %s\n", oneLine(c.Key))
		case form == "conf":
			fmt.Fprintf(&b, "--conf %s\n", shellQuote(c.Key+"="+c.Value))
		default:
			b.Write(spark.FormatProperties(spark.Conf{c.Key: {Value: c.Value}}))
		}
	}
	for _, e := range t.outcome.PodEdits() {
		notes = append(notes, fmt.Sprintf("%s: %s of the %s has no form as configuration; see -o diff", t.name, e.Env+e.Resource, e.Role))
	}
	return p.text(b.String()), notes
}

// shellQuote writes a word so that a shell reads it as one.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-=:+/,%@", r)
	}
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// edits carries the changes out on the owning objects, in memory, and writes the difference or the operations.
func (o *tuneOptions) edits(all []tuned, p *printer) (out []byte, notes []string, err error) {
	before := map[*workload.File][]byte{}
	var files []*workload.File
	made := []edited{}
	carry := func(s *workloadSource, doc *workload.Document, ops []patch.Op) error {
		file, doc, err := s.editable(doc)
		if err != nil {
			return err
		}
		if before[file] == nil {
			before[file] = file.Bytes()
			files = append(files, file)
		}
		made = append(made, edited{file.Name, doc.APIVersion, doc.Kind, doc.Namespace, doc.Name, p.ops(ops)})
		return file.Edit(doc, ops)
	}
	for _, t := range all {
		byDoc, docs, said := t.operations()
		notes = append(notes, said...)
		for _, doc := range docs {
			if err := carry(t.source, doc, byDoc[doc]); err != nil {
				return nil, nil, err
			}
		}
	}
	var b bytes.Buffer
	if o.output == "patch" {
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err := encoder.Encode(made)
		return []byte(p.text(b.String())), notes, err
	}
	for _, file := range files {
		b.WriteString(p.diff(file.Name, before[file], file.Bytes()))
	}
	return b.Bytes(), notes, nil
}

// operations are the edits of one workload, document by document, and what has no form there.
func (t *tuned) operations() (ops map[*workload.Document][]patch.Op, docs []*workload.Document, notes []string) {
	ops = map[*workload.Document][]patch.Op{}
	add := func(doc *workload.Document, more []patch.Op) {
		if len(more) > 0 && ops[doc] == nil {
			docs = append(docs, doc)
		}
		ops[doc] = append(ops[doc], more...)
	}
	if changes := t.outcome.Changes(); len(changes) > 0 {
		doc := t.source.owner()
		if doc == nil {
			notes = append(notes, t.name+": spark-submit made its pods, and no object here holds its configuration; use -o conf")
		} else {
			more, refused := workload.ConfOps(doc, changes)
			for _, r := range refused {
				notes = append(notes, fmt.Sprintf("%s: %s is not changed: %s", t.name, r.Key, r.Reason))
			}
			add(doc, more)
		}
	}
	for _, e := range t.outcome.PodEdits() {
		s := t.source.template(e.Role)
		if s == nil {
			notes = append(notes, fmt.Sprintf("%s: %s of the %s is not changed: only pods were seen, not what makes them", t.name, e.Env+e.Resource, e.Role))
			continue
		}
		add(s.Doc, podOps(s.Doc, s.Slot, e, ops[s.Doc]))
	}
	return ops, docs, notes
}

// template is the owner's template of a role.
func (s *workloadSource) template(role spark.Role) *workload.Subject {
	for i := range s.Subjects {
		if one := &s.Subjects[i]; !one.Live && one.Slot.Role == role && one.Slot.Template != nil && one.Slot.Identity.Container >= 0 {
			return one
		}
	}
	return nil
}

// podOps is the edit of one variable or resource of a role's container, after the operations made before it.
func podOps(doc *workload.Document, slot *workload.Slot, e tuner.PodEdit, done []patch.Op) []patch.Op {
	raw := doc.Raw
	if now, err := patch.Apply(raw, done); err == nil {
		raw = now
	}
	at := slot.At.With("spec", "containers", strconv.Itoa(slot.Identity.Container))
	if e.Resource != "" {
		path := at.With(append([]string{"resources"}, strings.Split(e.Resource, ".")...)...)
		if e.Unset {
			return []patch.Op{{Op: patch.Remove, Path: path.Pointer()}}
		}
		return []patch.Op{patch.Put(raw, path, quoted(e.Value))}
	}
	env := slot.Template.Spec.Containers[slot.Identity.Container].Env
	for i := len(env) - 1; i >= 0; i-- {
		if env[i].Name == e.Env {
			return []patch.Op{patch.Put(raw, at.With("env", strconv.Itoa(i), "value"), quoted(e.Value))}
		}
	}
	entry, _ := json.Marshal(map[string]string{"name": e.Env, "value": e.Value})
	if n, ok := patch.Len(raw, at.With("env")); !ok || n == 0 {
		return []patch.Op{patch.Put(raw, at.With("env"), append(append([]byte("["), entry...), ']'))}
	}
	return []patch.Op{{Op: patch.Add, Path: at.With("env", "-").Pointer(), Value: entry}}
}

func quoted(s string) json.RawMessage {
	raw, _ := json.Marshal(s)
	return raw
}
