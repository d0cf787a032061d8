package report

import (
	"fmt"
	"io"
	"slices"
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
	Needs   []string     `json:"needs,omitempty"` // facts without which it is not checked
	Uses    []string     `json:"uses,omitempty"`  // facts that it reads where they are known
	Since   string       `json:"since,omitempty"`
	Sources []string     `json:"sources,omitempty"`
	Parts   []PartOfRule `json:"parts,omitempty"`
}

// Facts says which facts a rule reads besides the pod and its template; "" where there are none.
func Facts(r *rule.Rule) (text string) {
	if needs := factNames(r.Needs); needs != nil {
		text = "not checked without " + strings.Join(needs, ", ")
	}
	if uses := factNames(usedBy(r)); uses != nil {
		if text != "" {
			text += "; "
		}
		text += "also reads " + strings.Join(uses, ", ") + ", if known"
	}
	return text
}

// usedBy are the facts that a rule reads where they are known.
func usedBy(r *rule.Rule) []rule.Key {
	if r.About == nil || slices.Contains(r.Uses, r.About) {
		return r.Uses
	}
	return append([]rule.Key{r.About}, r.Uses...)
}

func factNames(keys []rule.Key) (names []string) {
	for _, key := range keys {
		names = append(names, key.String())
	}
	return names
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
			Levels: r.Doc.Levels, Needs: factNames(r.Needs), Uses: factNames(usedBy(r)), Since: r.Doc.Since, Sources: r.Doc.Sources}
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
