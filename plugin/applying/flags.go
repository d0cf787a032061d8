package applying

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/apply"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// Options are the flags.
type Options struct {
	Apply bool
	// Undo is the record that is taken back; "" where none is.
	Undo string

	// Other says that another flag of the command writes, and --dry-run is about it.
	Other bool

	cmd                 *cobra.Command
	undoFlag            string // the flag of the command that takes a record back
	dryRun, manager     string
	record              string
	force, restart, yes bool
	properties          string
}

// given says whether the user gave a flag.
func (o *Options) given(flag string) bool { return o.cmd.Flags().Changed(flag) }

// Help is what the help of a command says about the flags.
func Help(undo string) string {
	return `--apply writes the changes to the objects that hold them, by server-side apply with the field manager kubectl-spark. Each object
is written once. To remove a field, or to change a list that the server takes as a whole, a JSON patch is sent.
First the server checks all objects in a dry run. If it refuses one, nothing is written.
  owners: objects of Helm, Argo CD or Flux are not written; a patch for their source is printed.
  conflicts: a field that another manager owns is named, and nothing is written. Fields that kubectl set are taken over, with a note.
  new objects: an object that should exist and does not is created. Another object of its name is never touched.
  restarts: the effect on running pods is shown first. What restarts pods or runs an application again needs --allow-restart.
  record: a file keeps each object, its fields before and after, the time, the account and the command. --record names it; without it
    the file is in ~/.kube/kubectl-spark. Later runs add to a file that exists. A record holds no secret: the change of one needs --record=none.
  taking back: --` + undo + ` gives all fields of a record the values that they had before. An object that was created is deleted.
    An object that was changed since is refused, by name. A run that was interrupted is completed by the same command,
    or taken back with --` + undo + `.
  spark-submit: an application that it starts has no object. --properties-file names a file or a ConfigMap for its settings.
    A setting that is to be removed gets Spark's default there. What --conf or the application's code sets comes before the file, and is named.
    --` + undo + ` writes the file only where --properties-file names it too, and it still has the text that was written. Links are not followed.

What was not written is named, and the exit code is 2.`
}

// noRecord is the value of --record that keeps none.
const noRecord = "none"

// undoFlags are the names of the flag that takes a record back. Each command has one of them, and knows it by the others too.
var undoFlags = []string{"undo", "rollback"}

// AddFlags adds the flags to a command, whose flag undo takes a record back.
func (o *Options) AddFlags(cmd *cobra.Command, complete flags.Complete, undo string) {
	o.cmd, o.undoFlag = cmd, undo
	f := cmd.Flags()
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if slices.Contains(undoFlags, name) {
			name = undo
		}
		return pflag.NormalizedName(name)
	})
	f.BoolVar(&o.Apply, "apply", false, "write the changes to the cluster, after a dry run of all of them")
	f.StringVar(&o.dryRun, "dry-run", "none", "with --apply: none, client (nothing is sent) or server (nothing is kept)")
	f.StringVar(&o.manager, "field-manager", apply.Manager, "with --apply: name of the manager that owns the fields; --"+undo+" takes the one of the record")
	f.BoolVar(&o.force, "force-conflicts", false, "with --apply: take fields over that another manager owns")
	f.BoolVar(&o.restart, "allow-restart", false, "with --apply: also make changes that restart pods or run an application again")
	f.BoolVar(&o.yes, "yes", false, "with --apply: do not ask on a terminal")
	f.StringVar(&o.record, "record", "", "with --apply: `FILE` for what was changed, or a folder; none writes no record (default: a file in ~/.kube/kubectl-spark)")
	f.StringVar(&o.properties, "properties-file", "", "`FILE` or configmap/NAME for the settings of an application that spark-submit starts; with --"+undo+": the file that gets its text back")
	f.StringVar(&o.Undo, undo, "", "give the fields of a record (`FILE`) the values that they had before")
	flags.Under(f, flags.Writing, "dry-run", "field-manager", "force-conflicts", "allow-restart", "yes", "record", "properties-file", undo)
	complete(cmd, "dry-run", flags.Values("none", "client", "server"))
}

// DryRun is none, client or server.
func (o *Options) DryRun() string { return o.dryRun }

// NoQuestion says that the user has answered already.
func (o *Options) NoQuestion() { o.yes = true }

// Asked says whether anything is to be written or taken back.
func (o *Options) Asked() bool { return o.Apply || o.given(o.undoFlag) }

// withUndo are the flags that have a meaning beside the one that takes a record back.
var withUndo = []string{"dry-run", "field-manager", "force-conflicts", "allow-restart", "yes", "color", "properties-file"}

// onlyUndo refuses what would be ignored where a whole record is taken back: names, and flags about other things.
func (o *Options) onlyUndo(args []string) (err error) {
	if len(args) > 0 {
		return fmt.Errorf("--%s takes back all that its record holds: leave out %s", o.undoFlag, strings.Join(args, ", "))
	}
	o.cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Changed && f.Name != o.undoFlag && !slices.Contains(withUndo, f.Name) && err == nil {
			err = fmt.Errorf("--%s takes back all that its record holds, and --%s says nothing about that: leave it out", o.undoFlag, f.Name)
		}
	})
	return err
}

// Validate refuses arguments and flags that contradict each other.
func (o *Options) Validate(args []string) error {
	if err := flags.OneOf("dry-run", o.dryRun, "none", "client", "server"); err != nil {
		return err
	}
	if !o.Asked() {
		for _, flag := range []string{"dry-run", "field-manager", "force-conflicts", "allow-restart", "yes", "record", "properties-file"} {
			if o.given(flag) && !(o.Other && flag == "dry-run") {
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
	case o.given(o.undoFlag) && strings.HasPrefix(o.properties, "configmap/"):
		return fmt.Errorf("--%s finds ConfigMaps by its record, and --properties-file names a file: leave it out", o.undoFlag)
	case o.given(o.undoFlag):
		if err := o.onlyUndo(args); err != nil {
			return err
		}
	}
	switch {
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
		if f.Name == "token" || f.Name == "password" {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			words = append(words, change.Quote("--"+f.Name+"="+mask.Message(value)))
		}
	})
	return strings.Join(words, " ")
}
