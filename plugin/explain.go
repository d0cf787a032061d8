package plugin

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/image"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// injection is what explain tells of besides rules and what the commands below it do.
const injection = "injection"

func newExplain(s *session.Session) *cobra.Command {
	output := ""
	forms := printers.NewFlags(&output, "", "wide")
	cmd := &cobra.Command{
		Use:   "explain [CODE | injection | memory WORKLOAD | pod NAME | image REFERENCE]",
		Short: "Explain a rule, an injection, a pod, an image or memory",
		Long:  "Explains one rule: what it finds, why it matters and how to fix it. Without a code it lists all rules.\nexplain injection lists the edits of each profile.",
		Example: `  kubectl spark explain SPK-P006
  kubectl spark explain SPK-P006 -o json
  kubectl spark explain injection
  kubectl spark explain memory -f app.yaml
  kubectl spark explain image apache/spark:3.5.6 --by-name`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && len(cmd.SuggestionsFor(args[0])) > 0 { // a command below, with a slip: the error names it
				return cobra.NoArgs(cmd, args)
			}
			return cobra.MaximumNArgs(1)(cmd, args)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			words, _ := s.CompleteCodes(cmd, args, typed)
			if strings.HasPrefix(injection, typed) {
				words = append(words, injection+"\twhat each profile injects")
			}
			return words, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := s.Rules()
			if err != nil {
				return err
			}
			display := s.Display(output)
			if display.Printer, err = forms.Printer(); err != nil {
				return err
			}
			switch {
			case output != "" && len(args) > 0 && args[0] == injection:
				return fmt.Errorf("--output=%s: explain injection is a table: leave out -o", output)
			case len(args) == 0:
				return report.WriteRules(s.Out, display, set.Rules()...)
			case args[0] == injection:
				return report.Injection(s.Out, display, set)
			}
			code, part, has := strings.Cut(args[0], "/")
			r := set.Rule(code)
			if r == nil && len(scene.Near(strings.ToLower(args[0]), []string{injection})) > 0 {
				return fmt.Errorf("there is no rule %q: did you mean kubectl spark explain %s?", args[0], injection)
			}
			if r == nil {
				return scene.NoRule(set, args[0], "injection", "memory", "image", "pod")
			}
			if has && set.Rule(args[0]) == nil {
				return fmt.Errorf("%s has no part %q: kubectl spark explain %s lists its parts", r.Code, part, r.Code)
			}
			if output != "" || display.Printer != nil {
				return report.WriteRules(s.Out, display, r)
			}
			return report.Document(s.Out, display, r, part)
		},
	}
	forms.AddFlags(cmd)
	s.CompleteFlag(cmd, "output", flags.Values(forms.Formats()...))
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(newExplainMemory(s), image.Explain(s))
	cmd.AddCommand(newExplainPod(s))
	return cmd
}
