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
	"github.com/kubectl-spark/kubectl-spark/diagnosis"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
	"github.com/kubectl-spark/kubectl-spark/plugin/input"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/plugin/webhook"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/clean"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/tuner/shapes"
)

type doctorOptions struct {
	*session.Session
	input.Input
	flags.Selection
	profile       string
	failOn        string
	output        string
	forms         *printers.Flags // nil in fix, which has forms of its own
	print         printers.Printer
	color         string
	by            string
	showSecrets   bool
	strict        bool
	namespaceFile string
	shapes        []string
	nodes         []shapes.Node
	started       time.Time
}

func newDoctor(s *session.Session) *cobra.Command {
	o := &doctorOptions{Session: s}
	cmd := &cobra.Command{
		Use:   "doctor [NAME | TYPE/NAME | FILE ...]",
		Short: "Find what is wrong with Spark workloads",
		Long: `Looks at Spark workloads, live or in files, and says what is wrong with them. It only reads.

Exit codes: 0 nothing at or above --fail-on; 1 findings; 2 the command failed; 3 the files look like Spark, and none
could be checked. With --strict-coverage, 3 also says that something was not checked: an object could not be read,
or a fact that a rule needs was not known. Both are listed as not checked.

To accept a finding, set the annotation kubectl-spark.io/ignore.CODE on the object or its pods. Its value is the reason, and it may hold
until=YYYY-MM-DD, the last day on which it is valid. doctor counts the finding as suppressed, and fix changes nothing for it.`,
		Example: `  kubectl spark doctor -n payments
  kubectl spark doctor -A --fail-on=warning -o json
  kubectl spark doctor statefulset/spark-worker
  kubectl spark doctor manifests/ -R`,
		ValidArgsFunction: s.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.started = time.Now()
			o.Take(args, o.namespaceFile != "" || len(o.shapes) > 0)
			if err := o.validate(); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	o.Input.AddFlags(cmd)
	o.AddSelection(cmd)
	o.Selection.AddFlags(cmd, "shown", s.CompleteFlag, s.CompleteCodes)
	f.StringVar(&o.profile, "profile", "", "the wanted state: safe, standard or restricted; without it the pod's and the namespace's, else standard")
	f.StringVar(&o.namespaceFile, "namespace-file", "", "with -f: the manifest of the Namespace, for its labels and annotations")
	f.StringArrayVar(&o.shapes, "node-shape", nil, "with -f: a shape of nodes that pods must fit on (SPK-P018), as tune reads it: 16x64Gi; may repeat")
	f.StringVar(&o.failOn, "fail-on", "error", "lowest level that makes the exit code 1: error, warning, suggestion or never")
	o.forms = printers.NewFlags(&o.output, report.Formats()...)
	o.forms.AddFlags(cmd)
	s.CompleteFlag(cmd, "output", flags.Values(o.forms.Formats()...))
	f.StringVar(&o.color, "color", "auto", "auto, always or never")
	f.StringVar(&o.by, "by", "", "group by workload or finding; without it by finding above ten workloads with findings")
	f.BoolVar(&o.showSecrets, "show-secrets", false, "do not mask values that look like secrets")
	f.BoolVar(&o.strict, "strict-coverage", false, "exit with 3 if anything could not be read, or a rule was skipped for a fact that is not known")
	flags.Under(f, flags.Workloads, "namespace-file", "node-shape")
	flags.Under(f, flags.Rules, "profile")
	flags.Under(f, flags.Output, "by", "color", "show-secrets", "fail-on", "strict-coverage")
	flags.Under(f, flags.Main, "filename", "all-namespaces", "all", "output")
	return cmd
}

func (o *doctorOptions) validate() error {
	if o.profile != "" {
		if err := flags.OneOf("profile", o.profile, "safe", "standard", "restricted"); err != nil {
			return err
		}
	}
	if err := o.Input.Validate(); err != nil {
		return err
	}
	switch {
	case len(o.Names) == 0 && o.namespaceFile != "":
		return errors.New("--namespace-file goes with -f: for live workloads their own namespaces are read")
	case len(o.Names) == 0 && len(o.shapes) > 0:
		return errors.New("--node-shape goes with -f: for live workloads the cluster's own nodes are read")
	}
	var err error
	if o.nodes, err = flags.Shapes(o.shapes); err != nil {
		return err
	}
	if o.forms != nil {
		if o.print, err = o.forms.Printer(); err != nil {
			return err
		}
	}
	return errors.Join(o.checkFailOn(), flags.OneOf("color", o.color, "auto", "always", "never"), flags.OneOf("by", o.by, "", report.ByWorkload, report.ByFinding))
}

// liveGCPercent keeps the garbage of pages small, of which a large cluster has many.
const liveGCPercent = 75

func (o *doctorOptions) run(ctx context.Context) error {
	if len(o.Names) == 0 && os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(liveGCPercent))
	}
	set, err := o.Rules()
	if err != nil {
		return err
	}
	if err := o.Selection.Read(set); err != nil {
		return err
	}
	sc, err := o.scene(ctx, false)
	if err != nil {
		return err
	}
	if err := input.NoFile(sc.Left, o.ErrOut); err != nil {
		return err
	}
	checked := o.Progress.Begin("checking workloads")
	r, notes, err := diagnosis.Of(ctx, sc, o.wanted(set), o.Progress.Count)
	checked()
	if err != nil {
		return err
	}
	r.Finish(o.showSecrets)
	if len(o.Names) == 0 {
		r.Took = time.Since(o.started)
	}
	r.Hint, r.Limits, r.Nothing = o.hint(r), strings.Join(o.Limits(), " "), sc.Nothing
	display := o.display(o.output)
	if more := len(notes) - briefNotes; more > 0 && slices.Contains([]string{"table", "wide"}, o.output) && r.Brief(display) {
		notes = append(notes[:briefNotes], fmt.Sprintf("%d more notes (--by=finding)", more))
	}
	o.Tell(notes, o.showSecrets)
	if aside := otherObjects(sc); aside != "" {
		o.Say("note: ", "not Spark: "+clean.Line(aside))
	}
	if len(o.Names) == 0 && slices.Contains([]string{"table", "wide"}, o.output) && r.ByFinding(display) {
		display.Install, display.Injected = webhook.ToInstall(ctx, o.Session, set)
	}
	leftOut := input.End(sc.Left, o.ErrOut) // before the report: its last line is the verdict
	if display.Printer = o.print; !o.forms.Whole() {
		o.TellReasons(r.Reasons())
	}
	if err := r.Write(o.Out, display); err != nil {
		return err
	}
	if leftOut != nil {
		return leftOut
	}
	switch {
	case o.fails(r.Worst()):
		return session.Found
	case !r.Coverage.Complete && (o.strict || len(o.Names) > 0 && r.Summary.Workloads == 0): // of files nothing was judged
		return session.Coverage
	}
	return nil
}

// never is the value of --fail-on that lets no finding fail the command.
const never = "never"

func (o *doctorOptions) checkFailOn() error {
	if _, known := rule.ParseLevel(o.failOn); known {
		return nil
	}
	return flags.OneOf("fail-on", o.failOn, append(flags.Levels(), never)...)
}

// fails says whether findings of which this is the worst level fail the command; "" is none.
func (o *doctorOptions) fails(worst rule.Level) bool {
	threshold, known := rule.ParseLevel(o.failOn)
	return known && worst != "" && worst.AtLeast(threshold)
}

// briefNotes is how many notes stand before a table that is to fit on two screens.
const briefNotes = 5

// manyFiles is the number of files from which on all that is not Spark is counted.
const manyFiles = 200

// otherObjects counts what was read from files and is not Spark: all of it where there is no Spark or much else, and otherwise only
// texts, which somebody may have taken for Spark's.
func otherObjects(sc *scene.Scene) string {
	if len(sc.Workloads) == 0 || sc.Left != nil && sc.Left.Given > manyFiles {
		return sc.Aside.All()
	}
	return sc.Aside.Texts()
}

// wanted is what the flags ask of the rules.
func (o *doctorOptions) wanted(set *rule.Set) scene.Wanted {
	want := scene.Wanted{Set: set, Profile: rule.Profile(o.profile), Now: o.started, Flags: o.carried()}
	if len(o.Names) > 0 {
		want.Given = o.Input.Words()
	}
	return o.Narrow(want)
}

// hint is the end of the table: the next commands to run.
func (o *doctorOptions) hint(r *report.Report) []string {
	if len(r.Findings) == 0 {
		return nil
	}
	explain := "explain: kubectl spark explain " + r.First(o.display(o.output))
	level, namespace, fixable := rule.Warning, "", false
	for _, f := range r.Findings { // worst first
		if f.Fix == nil || f.Fix.Command == "" || !f.Level.AtLeast(o.Lowest()) {
			continue
		}
		if !fixable {
			namespace, fixable = f.Subject.Namespace, true
		}
		if f.Level == rule.Advice {
			level = f.Level
		}
	}
	if o.Lowest() == rule.Error {
		level = rule.Error
	}
	command := ""
	if fixable {
		command = o.again(namespace, level)
	}
	if command == "" {
		return []string{explain}
	}
	return []string{"next: " + command, explain}
}

// carried are the flags that a printed command takes from this run besides what it looks at, in the form of a shell.
func (o *doctorOptions) carried() (words []string) {
	if o.profile != "" {
		words = append(words, "--profile="+o.profile)
	}
	if o.namespaceFile != "" {
		words = append(words, "--namespace-file="+change.Quote(o.namespaceFile))
	}
	if len(o.Names) == 0 {
		words = append(words, o.Reach()...)
	}
	return words
}

// again is fix on all that this run looks at, for findings of a level and those above, in the form of a shell; "" where
// that cannot be read once more.
func (o *doctorOptions) again(namespace string, level rule.Level) string {
	namespaces := input.Input{Names: []string{o.namespaceFile}}
	if o.Once() || namespaces.Once() {
		return ""
	}
	words := append([]string{"kubectl spark fix"}, o.Input.Words()...)
	for _, arg := range o.Args {
		words = append(words, change.Quote(arg))
	}
	if len(o.Args) > 0 { // where names were looked for; some may say another
		if given, err := o.Namespace(); err == nil {
			namespace = given
		}
	}
	switch {
	case o.AllNamespaces:
		words = append(words, "-A")
	case len(o.Names) == 0 && namespace != "":
		words = append(words, "-n "+namespace)
	}
	if o.Selector != "" {
		words = append(words, "-l "+change.Quote(o.Selector))
	}
	words = append(words, o.Limits()...)
	switch {
	case level == rule.Error:
		words = append(words, "--level=error")
	case level == rule.Advice && len(o.Only) == 0: // rules that are named are asked for whatever their level
		words = append(words, "--all")
	}
	return strings.Join(append(words, o.carried()...), " ")
}

// scene gathers what the flags and arguments name. edit keeps what is needed to edit files.
func (o *doctorOptions) scene(ctx context.Context, edit bool) (*scene.Scene, error) {
	sc, err := o.FromCluster(o.ErrOut, func() (*scene.Scene, error) {
		return o.Live(ctx, scene.Scope{Selector: o.Selector}, o.Args, o.AllNamespaces)
	})
	if sc != nil || err != nil {
		return sc, err
	}
	in := o.Files(o.In)
	marks, err := in.NamespaceMarks(ctx, o.namespaceFile)
	if err != nil {
		return nil, err
	}
	in.Edit, in.Namespace, in.Nodes = edit, marks, o.nodes
	defer o.Progress.Begin("reading files")()
	return scene.Files(ctx, in)
}

// display is how the flags and the terminal want a table.
func (o *doctorOptions) display(format string) report.Options {
	display := o.Session.Display(format)
	display.Lowest, display.By = o.Lowest(), o.by
	if o.color != "auto" {
		display.Color = o.color == "always"
	}
	return display
}
