package report

import (
	"encoding/json"
	"io"

	"sigs.k8s.io/yaml"

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

// WriteRules writes rules as json or yaml.
func WriteRules(w io.Writer, format string, rules ...*rule.Rule) error {
	list := Rules{APIVersion: APIVersion, Kind: "RuleList", Rules: []RuleDocument{}}
	for _, r := range rules {
		one := RuleDocument{Code: r.Code, Name: r.Name, Level: r.Level, Area: r.Area, Title: r.Doc.Title, Why: r.Doc.Why, Remedy: r.Doc.Remedy,
			Levels: r.Doc.Levels, Since: r.Doc.Since, Sources: r.Doc.Sources}
		for _, p := range r.Parts {
			one.Parts = append(one.Parts, PartOfRule{p.Name, p.Says, p.Profile})
		}
		list.Rules = append(list.Rules, one)
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err == nil && format == "yaml" {
		text, err = yaml.JSONToYAML(text)
	} else {
		text = append(text, '\n')
	}
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}
