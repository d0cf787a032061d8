package plugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/naming"
	"github.com/kubectl-spark/kubectl-spark/change/write"
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/plugin/applying"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/input"
	"github.com/kubectl-spark/kubectl-spark/plugin/safe"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// fixOptions are doctor's, for fix looks at the same and sees the same.
type fixOptions struct {
	doctorOptions
	write bool
	check bool
	list  bool

	interactive bool

	applying    applying.Options
	commandLine string
}

func newFix(s *session.Session) *cobra.Command {
	o := &fixOptions{doctorOptions: doctorOptions{Session: s}}
	cmd := &cobra.Command{
		Use:   "fix [NAME | TYPE/NAME | FILE ...] [CODE ...]",
		Short: "Show or make the changes that fix what doctor finds",
		Long: `Makes the changes that fix doctor's errors and warnings. With --all it fixes suggestions too.
With codes it fixes the findings of these codes only, of any level.
It edits the object with the faulty setting: a manifest, a custom resource, a ConfigMap or a properties file.
  files: the changes are shown as a diff, and --write edits the files in place. What it does not touch stays byte for byte. A change that
    a file does not take, such as one inside an anchor, stays manual, with the reason. A file that is wrong is named and left out.
  a cluster: the changes are shown, and --apply writes them. What looks like a secret is masked. That output cannot be applied unless
    --show-secrets is given.
  new objects: PodMonitors (SPK-M007), NetworkPolicies (SPK-S001), Roles and RoleBindings of drivers (SPK-S006) and a ServiceAccount for
    executors (SPK-S008) are created where they are missing. The diff shows each as a new file. --write writes it into the folder of the
    manifest, never over another file. --apply creates it with the label app.kubernetes.io/managed-by=kubectl-spark. --list lists the
    objects that fix created in the cluster.

What stays manual is named on standard error.

` + applying.Help("undo") + `

Exit codes: 0 done, also where findings stay manual; 1 --check and something would change; 2 could not do it, or a file was left out.
3 --list found nothing, and not all could be read.`,
		Example: `  kubectl spark fix manifests/ -R
  kubectl spark fix spark-defaults.conf SPK-P006 --write
  kubectl spark fix -f manifests/ -R -i --write
  kubectl spark fix -n payments --all
  kubectl spark fix statefulset/spark-worker SPK-P034 -o yaml
  kubectl spark fix -n payments -o conf
  kubectl spark fix -f manifests/ -o kustomize > kustomization.yaml && kubectl kustomize .
  kubectl spark fix -f charts/lab.yaml -o helm-values > values.yaml
  kubectl spark fix sparkapplication/orders -n payments --apply --dry-run=server
  kubectl spark fix statefulset/spark-worker SPK-P034 --apply --allow-restart --record=fix.json
  kubectl spark fix --undo=fix.json --allow-restart    # take the changes of a record back
  kubectl spark fix --list -A                          # what fix created`,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			codes, _ := s.CompleteCodes(cmd, args, typed)
			names, directive := s.CompleteNames(cmd, args, typed)
			return append(names, codes...), directive
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.started = time.Now()
			if err := o.parse(args); err != nil {
				return err
			}
			if err := o.applying.Validate(args); err != nil {
				return err
			}
			if err := o.notApplied(cmd.Flags().Changed); err != nil {
				return err
			}
			if err := o.notListed(cmd.Flags().Changed); err != nil {
				return err
			}
			if o.list {
				return o.listCreated(cmd.Context())
			}
			if o.applying.Asked() && !o.applying.Apply {
				return o.applying.RunUndo(cmd.Context(), o.Session)
			}
			o.commandLine = applying.CommandLine(cmd, args)
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	o.Input.AddFlags(cmd)
	o.AddSelection(cmd)
	f.StringVar(&o.profile, "profile", "", "the wanted state: safe, standard or restricted; without it the pod's and the namespace's, else standard")
	f.StringVar(&o.namespaceFile, "namespace-file", "", "with -f: the manifest of the Namespace, for its labels and annotations")
	o.Selection.AddFlags(cmd, "fixed", s.CompleteFlag, s.CompleteCodes)
	f.BoolVar(&o.write, "write", false, "with -f: edit the files in place")
	f.BoolVar(&o.check, "check", false, "print no change; exit with 1 if there is one to make")
	f.BoolVar(&o.list, "list", false, "list the objects that fix created in the cluster, with the code and what they are for")
	f.BoolVarP(&o.interactive, "interactive", "i", false, "ask for each finding whether to fix it")
	f.StringVarP(&o.output, "output", "o", "diff", "diff, yaml (changed objects), conf (arguments for spark-submit), patch (JSON patches), kustomize (a kustomization of patches) or helm-values (values of the chart)")
	s.CompleteFlag(cmd, "output", flags.Values(fixFormats()...))
	f.BoolVar(&o.showSecrets, "show-secrets", false, "do not mask values that look like secrets. Output for live objects masks them and cannot be applied. Output for files keeps them, but not on a terminal")
	f.StringVar(&o.color, "color", "auto", "auto, always or never")
	o.applying.AddFlags(cmd, s.CompleteFlag, "undo")
	flags.Under(f, flags.Workloads, "namespace-file")
	flags.Under(f, flags.Rules, "profile")
	flags.Under(f, flags.Output, "color", "show-secrets", "check", "list")
	flags.Under(f, flags.Main, "filename", "all-namespaces", "all", "output", "write", "apply", "interactive")
	o.failOn = never
	return cmd
}

// parse parts codes from names.
func (o *fixOptions) parse(args []string) error {
	set, err := o.Rules()
	if err != nil {
		return err
	}
	var targets []string
	for _, arg := range args {
		if !strings.HasPrefix(strings.ToUpper(arg), "SPK-") {
			targets = append(targets, arg)
			continue
		}
		o.Only = append(o.Only, arg)
	}
	if err := o.Selection.Read(set); err != nil {
		return err
	}
	o.Take(targets, o.namespaceFile != "" || o.write)
	if err := flags.OneOf("output", o.output, fixFormats()...); err != nil {
		return err
	}
	err = o.validate()
	switch {
	case err != nil:
		return err
	case o.write && o.Kustomize != "":
		return fmt.Errorf("--write edits files, and what kustomize builds is in none: -o kustomize writes the changes as a kustomization with %s as its resource", o.Kustomize)
	case o.write && len(o.Names) == 0:
		return errors.New("--write edits files: give them with -f; --apply writes objects of a cluster")
	case o.write && o.output != "diff":
		return errors.New("--write edits the files, and -o shows what would change: give one of them")
	case o.write && o.check:
		return errors.New("--check changes nothing, and --write does: give one of them")
	case o.interactive && o.check:
		return errors.New("--check changes nothing, so there is nothing to ask: leave out -i or --check")
	case o.interactive && slices.Contains(o.Names, "-"):
		return errors.New("-i reads the answers from standard input, and -f - the manifests: give files")
	case o.interactive && o.namespaceFile == "-":
		return errors.New("-i reads the answers from standard input, and --namespace-file=- the Namespace: give it as a file")
	case o.write && !o.InPlace():
		return errors.New("--write edits files in place, and standard input, pipes and URLs are no files: leave it out")
	}
	return nil
}

// gcPercent keeps what fix holds of a large file small: it holds all of it, and makes little garbage beside.
const gcPercent = 25

func (o *fixOptions) run(ctx context.Context) error {
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	}
	set, err := o.Rules()
	if err != nil {
		return err
	}
	want := o.wanted(set)
	sc, planned, err := o.plan(ctx, want, nil)
	if err != nil {
		return err
	}
	declined := 0
	if o.interactive {
		if sc, planned, declined, err = o.choose(ctx, set, want, sc, planned); err != nil {
			return err
		}
	}
	if err := input.NoFile(sc.Left, o.ErrOut); err != nil {
		return err
	}
	if o.applying.Apply {
		return o.apply(ctx, sc, planned)
	}
	changed := planned.Files()
	switch {
	case o.check:
	case o.write: // before it is told
		err = write.Files(ctx, o.Names, changed)
	default:
		err = o.shown(planned)
	}
	if err != nil {
		return err
	}
	o.summarize(ctx, sc, planned, want, declined)
	if err := input.End(sc.Left, o.ErrOut); err != nil {
		return err
	}
	if o.check && len(changed)+len(planned.Submit) > 0 {
		return session.Found
	}
	return input.Covered(sc, o.Names)
}

// plan reads what the flags name and makes the changes in memory.
func (o *fixOptions) plan(ctx context.Context, want scene.Wanted, declined change.Declined) (*scene.Scene, *change.Set, error) {
	sc, err := o.scene(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	if err := input.NoFile(sc.Left, o.ErrOut); err != nil {
		return nil, nil, err
	}
	planned, err := change.Fix(ctx, sc, want, o.Lowest(), declined)
	return sc, planned, err
}

// shown writes what would change.
func (o *fixOptions) shown(planned *change.Set) error {
	out, masked, err := o.show(planned)
	if err != nil {
		return err
	}
	if masked {
		o.Say("note: ", safe.MaskedNote)
	}
	if note := naming.Of(planned.Files()).Note(); o.output == "diff" && !masked && note != "" {
		o.Say("note: ", clean.Line(note))
	}
	_, err = o.Out.Write(out)
	return err
}

// summarize says what becomes of each finding, then the verdict and the next command.
func (o *fixOptions) summarize(ctx context.Context, sc *scene.Scene, planned *change.Set, want scene.Wanted, declined int) {
	notes := slices.Concat(input.Notes(sc), planned.Notes, planned.Restarts)
	slices.Sort(notes)
	tally, outcomes := diagnosis.Fixed(planned, o.showSecrets)
	hide := masks{}
	if o.showSecrets {
		hide = nil
	}
	say := func(head, text string) { o.Say(head, clean.Line(hide.text(text))) }
	for _, note := range slices.Compact(notes) {
		say("", note)
	}
	for _, f := range o.fates(outcomes, o.headed(), planned.Where) {
		o.Say(fmt.Sprintf("%-8s", f.word), clean.Line(hide.text(f.title)+hide.text(f.text)))
	}
	if o.output == "diff" && !o.check {
		for _, f := range planned.Files() {
			for _, note := range planned.Commented(f) {
				say("note: ", note)
			}
		}
	}
	for _, note := range o.removals(planned) {
		say("note: ", note)
	}
	o.TellMissing(diagnosis.Missing(sc.Gaps))
	changed := len(planned.Files())
	written := o.write && !o.check
	verdict := tally.Verdict(changed, len(o.Names) == 0, written)
	if len(sc.Workloads) == 0 && len(outcomes) == 0 && sc.Nothing == "" {
		verdict = "no Spark workload found"
	}
	if n := o.arguments(planned); n > 0 && changed == 0 && tally.None() {
		verdict = report.Count(n, "argument", "arguments") + " shown for the spark-submit command, which is not edited; " + strings.TrimPrefix(verdict, "nothing was fixed: ")
	}
	if declined > 0 {
		if len(outcomes) == 0 {
			verdict = "nothing was fixed"
		}
		verdict += fmt.Sprintf("; %d declined", declined)
	}
	o.Say("", verdict)
	if left := o.left(planned, want); left != "" {
		o.Say("", left)
	}
	o.next(ctx, planned, changed, written)
}
