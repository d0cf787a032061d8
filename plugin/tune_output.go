package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/tuner"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
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
		return o.edits(f, all, p)
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
	r.Coverage.Missing, r.Coverage.LeftOut = f.missing, f.left.files
	for _, t := range all {
		one := report.TunedWorkload{Name: t.name, Launcher: string(t.source.Launcher), Shape: tuner.Shape(f.tunerInput(t.source)), Recommendation: t.outcome}
		if t.source.Version.Known() {
			one.Spark = t.source.Version.String()
		}
		r.Workloads = append(r.Workloads, one)
	}
	display := o.display(o.output)
	display.ShowSecrets = o.showSecrets
	err = r.Write(&b, display)
	return b.Bytes(), nil, err
}

// next is the command that shows the change, as the user gave it.
func (o *tuneOptions) next() string {
	words := []string{"kubectl spark tune"}
	words = append(words, o.args...)
	for _, name := range o.names {
		words = append(words, "-f "+submit.Quote(name))
	}
	for _, text := range o.shapes {
		words = append(words, "--node-shape="+submit.Quote(text))
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
	changes := p.changes(t.outcome.Changes())
	for _, c := range changes {
		switch {
		case c.Unset && form == "conf":
			notes = append(notes, fmt.Sprintf("%s: take %s out of the configuration; no argument can do that", t.name, c.Key))
		case c.Unset:
			fmt.Fprintf(&b, "# to be taken out: %s\n", oneLine(c.Key))
		case form == "properties":
			b.Write(spark.FormatProperties(spark.Conf{c.Key: {Value: c.Value}}))
		}
	}
	if form == "conf" {
		for _, line := range submit.Args(changes) {
			b.WriteString(line + "\n")
		}
	}
	for _, c := range t.outcome.PodEdits() {
		notes = append(notes, fmt.Sprintf("%s: %s of the %s has no form as configuration; see -o diff", t.name, c.Name(), c.Role))
	}
	return p.text(b.String()), notes
}

// edits carries the changes out on the owning objects, in memory, and writes the difference or the operations.
func (o *tuneOptions) edits(f *found, all []tuned, p *printer) (out []byte, notes []string, err error) {
	before := map[*workload.File][]byte{}
	var files []*workload.File
	made := []edited{}
	for _, t := range all {
		edits, refused := t.source.Edits(t.outcome.Changes(), t.outcome.PodEdits())
		for _, r := range refused {
			notes = append(notes, fmt.Sprintf("%s: %s is not changed: %s", t.name, r.Key, r.Reason))
		}
		for _, e := range edits {
			file, doc, err := t.source.editable(e.Doc)
			if err != nil {
				return nil, nil, err
			}
			if before[file] == nil {
				before[file] = file.Bytes()
				files = append(files, file)
			}
			made = append(made, edited{file.Name, doc.APIVersion, doc.Kind, doc.Namespace, doc.Name, p.ops(e.Ops)})
			if err := file.Edit(doc, e.Ops); err != nil && t.source.file[doc] != nil {
				f.left.add(file.Name, err)
			} else if err != nil {
				return nil, nil, err
			}
		}
	}
	made = slices.DeleteFunc(made, func(e edited) bool { return f.left.has(e.File) })
	files = slices.DeleteFunc(files, func(file *workload.File) bool { return f.left.has(file.Name) })
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
