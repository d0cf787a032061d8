package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// RuleDocument is what explain tells of one rule, for programs.
type RuleDocument struct {
	Code    string       `json:"code"`
	Name    string       `json:"name"`
	Level   rule.Level   `json:"level"`
	Area    rule.Area    `json:"area"`
	Title   string       `json:"title"`
	Why     string       `json:"why"`
	Remedy  string       `json:"remedy"`
	Levels  string       `json:"levels,omitempty"`
	Since   string       `json:"since,omitempty"`
	Sources []string     `json:"sources,omitempty"`
	Parts   []PartOfRule `json:"parts,omitempty"`
}

// PartOfRule is an edit of a rule, and the lowest profile that makes it; "" where no profile does.
type PartOfRule struct {
	Name    string       `json:"name"`
	Sets    string       `json:"sets"`
	Profile rule.Profile `json:"profile,omitempty"`
}

// Rules are a list of rules for programs.
type Rules struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Rules      []RuleDocument `json:"rules"`
}

// WriteRules writes rules: a line each in the table and the wide form.
func WriteRules(w io.Writer, o Options, rules ...*rule.Rule) error {
	list := Rules{APIVersion: APIVersion, Kind: "RuleList", Rules: []RuleDocument{}}
	d := printers.Document{}
	for _, r := range rules {
		one := RuleDocument{Code: r.Code, Name: r.Name, Level: r.Level, Area: r.Area, Title: r.Doc.Title, Why: r.Doc.Why, Remedy: r.Doc.Remedy,
			Levels: r.Doc.Levels, Since: r.Doc.Since, Sources: r.Doc.Sources}
		for _, p := range r.Parts {
			one.Parts = append(one.Parts, PartOfRule{p.Name, p.Says, p.Profile})
		}
		list.Rules = append(list.Rules, one)
		d.Rows, d.Names = append(d.Rows, one), append(d.Names, printers.Name{Name: r.Code})
		var err error
		switch {
		case !o.own(Formats()):
		case o.Format != "wide":
			head := fmt.Sprintf("%s  %-10s  ", r.Code, r.Level.Word())
			title := Wrap(r.Doc.Title, Width(o.Width)-len(head))
			_, err = fmt.Fprintln(w, head+strings.Join(title, "\n"+layout.Pad("", len(head))))
		default:
			_, err = fmt.Fprintf(w, "%s  %-10s  %-11s  since %-6s  %s\n", r.Code, r.Level.Word(), r.Area, r.Doc.Since, r.Doc.Title)
		}
		if err != nil {
			return err
		}
	}
	if o.own(Formats()) {
		return nil
	}
	d.Whole = list
	return o.print(w, d)
}
