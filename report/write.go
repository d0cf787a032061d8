package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Formats lists the forms that Write knows; jsonPath takes a template behind it.
func Formats() []string { return []string{"table", "wide", "name", "json", "yaml", "markdown"} }

// jsonPath begins the form that prints what a JSONPath template finds in the report.
const jsonPath = "jsonpath="

// CheckFormat says what is wrong with a form's name.
func CheckFormat(format string) error {
	if slices.Contains(Formats(), format) {
		return nil
	}
	if template, ok := strings.CutPrefix(format, jsonPath); ok {
		_, err := parsePath(template)
		return err
	}
	return fmt.Errorf("--output=%q: must be one of %s, %sTEMPLATE", format, strings.Join(Formats(), ", "), jsonPath)
}

// Options say how a report is written.
type Options struct {
	Format string     // one of Formats, or jsonpath=TEMPLATE
	Lowest rule.Level // the lowest level that the tables show; "": warning
	Color  bool
	ASCII  bool // the terminal's character set has no √ and ✗
	// Width is the number of columns of a line; 0 for the usual 80. The wide form breaks no line.
	Width int
	// By is what a table is grouped by, ByWorkload or ByFinding; "" for the one that suits the number of workloads.
	By string
	// Right shows settings that are right too.
	Right bool
	wide  bool
	// ShowSecrets leaves what looks like a secret in a recommendation in the clear.
	ShowSecrets bool
}

// shows says whether a level is shown.
func (o Options) shows(level rule.Level) bool {
	if o.Lowest == "" {
		return level.AtLeast(rule.Warning)
	}
	return level.AtLeast(o.Lowest)
}

// Write writes a finished report.
func (r *Report) Write(w io.Writer, o Options) error {
	switch o.Format {
	case "", "table":
		return r.table(w, o)
	case "wide":
		o.wide = true
		return r.table(w, o)
	case "name":
		return r.names(w, o)
	case "markdown":
		return r.markdown(w, o)
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	case "yaml":
		out, err := yaml.Marshal(r)
		if err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		_, err = w.Write(out)
		return err
	}
	if template, ok := strings.CutPrefix(o.Format, jsonPath); ok {
		return r.path(w, template)
	}
	return CheckFormat(o.Format)
}
