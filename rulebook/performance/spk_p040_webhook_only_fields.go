package performance

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func webhookOnlyFields() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P040", Name: "webhook-only-fields", Level: rule.Error, Area: rule.Performance,
		Launchers: spark.Launchers(func(t spark.Traits) bool { return t.Webhook }),
		Needs:     []rule.Key{neighbour.FactOperator},
		Doc: rule.Doc{
			Title: "Fields of a SparkApplication do not reach its pods",
			Why: "Kubeflow's operator calls spark-submit, which has no arguments for many fields. Its webhook sets them when the pods are created. " +
				"They include affinity, tolerations, volumes, environment, sidecars, init containers, security contexts, GPUs, memoryLimit and lifecycle. " +
				"If the webhook is missing, pods start without these fields. If it is registered and does not answer, its failurePolicy decides whether pods start.",
			Remedy:  "start the operator's webhook (webhook.enable of its chart), or use driver.template and executor.template, which need no webhook",
			Since:   "0.1.0",
			Sources: []string{"Kubeflow spark-operator v2.5.1: internal/webhook/sparkpod_defaulter.go, internal/controller/sparkapplication/submission.go"},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			operator, _ := rule.Get(p, neighbour.FactOperator)
			p.Summary("enable the operator's webhook (webhook.enable in its Helm values), or move the fields to spec.driver.template and spec.executor.template")
			switch {
			case len(operator.Lacks) > 0:
				p.Evidence("missing on the pod", reading.Listed(operator.Lacks))
				p.Report(rule.Path{"spec"}, "the operator's webhook did not edit the pod; the pod runs without %s of its SparkApplication", reading.Listed(operator.Lacks))
			case len(operator.Fields) > 0 && operator.Webhook == spark.No:
				p.Evidence("the webhook "+operator.Why, "a working webhook")
				p.ReportOwner(strings.Split(operator.Fields[0], "."), "the operator's webhook %s, and only it sets %s; pods start without these fields or fail", operator.Why, reading.Listed(operator.Fields))
			}
		}),
	}
}
