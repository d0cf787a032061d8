package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/forms"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/input"
	"github.com/kubectl-spark/kubectl-spark/plugin/safe"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// editOptions are those of inject and uninject.
type editOptions struct {
	*session.Session
	input.Input
	check         bool
	output        string
	profile       string
	namespaceFile string
	podTemplates  string
	undo          bool
}

func newInject(s *session.Session) *cobra.Command {
	o := &editOptions{Session: s}
	cmd := &cobra.Command{
		Use:   "inject FILE ...",
		Short: "Make the webhook's edits in manifests",
		Long: `Makes the webhook's edits in manifests, without a cluster. The result goes to standard output; every byte outside the edits
stays the same. Edits and refused edits are listed on standard error.

A SparkApplication or spark-defaults.conf has no pod template: it gets the fields or keys that have the same effect on its pods.`,
		Example: `  kubectl spark inject -f worker.yaml | kubectl apply -f -
  kubectl spark inject -f manifests/ -R --check
  kubectl spark inject -f application.yaml | kubectl apply -f -
  kubectl spark inject -f spark-defaults.conf --pod-templates templates
  kubectl spark inject -f review.json -o patch`,
		RunE: o.start,
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.profile, "profile", "", "profile for pods without one from the pod or its namespace: safe, standard (default) or restricted")
	cmd.Flags().StringVar(&o.podTemplates, "pod-templates", "", "folder for the pod template files that a spark-defaults.conf names; only files that inject wrote are replaced")
	cmd.Flags().StringVar(&o.namespaceFile, "namespace-file", "", "Namespace manifest with the labels and annotations to use")
	return cmd
}

func newUninject(s *session.Session) *cobra.Command {
	o := &editOptions{Session: s, undo: true}
	cmd := &cobra.Command{
		Use:     "uninject FILE ...",
		Short:   "Remove the webhook's edits from manifests",
		Long:    "Removes the edits that inject or the webhook made, as the report annotation lists them. A value that was changed since stays and is named.",
		Example: `  kubectl spark uninject -f injected.yaml`,
		RunE:    o.start,
	}
	o.addFlags(cmd)
	return cmd
}

func (o *editOptions) addFlags(cmd *cobra.Command) {
	o.Input.AddFlags(cmd)
	cmd.Flags().BoolVar(&o.check, "check", false, "print no result; exit with 1 if anything would change")
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "yaml, json, patch (a JSON patch of each object) or kustomize (a kustomization that patches the files)")
	o.CompleteFlag(cmd, "output", flags.Values(injectFormats()...))
}

func injectFormats() []string { return []string{"yaml", "json", "patch", "kustomize"} }

// start takes the arguments, all of which are files.
func (o *editOptions) start(cmd *cobra.Command, args []string) error {
	if o.Take(args, true); len(o.Args) > 0 {
		return fmt.Errorf("there is no file %q: %s edits files", o.Args[0], cmd.Name())
	}
	return o.run(cmd.Context())
}

func (o *editOptions) validate() error {
	if len(o.Names) == 0 {
		return errors.New("no input: give files, or - for standard input")
	}
	if o.profile != "" {
		if err := flags.OneOf("profile", o.profile, "safe", "standard", "restricted"); err != nil {
			return err
		}
	}
	if o.output != "" {
		return flags.OneOf("output", o.output, injectFormats()...)
	}
	return nil
}

// run edits everything before it writes anything: after an error standard output is empty. Of several files one that
// cannot be edited is left out.
func (o *editOptions) run(ctx context.Context) error {
	if err := o.validate(); err != nil {
		return err
	}
	set, err := o.Rules()
	if err != nil {
		return err
	}
	files := o.Files(o.In)
	marks, err := files.NamespaceMarks(ctx, o.namespaceFile)
	if err != nil {
		return err
	}
	in := change.Injection{Rules: set, Profile: rule.Profile(o.profile), PodTemplates: o.podTemplates, Undo: o.undo, Output: o.output}
	if marks != nil {
		in.Namespace = *marks
	}
	done, left, err := in.Files(ctx, files)
	if err != nil {
		return err
	}
	notes := done.Notes
	if err := input.NoFile(left, o.ErrOut); err != nil {
		return err
	}
	if len(done.Edited) == 0 {
		notes = append(notes, "nothing found that makes Spark pods: nothing was edited")
	}
	rewritten, err := in.StaleTemplates()
	if err != nil {
		return err
	}
	var out []byte
	switch {
	case o.check:
	case o.output == "patch" || o.output == "kustomize":
		out, _, err = forms.Patches(done.Edited, o.output)
	default:
		out, err = in.Render(done)
	}
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(o.ErrOut, clean.Line(note))
	}
	if lines, code := in.Refused(); lines != nil {
		fmt.Fprintf(o.ErrOut, "note: %s\nmore: kubectl spark explain %s\n", strings.Join(lines, "\n"), code)
	}
	if !o.check {
		if err := in.WriteTemplates(rewritten, func(name string) {
			fmt.Fprintln(o.ErrOut, clean.Line("wrote "+name+", which the configuration names: it must be there where spark-submit runs"))
		}); err != nil {
			return err
		}
		p := safe.To(o.Out, true, false)
		if _, err := o.Out.Write([]byte(p.Text(string(p.Object(out))))); err != nil {
			return err
		}
		if p.Masked {
			fmt.Fprintln(o.ErrOut, "note: values that look like secrets are masked on a terminal: send the output to a file or a pipe to apply it")
		}
	}
	if err := input.End(left, o.ErrOut); err != nil {
		return err
	}
	if o.check && (done.Changed() || len(rewritten) > 0) {
		return session.Found
	}
	return nil
}
