package performance

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func webhookOnlyFields() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P040", Name: "webhook-only-fields", Level: rule.Error, Area: rule.Performance,
		Launchers: spark.Launchers(func(t spark.Traits) bool { return t.Webhook }),
		Needs:     []rule.Key{rule.FactOperator},
		Doc: rule.Doc{
			Title: "Fields of a SparkApplication do not reach its pods",
			Why: "Kubeflow's operator calls spark-submit, which has no argument for affinity, tolerations, volumes, environment, sidecars, init containers, security contexts, GPUs, memoryLimit, " +
				"lifecycle and others. Its webhook brings them on the pods when they are created. Where the webhook is missing the pods start without them; where it is registered and does not answer, " +
				"they start without them or not at all, as its failurePolicy says.",
			Remedy:  "bring the operator's webhook up (webhook.enable of its chart), or say the same in driver.template and executor.template, which need no webhook",
			Since:   "0.1.0",
			Sources: []string{"Kubeflow spark-operator v2.5.1: internal/webhook/sparkpod_defaulter.go, internal/controller/sparkapplication/submission.go"},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			operator, _ := rule.Get(p, rule.FactOperator)
			p.Summary("start the operator's webhook, or use the role's template")
			switch {
			case len(operator.Lacks) > 0:
				p.Evidence("absent on the pod", reading.Listed(operator.Lacks))
				p.Report(rule.Path{"spec"}, "the pod lacks %s of its SparkApplication; the operator's webhook did not edit the pod", reading.Listed(operator.Lacks))
			case len(operator.Fields) > 0 && operator.Webhook == spark.No:
				p.Evidence("the webhook "+operator.Why, "a webhook that answers")
				p.ReportOwner(strings.Split(operator.Fields[0], "."), "only the operator's webhook sets %s, and it %s; pods start without it or fail", reading.Listed(operator.Fields), operator.Why)
			}
		}),
	}
}
