package report

import (
	"encoding/json"
	"fmt"
	"io"

	"sigs.k8s.io/yaml"
)

// Formats lists the forms that Write knows.
func Formats() []string { return []string{"table", "json", "yaml"} }

// Options say how a report is written.
type Options struct {
	Format string // one of Formats
	All    bool   // advice too, where the form hides it
	Color  bool
	ASCII  bool // the terminal's character set has no √ and ✗
}

// Write writes a finished report.
func (r *Report) Write(w io.Writer, o Options) error {
	switch o.Format {
	case "", "table":
		return r.table(w, o)
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
	return fmt.Errorf("output format %q: must be one of table, json, yaml", o.Format)
}
