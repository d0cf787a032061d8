package tune

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/naming"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/plugin/applying"
	"github.com/kubectl-spark/kubectl-spark/plugin/safe"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

// render writes the recommendations in the form that was asked for.
func (o *options) render(ctx context.Context, sc *scene.Scene, all []tuned) (out []byte, notes []string, err error) {
	var b bytes.Buffer
	p := safe.To(o.Out, len(o.Names) > 0, o.showSecrets)
	defer func() {
		if p.Masked && err == nil {
			notes = append(notes, safe.MaskedNote)
		}
	}()
	switch o.output {
	case "diff", "patch", "kustomize", "helm-values":
		return o.edited(ctx, sc, all, p)
	case "conf", "properties":
		for _, t := range all {
			text, said := confText(o.output, t, p)
			if text != "" && len(all) > 1 {
				fmt.Fprintf(&b, "# %s\n", clean.Line(t.workload.Title))
			}
			b.WriteString(text)
			notes = append(notes, said...)
		}
		return b.Bytes(), notes, nil
	}
	r := report.Tuning{Limits: strings.Join(o.Limits(), " ")}
	if next, note := o.next(ctx, sc, all); note != "" {
		r.Next, notes = next, append(notes, note)
	} else {
		r.Next = next
	}
	r.EventLog, r.Earlier = o.eventLogs()
	r.OfLog = o.ofLog()
	r.Coverage, _ = diagnosis.Coverage(sc, nil)
	for _, t := range all {
		one := report.TunedWorkload{Name: t.workload.Title, Launcher: string(t.workload.Launcher), Shape: tuner.Shape(t.workload.Tuning()), Recommendation: t.outcome}
		for _, target := range change.Targets(t.workload) {
			one.Targets = append(one.Targets, report.Target(target))
		}
		if t.workload.Version.Known() {
			one.Spark = t.workload.Version.String()
		}
		r.Workloads = append(r.Workloads, one)
	}
	display := o.Display(o.output)
	display.ShowSecrets, display.Right = o.showSecrets, o.all
	display.Printer = o.print
	if err = r.Write(&b, display); !o.forms.Whole() {
		o.TellReasons(r.Reasons())
	}
	return b.Bytes(), notes, err
}

// inCluster says that the workloads are those of the cluster.
func (o *options) inCluster() bool { return len(o.Names) == 0 && !o.ofLog() }

// next is the command that carries the change out in the cluster, or shows it as a difference of files, or as arguments where only what
// submits the application can take it. It is as the user gave this one; "" where no other command can read what this one did. note is what
// a reader should know of it, or why there is none. It is a hint: where the cluster does not tell what it would do, there is none.
func (o *options) next(ctx context.Context, sc *scene.Scene, all []tuned) (next, note string) {
	if o.Once() || slices.Contains(o.from.Names, "-") {
		return "", ""
	}
	wanted := resizings(all)
	form := "-o diff"
	switch {
	case !change.Carriable(wanted):
		form = "-o conf"
	case o.inCluster():
		planned, _, err := change.Resize(ctx, sc, wanted)
		if err != nil {
			return "", ""
		}
		edits, err := planned.Edited(func(object []byte) []byte { return object })
		if err != nil || len(edits) == 0 {
			return "", ""
		}
		if next, note, err = o.applying.Next(ctx, o.Session, edits, o.shown(o.again())); err != nil {
			return "", ""
		}
		return next, note
	}
	return o.shown(append(o.again(), form)), ""
}

// shown is a command without secrets.
func (o *options) shown(words []string) string {
	text := strings.Join(words, " ")
	hidden := mask.Message(text)
	if hidden != text {
		o.FillIn("a name")
	}
	return hidden
}

// again is the command as the user gave it.
func (o *options) again() []string {
	words := []string{"kubectl spark tune"}
	for _, arg := range o.Args {
		words = append(words, change.Quote(arg))
	}
	words = append(words, o.Input.Words()...)
	if o.AllNamespaces {
		words = append(words, "-A")
	} else if namespace := o.NamespaceFlag(); namespace != "" {
		words = append(words, "-n "+change.Quote(namespace))
	}
	if o.Selector != "" {
		words = append(words, "-l "+change.Quote(o.Selector))
	}
	if len(o.Names) == 0 {
		words = append(words, o.Reach()...)
	}
	for _, text := range o.shapes {
		words = append(words, "--node-shape="+change.Quote(text))
	}
	words = slices.Concat(words, o.from.Words(), o.prometheus.Words(), o.runs.Words())
	words = append(words, o.Limits()...)
	if o.try {
		words = append(words, "--try")
	}
	if o.goal != "keep" {
		words = append(words, "--goal="+o.goal)
	}
	return words
}

// confText writes changes of the configuration as arguments of spark-submit or as lines of a properties file.
func confText(form string, t tuned, p *safe.Printer) (text string, notes []string) {
	var b strings.Builder
	settings := change.Settings{Title: t.workload.Title, Changes: t.outcome.Changes()}.Masked(p.Value)
	if form == "properties" {
		b.Write(settings.Properties(clean.Line))
	} else {
		notes = append(notes, settings.Removals()...)
		for _, line := range settings.Args() {
			b.WriteString(line + "\n")
		}
	}
	for _, c := range t.outcome.PodEdits() {
		notes = append(notes, fmt.Sprintf("%s: %s of the %s has no form as configuration; see -o diff", t.workload.Title, c.Name(), c.Role))
	}
	return p.Text(b.String()), notes
}

func resizings(all []tuned) (wanted []change.Resizing) {
	for _, t := range all {
		wanted = append(wanted, change.Resizing{Workload: t.workload, Conf: t.outcome.Changes(), Pods: t.outcome.PodEdits()})
	}
	return wanted
}

// edited carries the changes out on the owning objects, in memory, and writes the difference or the operations.
func (o *options) edited(ctx context.Context, sc *scene.Scene, all []tuned, p *safe.Printer) (out []byte, notes []string, err error) {
	planned, refused, err := change.Resize(ctx, sc, resizings(all))
	if err != nil {
		return nil, nil, err
	}
	for _, r := range refused {
		notes = append(notes, fmt.Sprintf("%s: %s is not changed: %s", r.Title, r.Key, r.Reason))
	}
	if o.output != "diff" {
		out, err = applying.Patches(o.Session, planned, o.output, p)
		return out, notes, err
	}
	var b bytes.Buffer
	names := naming.Of(planned.Files())
	for _, file := range planned.Files() {
		for text := range p.Diff(func(hide func([]byte) []byte) iter.Seq[string] {
			return naming.Difference(names.Name(file), file, hide)
		}) {
			b.WriteString(text)
		}
	}
	if note := names.Note(); note != "" {
		notes = append(notes, note)
	}
	return b.Bytes(), notes, nil
}
