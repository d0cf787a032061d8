package printers

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	kubejson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/client-go/util/jsonpath"
)

// The forms with columns. kubectl's printer for them is no part of cli-runtime, and the package of kubectl get that has it
// links all of kubectl's commands; this one reads the same specifications.
const (
	columns     = "custom-columns"
	columnsFile = "custom-columns-file"
)

// column is a header and the path of its values.
type column struct {
	header string
	path   *jsonpath.JSONPath
}

// columns is the printer of a specification, HEADER:PATH,HEADER:PATH, or of a file with a line of headers and one of paths.
func (f *Flags) columns(form, value string) (Printer, error) {
	var headers, paths []string
	if form == columnsFile {
		text, err := os.ReadFile(value)
		if err != nil {
			return nil, fmt.Errorf("--output=%s=%s: %w", form, value, err)
		}
		lines := strings.SplitN(string(text), "\n", 3)
		if len(lines) < 2 {
			return nil, fmt.Errorf("--output=%s=%s: a line of headers and a line of paths are expected", form, value)
		}
		headers, paths = strings.Fields(lines[0]), strings.Fields(lines[1])
		if len(headers) != len(paths) {
			return nil, fmt.Errorf("--output=%s=%s: %d headers and %d paths: each header needs a path", form, value, len(headers), len(paths))
		}
	} else {
		for _, part := range strings.Split(value, ",") {
			header, path, parted := strings.Cut(part, ":")
			if !parted {
				return nil, fmt.Errorf("--output=%s=%s: %q must be HEADER:PATH, as in %s", form, value, part, example(form))
			}
			headers, paths = append(headers, header), append(paths, path)
		}
	}
	all := make([]column, len(headers))
	for i, path := range paths {
		all[i] = column{headers[i], jsonpath.New(headers[i]).AllowMissingKeys(true)}
		if !strings.ContainsAny(path, "{}") {
			path = "{." + strings.TrimPrefix(path, ".") + "}"
		} else if inner, braced := strings.CutPrefix(path, "{"); braced && !strings.HasPrefix(inner, ".") {
			path = "{." + inner
		}
		if err := all[i].path.Parse(path); err != nil {
			return nil, fmt.Errorf("--output=%s=%s: %w", form, value, err)
		}
	}
	return func(w io.Writer, d Document) error { return f.table(w, all, d.Rows) }, nil
}

// table writes a line for each row. A value that is missing is <none>, and of a list the values stand with commas between.
func (f *Flags) table(w io.Writer, all []column, rows []any) error {
	out := printers.GetNewTabWriter(w)
	line := make([]string, len(all))
	if !f.NoHeaders {
		for i := range all {
			line[i] = all[i].header
		}
		fmt.Fprintln(out, strings.Join(line, "\t"))
	}
	for _, row := range rows {
		raw, err := json.Marshal(row)
		if err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
		var value any
		if err := kubejson.Unmarshal(raw, &value); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
		for i := range all {
			found, err := all[i].path.FindResults(value)
			if err != nil {
				return fmt.Errorf("column %s: %w", all[i].header, err)
			}
			var texts []string
			for _, results := range found {
				for _, one := range results {
					texts = append(texts, printers.EscapeTerminal(strings.Join(strings.Fields(fmt.Sprint(one.Interface())), " ")))
				}
			}
			if line[i] = strings.Join(texts, ","); texts == nil {
				line[i] = "<none>"
			}
		}
		fmt.Fprintln(out, strings.Join(line, "\t"))
	}
	return out.Flush()
}
