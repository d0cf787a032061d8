package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/tuner"
)

func newExplainMemory(e *env) *cobra.Command {
	o := &tuneOptions{env: e}
	cmd := &cobra.Command{
		Use:   "memory (TYPE/NAME | APPLICATION | -f FILE)",
		Short: "Draw where each byte of a workload's memory goes",
		Long: `Draws the memory of each role to scale: the pod's limit, the heap and its regions, what is beside the heap and what
needs it, with the formula of the workload's Spark version. It goes by the specification; needs are priors.`,
		Example: `  kubectl spark explain memory sparkapplication/orders -n payments
  kubectl spark explain memory -f spark-defaults.conf`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.args = args
			switch {
			case len(args) > 0 && len(o.names) > 0:
				return errors.New("-f looks at files, a name at the cluster: give one of both")
			case len(args)+len(o.names) == 0:
				return errors.New("whose memory? give TYPE/NAME, an application, or files with -f")
			}
			if err := oneOf("output", o.output, memoryFormats()...); err != nil {
				return err
			}
			found, err := o.sources(cmd.Context(), false)
			if err != nil {
				return err
			}
			o.tellMissing(found.missing)
			for _, note := range found.notes {
				fmt.Fprintln(o.ErrOut, "note: "+oneLine(report.Mask(note)))
			}
			var b bytes.Buffer
			r := memoryMap(found)
			if err = found.nothing(o.ErrOut); err == nil {
				err = r.Write(&b, o.display(o.output))
			}
			if err == nil {
				_, err = o.Out.Write(b.Bytes())
			}
			if err == nil {
				err = found.left.end(o.ErrOut)
			}
			return err
		},
	}
	o.addFlags(cmd)
	cmd.Flags().StringVarP(&o.output, "output", "o", "table", strings.Join(memoryFormats(), ", "))
	complete(cmd, "output", memoryFormats())
	return cmd
}

func memoryFormats() []string { return []string{"table", "json", "yaml"} }

// memoryMap leaves a workload out that cannot be drawn.
func memoryMap(f *found) *report.MemoryMap {
	r := &report.MemoryMap{Workloads: []report.MemoryWorkload{}}
	for i := range f.workloads {
		s := &f.workloads[i]
		if why := s.part(f.texts); why != "" {
			f.leave(s, fmt.Errorf("%s: not drawn: %s, and what it may set decides", s.place(), why))
			continue
		}
		roles, notes, err := tuner.Explain(f.tunerInput(s))
		if err != nil {
			f.leave(s, s.placed(err))
			continue
		}
		one := report.MemoryWorkload{Name: s.name(), Launcher: string(s.Launcher), Roles: roles, Notes: notes}
		if s.Version.Known() {
			one.Spark = s.Version.String()
		}
		r.Workloads = append(r.Workloads, one)
	}
	return r
}
