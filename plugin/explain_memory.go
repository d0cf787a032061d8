package plugin

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/input"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

type memoryOptions struct {
	*session.Session
	input.Input
	output string
	forms  *printers.Flags
}

func newExplainMemory(s *session.Session) *cobra.Command {
	o := &memoryOptions{Session: s}
	cmd := &cobra.Command{
		Use:   "memory (NAME | TYPE/NAME | FILE) ...",
		Short: "Draw how a workload's memory is divided",
		Long: `Draws the memory of each role to scale: the pod's limit, the heap and its regions, and the overhead with its parts. It shows
the formula of the workload's Spark version. It reads settings only: the parts of the overhead are estimates, not measurements.`,
		Example: `  kubectl spark explain memory sparkapplication/orders -n payments
  kubectl spark explain memory -f spark-defaults.conf`,
		ValidArgsFunction: s.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Take(args, false)
			switch {
			case len(o.Args) > 0 && len(o.Names) > 0:
				return o.NotBoth()
			case len(o.Args)+len(o.Names) == 0:
				return errors.New("no input: give names of workloads, or files")
			}
			printer, err := o.forms.Printer()
			if err != nil {
				return err
			}
			sc, err := o.Sized(cmd.Context(), o.Session, false, false)
			if err != nil {
				return err
			}
			if err := input.NoFile(sc.Left, o.ErrOut); err != nil {
				return err
			}
			o.TellMissing(diagnosis.Missing(sc.Gaps))
			o.Tell(input.Notes(sc), false)
			var b bytes.Buffer
			r := memoryMap(sc)
			if err = input.NoWorkload(sc, o.ErrOut); err == nil {
				display := o.Display(o.output)
				display.Printer = printer
				err = r.Write(&b, display)
			}
			if err == nil {
				_, err = o.Out.Write(b.Bytes())
			}
			if err == nil {
				err = input.End(sc.Left, o.ErrOut)
			}
			if err == nil {
				err = input.Covered(sc, o.Names)
			}
			return err
		},
	}
	o.AddFlags(cmd)
	o.forms = printers.NewFlags(&o.output, report.MemoryFormats()...)
	o.forms.AddFlags(cmd)
	s.CompleteFlag(cmd, "output", flags.Values(o.forms.Formats()...))
	return cmd
}

// memoryMap leaves a workload out that cannot be drawn.
func memoryMap(sc *scene.Scene) *report.MemoryMap {
	r := &report.MemoryMap{Workloads: []report.MemoryWorkload{}}
	for _, w := range sc.Workloads {
		if why := w.ConfPart(); why != "" {
			sc.Leave(w, fmt.Errorf("%s: not drawn: %s. The memory may depend on it: %s", w.Place(), why, input.Show(why)))
			continue
		}
		roles, notes, err := tuner.Explain(w.Tuning())
		if err != nil {
			sc.Leave(w, w.Placed(err))
			continue
		}
		one := report.MemoryWorkload{Name: w.Title, Launcher: string(w.Launcher), Roles: roles, Notes: notes}
		if w.Version.Known() {
			one.Spark = w.Version.String()
		}
		r.Workloads = append(r.Workloads, one)
	}
	return r
}
