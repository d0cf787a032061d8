package main

import "strings"

// source is the rule's Go file: it finds a variable of the main container.
func (r *scaffold) source() string {
	return r.filled(`package AREA

import "github.com/kubectl-spark/kubectl-spark/rule"

func FUNCTION() *rule.Rule {
	return &rule.Rule{
		Code: "CODE", Name: "NAME", Level: rule.Advice, Area: rule.TITLE,
		Doc: rule.Doc{
			Title:   "A variable says that it is an example",
			Why:     "The consequence, and how Spark or Kubernetes brings it about.",
			Remedy:  "remove the variable",
			Since:   "0.1.0",
			Sources: []string{"the file, issue or measurement that it rests on"},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			for _, variable := range p.Main().Env {
				if variable.Name == "EXAMPLE" {
					p.Summary("remove EXAMPLE")
					p.Report(p.At("env"), "the container has the variable EXAMPLE; nothing reads it")
				}
			}
		}),
	}
}
`)
}

// cases are one that finds something and one that does not.
func (r *scaffold) cases() string {
	return r.filled(`NAME.
-- found/in --
base: driver-4.3
delta: {"spec": {"containers": [{"name": "spark-kubernetes-driver", "image": "apache/spark:4.3.0", "args": ["driver"], "env": [{"name": "EXAMPLE", "value": "1"}]}]}}
-- found/want --
finding advice at spec.containers.0.env
  the container has the variable EXAMPLE; nothing reads it
  fix: remove EXAMPLE
-- quiet/in --
base: driver-4.3
-- quiet/want --
`)
}

func (r *scaffold) filled(text string) string {
	return strings.NewReplacer("FUNCTION", r.function(), "CODE", r.code, "NAME", r.name, "AREA", r.area, "TITLE", strings.ToUpper(r.area[:1])+r.area[1:]).Replace(text)
}
