package performance

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/secret"
	"github.com/kubectl-spark/kubectl-spark/workload/crd"
)

// vital are the fields without which an application does not start, whatever a resource says besides.
var vital = []string{"mainClass", "mainApplicationFile", "image"}

func resourceFields() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P054", Name: "resource-fields", Level: rule.Warning, Area: rule.Performance,
		Roles:     spark.Roles{spark.Driver, spark.Connect, spark.History, spark.Thrift, spark.Master},
		Launchers: spark.Launchers(spark.HasResources),
		Needs:     []rule.Key{crd.FactSlips},
		Doc: rule.Doc{
			Title: "A field is unknown or has an invalid value",
			Why: "The API server checks a resource against its operator's definition. It refuses unknown fields from kubectl apply. " +
				"It drops them silently for Helm, Argo CD and most other clients, and the pods start without them. In a pod template the operator drops unknown fields. " +
				"The API server refuses a value of the wrong type, a value that is not allowed, and a missing required field. " +
				"It takes any text as a schedule or a time zone, and the operator then starts no run. " +
				"A field exists if any release of the operator has it in this version.",
			Remedy:  "correct the field's name or value, or remove the field",
			Levels:  "a warning where the field is dropped; an error where the resource is refused, or the application cannot start without the field",
			Since:   "0.1.0",
			Sources: []string{"CustomResourceDefinitions of kubeflow/spark-operator, apache/spark-kubernetes-operator and stackabletech/spark-k8s-operator (test/crd)", "Kubernetes: custom resources, field pruning and field validation"},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			slips, _ := rule.Get(p, crd.FactSlips)
			for i := range slips {
				tellSlip(p, &slips[i])
			}
		}),
	}
}

// tellSlip makes one finding of one field.
func tellSlip(p rule.Pass, s *crd.FieldError) {
	field := s.Path.Field()
	fate := "the API server refuses the resource"
	switch {
	case s.Pod:
		fate = "the operator cannot read the resource"
	case s.Operator:
		fate = "the operator starts no run"
	}
	p.Level(rule.Error)
	p.Evidence("", "")
	switch s.Kind {
	case crd.Version:
		p.Summary("set apiVersion to a version that is served: %s", s.Expected)
		p.ReportOwner(s.Path, "no current release of the operator serves version %s; %s", s.Found, fate)
	case crd.Absent:
		p.Summary("add %s to %s", s.Name, field)
		p.ReportOwner(s.Path, "%s has no %s, which is required; %s", field, s.Name, fate)
	case crd.Type:
		p.Evidence(s.Found, s.Expected)
		p.Summary("set %s to %s", field, s.Expected)
		switch {
		case s.Found == "a number" && s.Expected == "text":
			p.Summary("put the value of %s in quotes", field)
		case s.Found == "text" && s.Expected != "a list" && s.Expected != "a mapping":
			p.Summary("set %s to %s, without quotes", field, s.Expected)
		}
		p.ReportOwner(s.Path, "%s is %s, expected %s; %s", field, s.Found, s.Expected, fate)
	case crd.Value:
		if found := shown(field, s.Found); found == secret.Masked {
			s.Found = found
		}
		p.Evidence(s.Found, s.Expected)
		p.Summary("set %s to %s", field, s.Expected)
		if s.Meant != "" {
			p.Summary("set %s to %s, if you meant that", field, s.Meant)
		}
		p.ReportOwner(s.Path, "%s is %s, expected %s; %s", field, shown(field, s.Found), s.Expected, fate)
	case crd.Unknown:
		tellUnknown(p, s)
	}
}

func tellUnknown(p rule.Pass, s *crd.FieldError) {
	field, name := s.Path.Field(), s.Path[len(s.Path)-1]
	fate := "kubectl apply reports an error, Helm drops it silently"
	switch {
	case s.Pod:
		fate = "the operator drops it"
	case s.Needed:
		fate = "the API server refuses the resource: " + s.Meant + " is required"
	}
	if !s.Needed && !slices.Contains(vital, s.Meant) {
		p.Level(rule.Warning)
	}
	switch {
	case s.Meant != "":
		p.Summary("rename %s to %s, if you meant that", field, s.Meant)
		p.ReportOwner(s.Path, "%s does not exist (did you mean %s?); %s", field, s.Meant, fate)
	case len(s.Places) > 0:
		under := make([]string, len(s.Places))
		for i, place := range s.Places {
			under[i] = place + "." + name
		}
		order := strings.Join(under, " or ")
		if len(under) > 1 {
			order += ", or to both"
		}
		p.Summary("move %s to %s", field, order)
		p.ReportOwner(s.Path, "%s does not exist; it belongs in %s; %s", field, strings.Join(s.Places, " and "), fate)
	default:
		p.Summary("remove %s if it is not needed, or use a release of the operator that has it", field)
		p.ReportOwner(s.Path, "no known release of the operator has %s; %s", field, fate)
	}
}
