// Package printers writes a document in the forms that kubectl knows: json, yaml, names, templates and columns. The printers
// are cli-runtime's, so that flags and templates mean what they mean in kubectl. Start reading at [Flags].
package printers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/printers"
)

// Document is what a command lists, in three views.
type Document struct {
	// Whole is what json, yaml and templates are about.
	Whole any
	// Rows are what custom columns are about, a line each.
	Rows []any
	// Names are the objects that name lists.
	Names []Name
}

// Name names an object as kubectl does. Without a kind it is a name alone: a file, a code.
type Name struct{ APIVersion, Kind, Name string }

// String is TYPE/NAME, or NAME.
func (n Name) String() string {
	var b strings.Builder
	_ = n.print(&b) // a builder takes everything
	return strings.TrimSuffix(b.String(), "\n")
}

func (n Name) print(w io.Writer) error {
	if n.Kind == "" {
		_, err := fmt.Fprintln(w, n.Name)
		return err
	}
	of := metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: n.APIVersion, Kind: n.Kind}, ObjectMeta: metav1.ObjectMeta{Name: n.Name}}
	return (&printers.NamePrinter{ShortOutput: true}).PrintObj(&of, w)
}

// Printer writes documents in one form.
type Printer func(w io.Writer, d Document) error

// Flags are -o and the flags of its templates.
type Flags struct {
	*genericclioptions.PrintFlags
	// NoHeaders leaves the first line of custom columns out.
	NoHeaders bool
	own       []string
}

// NewFlags are flags that write into output. Own are the forms that a command writes itself; the first is the usual one.
func NewFlags(output *string, own ...string) *Flags {
	f := &Flags{PrintFlags: genericclioptions.NewPrintFlags(""), own: own}
	f.OutputFormat = output
	return f
}

// AddFlags adds the flags to a command.
func (f *Flags) AddFlags(cmd *cobra.Command) {
	f.TemplatePrinterFlags.AddFlags(cmd)
	cmd.Flags().StringVarP(f.OutputFormat, "output", "o", f.own[0], f.usage())
	cmd.Flags().BoolVar(&f.NoHeaders, "no-headers", false, "with -o custom-columns: no headers")
	f.OutputFlagSpecified = func() bool { return cmd.Flag("output").Changed }
	cmd.Flag("template").Usage = "template or its file, where -o names a form with one and not the template: text/template of Go, or JSONPath"
	cmd.Flag("allow-missing-template-keys").Usage = "with a template: a field that is missing is empty, and no error"
	for _, flag := range []string{"template", "allow-missing-template-keys", "no-headers"} {
		hide(cmd.Flag(flag))
	}
}

// hide keeps a flag that goes with another one out of the list of flags.
func hide(f *pflag.Flag) { f.Hidden = true }

// Formats lists the forms, the command's own first.
func (f *Flags) Formats() (all []string) {
	for _, form := range f.own {
		if form != "" {
			all = append(all, form)
		}
	}
	for _, form := range append(f.AllowedFormats(), columns, columnsFile) {
		if !slices.Contains(all, form) {
			all = append(all, form)
		}
	}
	return all
}

// usage lists the forms in short.
func (f *Flags) usage() string {
	forms := slices.DeleteFunc(f.Formats(), takesTemplate)
	return strings.Join(forms, ", ") + ", jsonpath=, go-template= or custom-columns=TEMPLATE, or jsonpath-file= and its like. --template, --allow-missing-template-keys and --no-headers are kubectl get's"
}

// Own says that the form is one that the command writes itself.
func (f *Flags) Own() bool { return !f.templated() && slices.Contains(f.own, *f.OutputFormat) }

// templated says that a template is given without a form: it is go-template's, as in kubectl.
func (f *Flags) templated() bool {
	return *f.TemplatePrinterFlags.TemplateArgument != "" && !f.OutputFlagSpecified()
}

// Printer is that of the form; nil for the command's own forms. An error says what is wrong with the flags.
func (f *Flags) Printer() (Printer, error) {
	form := *f.OutputFormat
	name, value, given := strings.Cut(form, "=")
	template := *f.TemplatePrinterFlags.TemplateArgument
	switch {
	case f.Own():
		return nil, nil
	case f.templated():
	case form == "name":
		return names, nil
	case !slices.Contains(f.Formats(), name), given && !takesTemplate(name):
		return nil, fmt.Errorf("--output=%q: must be one of %s", form, strings.Join(f.Formats(), ", "))
	case takesTemplate(name) && value == "" && template == "":
		return nil, fmt.Errorf("--output=%s: a template is expected behind it, or with --template: %s", form, example(name))
	case name == columns, name == columnsFile:
		if value == "" {
			value = template
		}
		return f.columns(name, value)
	case name == "jsonpath" && !strings.ContainsAny(value, "{}") && value != "":
		relaxed := name + "={." + strings.TrimPrefix(strings.TrimSpace(value), ".") + "}"
		defer func() { *f.OutputFormat = form }()
		*f.OutputFormat = relaxed
	}
	printer, err := f.ToPrinter()
	if err != nil {
		return nil, fmt.Errorf("--output=%s: %w", form, err)
	}
	return func(w io.Writer, d Document) error {
		raw, err := encoded(d.Whole)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if raw, err = markedFor(form, raw); err != nil {
			return err
		}
		if err := printer.PrintObj(&runtime.Unknown{Raw: raw}, &b); err != nil {
			return fmt.Errorf("--output=%s: %s", form, short(err))
		}
		_, err = w.Write(escapedIn(form, b.Bytes()))
		return err
	}, nil
}

// Of is the printer of a form that kubectl knows.
func Of(form string) (Printer, error) { return NewFlags(&form, "").Printer() }

// Whole says that the form holds all of a document, what was not checked among it: the others leave out what they are not
// asked for.
func (f *Flags) Whole() bool {
	return f.Own() || !f.templated() && slices.Contains(f.JSONYamlPrintFlags.AllowedFormats(), *f.OutputFormat)
}

// short is the error of a template without the document, which cli-runtime adds.
func short(err error) string {
	text, _, _ := strings.Cut(err.Error(), "Printing more information")
	return strings.TrimSpace(strings.ReplaceAll(text, "Error executing template: ", ""))
}

// Samples are the forms that kubectl knows, each with a template that shows all of a document where it takes one.
func Samples() []string {
	return []string{"name", "json", "yaml", "kyaml", "jsonpath={}", "jsonpath-as-json={}", "go-template={{.}}", columns + "=ALL:.*"}
}

// takesTemplate says that a form is followed by a template, or the file of one.
func takesTemplate(form string) bool {
	return strings.Contains(form, "template") || strings.HasPrefix(form, "jsonpath") || form == columns || form == columnsFile
}

// example is a value of a form with a template.
func example(form string) string {
	switch {
	case strings.HasSuffix(form, "file"):
		return form + "=FILE"
	case form == columns:
		return columns + "=NAME:.name"
	case strings.HasPrefix(form, "jsonpath"):
		return form + "={.kind}"
	}
	return form + "={{.kind}}"
}

// encoded is a document as JSON. Signs of HTML stand as they are.
func encoded(document any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("write the result: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// names writes each name once.
func names(w io.Writer, d Document) error {
	var b bytes.Buffer
	seen := map[string]bool{}
	for _, n := range d.Names {
		if text := n.String(); !seen[text] {
			seen[text] = true
			if err := n.print(&b); err != nil {
				return err
			}
		}
	}
	_, err := b.WriteTo(w)
	return err
}
