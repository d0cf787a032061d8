package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sort"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// editOptions are those of inject and uninject.
type editOptions struct {
	*env
	input
	check         bool
	output        string
	profile       string
	namespaceFile string
	podTemplates  string
	undo          bool
	namespace     rule.Marks
	templates     map[string][]byte // pod template files that configurations name
}

func newInject(e *env) *cobra.Command {
	o := &editOptions{env: e}
	cmd := &cobra.Command{
		Use:   "inject -f FILE",
		Short: "Make the webhook's edits in manifests",
		Long: `Makes the edits of the webhook in manifests, without a cluster. The result goes to standard output, byte for byte
what it was but for the edits; what was done and what was refused goes to standard error.

An owner without a pod template, such as a SparkApplication or a spark-defaults.conf, is given the fields and keys that
bring the same about in its pods.`,
		Example: `  kubectl spark inject -f worker.yaml | kubectl apply -f -
  kubectl spark inject -f manifests/ -R --check
  kubectl spark inject -f application.yaml | kubectl apply -f -
  kubectl spark inject -f spark-defaults.conf --pod-templates templates
  kubectl spark inject -f review.json -o patch`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.profile, "profile", "", "profile where neither the pod nor its namespace names one: safe, standard (default) or restricted")
	cmd.Flags().StringVar(&o.podTemplates, "pod-templates", "", "folder for the pod template files that a spark-defaults.conf needs beside it; it names them, and only files that inject wrote are replaced")
	cmd.Flags().StringVar(&o.namespaceFile, "namespace-file", "", "a Namespace manifest whose labels and annotations hold")
	return cmd
}

func newUninject(e *env) *cobra.Command {
	o := &editOptions{env: e, undo: true}
	cmd := &cobra.Command{
		Use:     "uninject -f FILE",
		Short:   "Take the webhook's edits out of manifests",
		Long:    "Takes back what inject or the webhook did, by the report annotation. What was changed since is left alone and named.",
		Example: `  kubectl spark uninject -f injected.yaml`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *editOptions) addFlags(cmd *cobra.Command) {
	o.input.addFlags(cmd)
	cmd.Flags().BoolVar(&o.check, "check", false, "print no result; exit with 1 if anything would change")
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "yaml, json, or patch (the JSON patch operations of each object)")
}

func (o *editOptions) validate() error {
	if len(o.names) == 0 {
		return errors.New("no input: give files with -f, or -f - for standard input")
	}
	if o.profile != "" {
		if err := oneOf("profile", o.profile, "safe", "standard", "restricted"); err != nil {
			return err
		}
	}
	if o.output != "" {
		return oneOf("output", o.output, "yaml", "json", "patch")
	}
	return nil
}

// edited is one object's share of -o patch.
type edited struct {
	File       string     `json:"file"`
	APIVersion string     `json:"apiVersion"`
	Kind       string     `json:"kind"`
	Namespace  string     `json:"namespace,omitempty"`
	Name       string     `json:"name"`
	Operations []patch.Op `json:"operations"`
}

// worked is a file that was edited; of its documents only what is printed is kept.
type worked struct {
	name       string
	text       []byte
	properties bool
	objects    []json.RawMessage // for -o json
}

// run edits everything before it writes anything: after an error standard output is empty. Of several files one that
// cannot be edited is left out.
func (o *editOptions) run(ctx context.Context) error {
	if err := o.validate(); err != nil {
		return err
	}
	set, err := o.set()
	if err != nil {
		return err
	}
	if o.namespace, err = namespaceMarks(o.namespaceFile); err != nil {
		return err
	}
	var files []worked
	var notes []string
	all := []edited{}
	changed := false
	left, err := o.each(ctx, o.In, func(file *workload.File) error {
		if err := file.Editable(); err != nil {
			return err
		}
		before, templates := file.Bytes(), maps.Clone(o.templates)
		made, said, err := o.file(ctx, set, file)
		if err != nil {
			o.templates = templates
			return err
		}
		notes, all = append(notes, said...), append(all, made...)
		one := worked{name: file.Name, text: file.Bytes()}
		for _, doc := range file.Docs {
			one.properties = one.properties || doc.Properties
			if o.output == "json" {
				one.objects = append(one.objects, doc.Raw)
			}
		}
		changed = changed || !bytes.Equal(before, one.text)
		files = append(files, one)
		return nil
	})
	if err != nil {
		return err
	}
	if err := left.nothing(o.ErrOut); err != nil {
		return err
	}
	if len(all) == 0 {
		notes = append(notes, "nothing found that makes Spark pods: nothing was edited")
	}
	rewritten, err := o.staleTemplates()
	if err != nil {
		return err
	}
	var out []byte
	if !o.check {
		if out, err = o.render(files, all); err != nil {
			return err
		}
	}
	for _, note := range notes {
		fmt.Fprintln(o.ErrOut, oneLine(note))
	}
	if !o.check {
		if err := o.writeTemplates(rewritten); err != nil {
			return err
		}
		if _, err := o.Out.Write(out); err != nil {
			return err
		}
	}
	if err := left.end(o.ErrOut); err != nil {
		return err
	}
	if o.check && (changed || len(rewritten) > 0) {
		return exit(ExitFound)
	}
	return nil
}

// file edits the documents of a file.
func (o *editOptions) file(ctx context.Context, set *rule.Set, file *workload.File) (all []edited, notes []string, err error) {
	for _, doc := range file.Docs {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		ops, said, err := o.document(set, file, doc)
		if err != nil {
			return nil, nil, err
		}
		notes = append(notes, said...)
		if len(doc.Slots) > 0 || doc.Submits() {
			all = append(all, edited{file.Name, doc.APIVersion, doc.Kind, doc.Namespace, doc.Name, append([]patch.Op{}, ops...)})
		}
	}
	return all, notes, nil
}

// document edits one document, template by template.
func (o *editOptions) document(set *rule.Set, file *workload.File, doc *workload.Document) (all []patch.Op, notes []string, err error) {
	what := fmt.Sprintf("%s:%d: %s %s", file.Name, max(doc.Line, 1), doc.Kind, doc.Name)
	if doc.Properties {
		what = file.Name
	}
	handled := false
	if o.undo {
		all, notes, handled, err = unown(file, doc, what)
	} else {
		all, notes, handled, err = o.owner(set, file, doc, what)
	}
	if handled || err != nil {
		return all, notes, err
	}
	if !o.undo {
		notes = append(notes, unread(doc, file.Name, nil)...)
	}
	for i := range doc.Slots {
		slot := &doc.Slots[i]
		who := fmt.Sprintf("%s, %s: ", what, slot.Role)
		var ops []patch.Op
		switch {
		case slot.Submission() && slot.Template == nil:
			if !o.undo {
				notes = append(notes, who+"not edited: spark-submit makes its pods, which the webhook edits when they are created")
			}
		case slot.Submission() && !o.undo:
			notes = append(notes, who+"not edited: nothing marks the pod as a driver's, and the webhook leaves it alone")
		case o.undo && slot.Template == nil:
		case o.undo:
			var kept []string
			if ops, kept, err = rule.Undo(slot.Raw); err != nil {
				return nil, nil, fmt.Errorf("%s%w", who, err)
			}
			notes = append(notes, undoNotes(who, ops, kept)...)
		default:
			admitted, problems, err := set.AdmitAs(slot.Identity, slot.Raw, slot.Template.DeepCopy(), o.namespace, rule.Options{Profile: rule.Profile(o.profile)})
			if err != nil {
				return nil, nil, fmt.Errorf("%sleft as it was: %w", who, err)
			}
			for _, problem := range problems {
				notes = append(notes, who+problem)
			}
			ops = admitted.Ops
			notes = append(notes, who+sentence(slot, admitted))
		}
		if len(ops) == 0 {
			continue
		}
		ops = patch.Prefix(ops, slot.At)
		edit := file.Inject
		if o.undo {
			edit = file.Edit
		}
		if err := edit(doc, ops); err != nil {
			return nil, nil, err
		}
		all = append(all, ops...)
	}
	return all, notes, nil
}

func sentence(slot *workload.Slot, a rule.Admitted) string {
	if !slot.Identity.Certain {
		return fmt.Sprintf("not edited: its role is not certain (%s)", slot.Identity.Why)
	}
	return said(a)
}

// said is what an admission did and what it refused.
func said(a rule.Admitted) string {
	var done []string
	for _, e := range a.Edits {
		done = append(done, e.Code+"/"+e.Part)
	}
	text := "nothing to do"
	if len(done) > 0 {
		text = fmt.Sprintf("edited by %s", strings.Join(unique(done), ", "))
	} else if len(a.Ops) > 0 {
		text = "no edit; the report is brought up to date"
	}
	var not []string
	for _, r := range a.Refusals {
		if !r.Deliberate {
			not = append(not, fmt.Sprintf("%s/%s (%s)", r.Code, r.Part, r.Reason))
		}
	}
	if len(not) > 0 {
		text += "; refused: " + strings.Join(unique(not), ", ")
	}
	return text
}

func undoNotes(who string, ops []patch.Op, kept []string) (notes []string) {
	if len(ops) > 0 {
		notes = append(notes, fmt.Sprintf("%s%d edits taken back", who, len(ops)))
	} else {
		notes = append(notes, who+"nothing to take back")
	}
	for _, place := range kept {
		notes = append(notes, who+"left alone, for it was changed since: "+place)
	}
	return notes
}

func unique(list []string) []string {
	sort.Strings(list)
	out := list[:0]
	for i, s := range list {
		if i == 0 || s != list[i-1] {
			out = append(out, s)
		}
	}
	return out
}

func (o *editOptions) render(files []worked, all []edited) ([]byte, error) {
	var b bytes.Buffer
	switch o.output {
	case "patch":
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err := encoder.Encode(all)
		return b.Bytes(), err
	case "json":
		return renderJSON(files)
	}
	for i, file := range files {
		out := file.text
		if o.output == "yaml" && json.Valid(out) {
			var err error
			if out, err = yaml.JSONToYAML(out); err != nil {
				return nil, fmt.Errorf("%s: %w", file.name, err)
			}
		}
		if i > 0 {
			if n := b.Len(); n > 0 && b.Bytes()[n-1] != '\n' {
				b.WriteByte('\n')
			}
			if !bytes.HasPrefix(out, []byte("---")) {
				b.WriteString("---\n")
			}
		}
		b.Write(out)
	}
	return b.Bytes(), nil
}

func renderJSON(files []worked) ([]byte, error) {
	var items []json.RawMessage
	for _, file := range files {
		if file.properties {
			return nil, fmt.Errorf("%s is a properties file, which has no JSON form: leave out -o", file.name)
		}
		items = append(items, file.objects...)
	}
	var value any = map[string]any{"apiVersion": "v1", "kind": "List", "items": items}
	if len(items) == 1 {
		value = items[0]
	}
	out, err := json.MarshalIndent(value, "", "  ")
	return append(out, '\n'), err
}
