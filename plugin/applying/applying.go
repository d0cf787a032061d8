// Package applying is what tune and fix do alike with their changes: to write them to a cluster the flags, the plan that is shown, the
// question, the record, and what is said afterwards; and their form as patches. Start with Options.
package applying

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Changes are what a command wants to change.
type Changes struct {
	Edits []change.Edited
	// Submit are settings for which no object stands: spark-submit starts their applications. Namespace is where a ConfigMap for the
	// application of a title is.
	Submit    []change.Settings
	Namespace func(title string) string
	// Workloads are what was recommended for each workload, for the record. It keeps those of which an object is written.
	Workloads []apply.Workload
	// Command is the command line, without secrets, for the record.
	Command string
}

// Run writes the changes to the cluster as the flags say.
func (o *Options) Run(ctx context.Context, s *session.Session, changes Changes) error {
	reader, err := s.Reader()
	if err != nil {
		return err
	}
	record, err := o.newRecord()
	if err != nil {
		return err
	}
	edits, err := o.submitted(ctx, s, reader, changes)
	if err != nil {
		return err
	}
	end := s.Progress.Begin("checking the changes")
	plan, err := apply.Prepare(ctx, reader, edits, o.how(o.record == noRecord), s.Progress.Count)
	end()
	if err != nil {
		return err
	}
	run := &run{Options: o, Session: s, plan: plan, done: "applied", doing: "Apply"}
	by, err := o.by(ctx, reader)
	if err != nil {
		return err
	}
	if record == nil {
		return run.write(ctx, apply.Unrecorded{}, "")
	}
	return run.write(ctx, &apply.Recording{Record: record, By: by, Command: changes.Command, Manager: o.manager, Workloads: changes.Workloads, Now: time.Now}, record.Path())
}

// RunUndo gives the fields of a record the values that they had before.
func (o *Options) RunUndo(ctx context.Context, s *session.Session) error {
	record, err := apply.OpenRecord(o.Undo)
	if err != nil {
		return fmt.Errorf("--%s: %w", o.undoFlag, err)
	}
	reader, err := s.Reader()
	if err != nil {
		return err
	}
	by, err := o.by(ctx, reader)
	if err != nil {
		return err
	}
	undo, err := apply.NewRollback(ctx, reader, record, by, o.properties)
	if err != nil {
		return err
	}
	how := o.how(true)
	if !o.given("field-manager") {
		how.Manager = "" // that of the record
	}
	end := s.Progress.Begin("checking the changes")
	plan, err := undo.Prepare(ctx, how, s.Progress.Count)
	end()
	if err != nil {
		return err
	}
	if undo.Settled > 0 && o.dryRun == "none" {
		if err := record.Save(); err != nil {
			return err
		}
	}
	run := &run{Options: o, Session: s, plan: plan, done: "taken back", doing: "Take back"}
	return run.write(ctx, undo, "")
}

// submitted are the edits with that of the properties file, where there are settings for one.
func (o *Options) submitted(ctx context.Context, s *session.Session, reader *cluster.Reader, changes Changes) ([]change.Edited, error) {
	var titles []string
	for _, one := range changes.Submit {
		titles = append(titles, clean.Text(one.Title))
	}
	switch {
	case o.properties == "" && len(titles) > 0:
		text := "spark-submit starts " + strings.Join(titles, ", ") + ", so no object here holds the settings: give --properties-file=FILE (or configmap/NAME) to write them where spark-submit reads them, or submit with the arguments that -o conf prints"
		if !slices.ContainsFunc(changes.Edits, func(one change.Edited) bool { return len(one.Operations) > 0 }) {
			return nil, errors.New("nothing was applied: " + text)
		}
		s.Tell([]string{text}, false)
		return changes.Edits, nil
	case o.properties == "":
		return changes.Edits, nil
	case len(titles) == 0:
		s.Tell([]string{o.properties + " stays as it is: no setting of an application that spark-submit starts changes"}, false)
		return changes.Edits, nil
	case len(titles) > 1:
		return nil, fmt.Errorf("--properties-file holds the settings of one application: name one of %s", strings.Join(titles, ", "))
	}
	submit := changes.Submit[0]
	var why []string
	for _, c := range submit.Changes {
		why = append(why, c.Key)
	}
	one, notes, err := apply.Properties(ctx, reader, o.properties, changes.Namespace(submit.Title), submit, why)
	if err != nil {
		return nil, fmt.Errorf("--properties-file: %w", err)
	}
	s.Tell(notes, false)
	for i := range changes.Workloads {
		if w := &changes.Workloads[i]; w.Name == submit.Title {
			w.Objects = append(w.Objects, one.UID)
		}
	}
	return append(changes.Edits, one), nil
}

// how says how changes are made. secrets: also what no record may hold. A dry run shows what restarts something as well.
func (o *Options) how(secrets bool) apply.Options {
	return apply.Options{Manager: o.manager, Force: o.force, Restart: o.restart || o.dryRun != "none", Offline: o.dryRun == "client", Secrets: secrets}
}

// by is the name of this account; "" where nothing is written.
func (o *Options) by(ctx context.Context, reader *cluster.Reader) (string, error) {
	if o.dryRun != "none" {
		return "", nil
	}
	return reader.User(ctx)
}

// newRecord is the record of this run; nil where none is kept.
func (o *Options) newRecord() (*apply.Record, error) {
	path := o.record
	switch {
	case path == noRecord, o.dryRun != "none":
		return nil, nil
	case path == "":
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("no home folder for the record (%w): give --record", err)
		}
		path = filepath.Join(home, ".kube", "kubectl-spark") + string(filepath.Separator)
	}
	record, err := apply.NewRecord(path, o.cmd.Name(), time.Now())
	if err != nil {
		return nil, fmt.Errorf("--record: %w", err)
	}
	return record, nil
}

// run is one writing of a plan.
type run struct {
	*Options
	*session.Session
	plan        *apply.Plan
	done, doing string // the words for it
}

// write shows the plan, asks, writes and says what was done. record is the file that keeps it.
func (r *run) write(ctx context.Context, journal apply.Journal, record string) error {
	if len(r.plan.Objects) == 0 {
		_, err := fmt.Fprintln(r.Out, "nothing to do: no object needs a change")
		return err
	}
	if err := r.show(); err != nil {
		return err
	}
	left, stopped := r.plan.Unwritten()
	all := r.plan.Written()
	switch {
	case stopped:
		return r.stop(left)
	case len(all) == 0:
		fmt.Fprintln(r.ErrOut, "nothing was "+r.done)
		return ended(left)
	case r.dryRun != "none":
		if text := r.restarts(all); text != "" && !r.restart {
			r.Say("note: ", "to write it, add --allow-restart: "+text)
		}
	}
	switch {
	case r.dryRun == "client":
		fmt.Fprintln(r.ErrOut, "dry run: no change was sent to the API server, which may refuse it")
		return ended(left)
	case r.dryRun == "server":
		fmt.Fprintln(r.ErrOut, "dry run: the API server accepts it; nothing was kept")
		return ended(left)
	}
	if yes, err := r.ask(len(all)); err != nil || !yes {
		return err
	}
	end := r.Progress.Begin("writing")
	done, err := r.plan.Write(ctx, journal, func(o *apply.Object, done, total int) {
		r.Progress.Count(done, total)
		fmt.Fprintf(r.Out, "%s: %s\n", clean.Text(o.Name()), r.done)
	})
	end()
	if err != nil {
		return r.partly(ctx, err, len(done), all, record)
	}
	for _, o := range all {
		if o.Skipped != nil {
			fmt.Fprintf(r.ErrOut, "not %s: %s: %s\n", r.done, clean.Text(o.Name()), masked(o.Skipped.Why))
		}
	}
	if record != "" {
		fmt.Fprintf(r.ErrOut, "record: %s\nto take it back: %s\n", clean.FileName(record), r.undo(all, record))
	}
	waited := r.resizes(ctx, done)
	if waited != nil && !errors.Is(waited, session.Waited) {
		return waited
	}
	return cmp.Or(ended(left), waited)
}

// restarts says of what is written what restarts something; "" where nothing does.
func (r *run) restarts(written []*apply.Object) (text string) {
	n := 0
	for _, o := range written {
		if !o.Impact.Disrupts() {
			continue
		}
		if n++; n == 1 {
			text = fmt.Sprintf("%s: %s", clean.Text(o.Name()), o.Impact.Text)
		}
	}
	if n > 1 {
		text += "; and " + report.Count(n-1, "more object", "more objects")
	}
	return text
}

// undo is the command that takes a record back.
func (r *run) undo(all []*apply.Object, record string) string {
	words := r.cmd.Name() + " --" + r.undoFlag + " " + change.Quote(record)
	for _, o := range all {
		if path := o.PropertiesFile(); path != "" {
			words += " --properties-file=" + change.Quote(path)
		}
	}
	if slices.ContainsFunc(all, func(o *apply.Object) bool { return o.Impact.Disrupts() }) {
		words += " --allow-restart"
	}
	return r.Command(words)
}

// ended is how a run ends that wrote all that it could.
func ended(left []*apply.Object) error {
	if slices.ContainsFunc(left, func(o *apply.Object) bool { return !o.Over() }) {
		return session.Failed
	}
	return nil
}

// stop ends a run that writes nothing because of what stands against one of the objects.
func (r *run) stop(left []*apply.Object) error {
	var rights []string
	for _, o := range left {
		if o.Skipped.Right != "" {
			rights = append(rights, o.Skipped.Right)
		}
	}
	if slices.Sort(rights); len(rights) > 0 {
		return fmt.Errorf("a right is missing: %s; nothing was %s", strings.Join(slices.Compact(rights), "; "), r.done)
	}
	return fmt.Errorf("%s cannot be written, so nothing was %s", report.Count(countStops(left), "object", "objects"), r.done)
}

func countStops(left []*apply.Object) (n int) {
	for _, o := range left {
		if o.Stops() {
			n++
		}
	}
	return n
}

// partly is the error of a run that ended before all was written.
func (r *run) partly(ctx context.Context, err error, done int, all []*apply.Object, record string) error {
	text := fmt.Sprintf("%d of %s %s", done, report.Count(len(all), "object", "objects"), map[bool]string{true: "was ", false: "were "}[done == 1]) + r.done
	next := "run the command again to complete it"
	if record != "" {
		next += ", or take it back: " + r.undo(all, record)
	}
	if ctx.Err() != nil {
		fmt.Fprintln(r.ErrOut, text+": "+next)
		return err
	}
	return cluster.After(err, text, next)
}

// ask asks on a terminal whether to go on.
func (r *run) ask(count int) (bool, error) {
	in, is := r.In.(*os.File)
	if r.yes || !is || !term.IsTerminal(int(in.Fd())) {
		return true, nil
	}
	fmt.Fprintf(r.ErrOut, "%s %s? [y/N]: ", r.doing, report.Count(count, "change", "changes"))
	text, err := bufio.NewReader(r.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("cannot read the answer: %w; nothing was changed", err)
	}
	if word := strings.ToLower(strings.TrimSpace(text)); word == "y" || word == "yes" {
		return true, nil
	}
	fmt.Fprintln(r.ErrOut, "nothing was "+r.done)
	return false, nil
}

// masked is a text of the cluster, without secrets, on one line.
func masked(text string) string { return clean.Text(mask.Message(text)) }
