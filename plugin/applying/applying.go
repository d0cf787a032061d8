// Package applying is what tune and fix do alike to write their changes to a cluster: the flags, the plan that is shown, the
// question, the record, and what is said afterwards. Start with Options.
package applying

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Options are the flags.
type Options struct {
	Apply bool
	// Undo is the record that is taken back; "" where none is.
	Undo string

	command, undoFlag   string // the command, and its flag that takes a record back
	dryRun, manager     string
	record              string
	force, restart, yes bool
	properties          string
	given               func(flag string) bool
}

// Help is what the help of a command says about the flags.
func Help(undo string) string {
	return `--apply writes the changes to the objects that hold them, by server-side apply with the field manager kubectl-spark. Each object
gets one write: where a field goes, or a list is replaced as a whole, that is a JSON patch by the same manager.
The server is asked about every object first, in a dry run. If it refuses one, nothing is written.
  owners: an object of Helm, Argo CD or Flux is not written; a patch for the place that it comes from is printed.
  conflicts: a field of another manager is named and stops the run. Fields that kubectl set are taken over, which is said.
  restarts: what happens to running pods is said first. What restarts pods or runs an application again needs --allow-restart.
  record: --record keeps each object, its fields before and after, the time, the account and the command.
    A file that is there already gets the changes too. No record holds a secret: such a change needs --record=none.
  --` + undo + ` gives the fields of a record their values back. An object of which one changed since is refused, by name.
  A run that was cut off is completed by the same command, or taken back with --` + undo + `.
  An application that spark-submit starts has no object: --properties-file names a file or a ConfigMap for its settings.
Something that was not written is named, and the exit code is 2.`
}

// noRecord is the value of --record that keeps none.
const noRecord = "none"

// AddFlags adds the flags to a command, whose flag undo takes a record back.
func (o *Options) AddFlags(cmd *cobra.Command, undo string) {
	o.command, o.undoFlag, o.given = cmd.Name(), undo, cmd.Flags().Changed
	f := cmd.Flags()
	f.BoolVar(&o.Apply, "apply", false, "write the changes to the cluster, after a dry run of all of them")
	f.StringVar(&o.dryRun, "dry-run", "none", "with --apply: none, client (nothing is sent) or server (nothing is kept)")
	f.StringVar(&o.manager, "field-manager", apply.Manager, "with --apply: name of the manager that owns the fields")
	f.BoolVar(&o.force, "force-conflicts", false, "with --apply: take fields over that another manager owns")
	f.BoolVar(&o.restart, "allow-restart", false, "with --apply: also make changes that restart pods or run an application again")
	f.BoolVar(&o.yes, "yes", false, "with --apply: do not ask on a terminal")
	f.StringVar(&o.record, "record", "", "with --apply: `FILE` for what was changed, or a folder; none writes no record (default: a file in ~/.kube/kubectl-spark)")
	f.StringVar(&o.properties, "properties-file", "", "with --apply: `FILE` or configmap/NAME for the settings of an application that spark-submit starts")
	f.StringVar(&o.Undo, undo, "", "give the fields of a record (`FILE`) the values that they had before")
	flags.Under(f, flags.Writing, "dry-run", "field-manager", "force-conflicts", "allow-restart", "yes", "record", "properties-file", undo)
	flags.Complete(cmd, "dry-run", []string{"none", "client", "server"})
}

// NoQuestion says that the user has answered already.
func (o *Options) NoQuestion() { o.yes = true }

// Asked says whether anything is to be written or taken back.
func (o *Options) Asked() bool { return o.Apply || o.given(o.undoFlag) }

// Validate refuses flags that contradict each other.
func (o *Options) Validate() error {
	if err := flags.OneOf("dry-run", o.dryRun, "none", "client", "server"); err != nil {
		return err
	}
	if !o.Asked() {
		for _, flag := range []string{"dry-run", "field-manager", "force-conflicts", "allow-restart", "yes", "record", "properties-file"} {
			if o.given(flag) {
				return fmt.Errorf("--%s is for writing to the cluster: give it with --apply", flag)
			}
		}
		return nil
	}
	switch {
	case o.Apply && o.given(o.undoFlag):
		return fmt.Errorf("--apply makes changes, and --%s takes them back: give one of them", o.undoFlag)
	case o.given(o.undoFlag) && o.Undo == "":
		return fmt.Errorf("--%s is empty: give the file that --record wrote", o.undoFlag)
	case o.given(o.undoFlag) && o.given("record"):
		return fmt.Errorf("--%s keeps its notes in the record that it takes back: leave out --record", o.undoFlag)
	case o.manager == "":
		return errors.New("--field-manager: must not be empty")
	case o.given("properties-file") && o.properties == "":
		return errors.New("--properties-file is empty: give a file, or configmap/NAME")
	case o.given("record") && o.record == "":
		return errors.New("--record is empty: give a file or a folder, or none")
	}
	return nil
}

// CommandLine is a command as it was given, without secrets, for the record.
func CommandLine(cmd *cobra.Command, args []string) string {
	words := []string{cmd.CommandPath()}
	for _, arg := range args {
		words = append(words, change.Quote(mask.Message(arg)))
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "token" && f.Name != "password" {
			words = append(words, change.Quote("--"+f.Name+"="+mask.Message(f.Value.String())))
		}
	})
	return strings.Join(words, " ")
}

// Changes are what a command wants to change.
type Changes struct {
	Edits []change.Edited
	// Submit are settings for which no object stands: spark-submit starts their applications. Namespace is where a ConfigMap for them is.
	Submit    []change.Settings
	Namespace string
	// Workloads are what was recommended for each workload, for the record.
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
	plan, err := o.prepare(ctx, s, reader, edits, record == nil)
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
	for _, w := range changes.Workloads {
		w.Time = time.Now().UTC()
		record.Workloads = append(record.Workloads, w)
	}
	return run.write(ctx, &apply.Recording{Record: record, By: by, Command: changes.Command, Manager: o.manager, Now: time.Now}, record.Path())
}

// RunUndo gives the fields of a record the values that they had before.
func (o *Options) RunUndo(ctx context.Context, s *session.Session) error {
	reader, err := s.Reader()
	if err != nil {
		return err
	}
	record, err := apply.OpenRecord(o.Undo)
	if err != nil {
		return fmt.Errorf("--%s: %w", o.undoFlag, err)
	}
	undo, err := apply.NewRollback(ctx, reader, record)
	if err != nil {
		return err
	}
	plan, err := o.prepare(ctx, s, reader, undo.Edits, true)
	if err != nil {
		return err
	}
	plan.Objects = append(plan.Objects, undo.Refused...)
	if undo.By, err = o.by(ctx, reader); err != nil {
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
		s.Tell([]string{"spark-submit starts " + strings.Join(titles, ", ") + ", so no object here holds the settings: submit with --conf (-o conf), or give --properties-file"}, false)
		return changes.Edits, nil
	case o.properties == "":
		return changes.Edits, nil
	case len(titles) == 0:
		return nil, errors.New("--properties-file is for applications that spark-submit starts, and none of these has a change: leave it out")
	case len(titles) > 1:
		return nil, fmt.Errorf("--properties-file holds the settings of one application: name one of %s", strings.Join(titles, ", "))
	}
	var why []string
	for _, c := range changes.Submit[0].Changes {
		why = append(why, c.Key)
	}
	one, refused, err := apply.Properties(ctx, reader, o.properties, changes.Namespace, changes.Submit[0].Changes, why)
	if err != nil {
		return nil, fmt.Errorf("--properties-file: %w", err)
	}
	for _, r := range refused {
		s.Tell([]string{fmt.Sprintf("%s: %s is not changed: %s", r.Title, r.Key, r.Reason)}, false)
	}
	return append(changes.Edits, one), nil
}

func (o *Options) prepare(ctx context.Context, s *session.Session, reader *cluster.Reader, edits []change.Edited, unrecorded bool) (*apply.Plan, error) {
	defer s.Progress("checking the changes")()
	how := apply.Options{Manager: o.manager, Force: o.force, Restart: o.restart, Offline: o.dryRun == "client", Secrets: unrecorded}
	return apply.Prepare(ctx, reader, edits, how, s.Count)
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
	record, err := apply.NewRecord(path, o.command, time.Now())
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
		return session.Failed
	case r.dryRun == "client":
		fmt.Fprintln(r.ErrOut, "dry run: nothing was sent to the API server, which may refuse it")
		return ended(left)
	case r.dryRun == "server":
		fmt.Fprintln(r.ErrOut, "dry run: the API server accepts it; nothing was kept")
		return ended(left)
	}
	if yes, err := r.ask(len(all)); err != nil || !yes {
		return err
	}
	end := r.Progress("writing")
	done, err := r.plan.Write(ctx, journal, func(o *apply.Object, done, total int) {
		r.Count(done, total)
		fmt.Fprintf(r.Out, "%s: %s\n", clean.Text(o.Name()), r.done)
	})
	end()
	if err != nil {
		return r.partly(ctx, err, len(done), len(all), record)
	}
	if record != "" {
		fmt.Fprintf(r.ErrOut, "record: %s\nto take it back: %s\n", clean.FileName(record), r.Command(r.command+" --"+r.undoFlag+" "+change.Quote(record)))
	}
	return ended(left)
}

// ended is how a run ends that wrote all that it could.
func ended(left []*apply.Object) error {
	if len(left) > 0 {
		return session.Failed
	}
	return nil
}

// stop ends a run that writes nothing because of what stands against one of the objects.
func (r *run) stop(left []*apply.Object) error {
	var rights []string
	for _, o := range left {
		if o.Left.Right != "" {
			rights = append(rights, o.Left.Right)
		}
	}
	if len(rights) > 0 {
		return fmt.Errorf("a right is missing: %s; nothing was %s", strings.Join(unique(rights), "; "), r.done)
	}
	return fmt.Errorf("%s cannot be written, so nothing was %s", report.Count(countStops(left), "object", "objects"), r.done)
}

func countStops(left []*apply.Object) (n int) {
	for _, o := range left {
		if o.Left.Cause.Stops() {
			n++
		}
	}
	return n
}

func unique(list []string) (out []string) {
	seen := map[string]bool{}
	for _, one := range list {
		if !seen[one] {
			seen[one], out = true, append(out, one)
		}
	}
	return out
}

// partly is the error of a run that ended before all was written.
func (r *run) partly(ctx context.Context, err error, done, total int, record string) error {
	text := fmt.Sprintf("%d of %s %s", done, report.Count(total, "object", "objects"), map[bool]string{true: "was ", false: "were "}[done == 1]) + r.done
	next := "run the command again to complete it"
	if record != "" {
		next += ", or take it back: " + r.Command(r.command+" --"+r.undoFlag+" "+change.Quote(record))
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
