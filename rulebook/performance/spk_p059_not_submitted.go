package performance

import (
	"fmt"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func notSubmitted() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P059", Name: "not-submitted", Level: rule.Error, Area: rule.Performance,
		Launchers: spark.Launchers(func(t spark.Traits) bool { return t.Group != "" }),
		About:     model.FactLife,
		Doc: rule.Doc{
			Title: "The operator could not submit the application",
			Why: "The operator runs spark-submit or creates the driver's pod. If that fails there is no pod and no log of a driver: only the resource's status says why. " +
				"A schedule that the operator cannot read starts no run at all; in files SPK-P054 finds it.",
			Remedy: "correct what the status of the resource names; the operator's log has the whole message",
			Since:  "0.1.0",
			Sources: []string{
				"Kubeflow spark-operator v2: SUBMISSION_FAILED (sparkapplication_types.go), FailedValidation (scheduledsparkapplication_types.go)",
				"Apache spark-kubernetes-operator: ApplicationStateSummary.java, SchedulingFailure",
			},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			life, _ := rule.Get(p, model.FactLife)
			r := life.Resource
			if r == nil || r.Verdict != model.NotSubmitted {
				return
			}
			p.Happened(0)
			p.Evidence(said(r), "")
			p.Summary("correct the cause that the resource's status names")
			what := "the operator could not submit the application"
			switch {
			case r.Quota != "":
				p.Summary("lower %s, or raise ResourceQuota %q; executors need room in it too", driverSizes(r.Message), r.Quota)
				what = fmt.Sprintf("ResourceQuota %q refused the driver's pod", r.Quota)
			case r.Denied != "":
				p.Summary("give the operator's ServiceAccount a Role with the right to %s", r.Denied)
				what = "the operator lacks the right to " + r.Denied
			case r.State == "FailedValidation":
				p.Summary("correct spec.schedule or spec.timeZone of the resource")
				what = "the operator refuses the schedule"
			}
			p.ReportOwner(rule.Path{"status"}, "%s (%s); the application has not started", what, r.State)
		}),
	}
}

// driverSizes are the settings of a driver that decide what a quota's message says was requested.
func driverSizes(message string) string {
	_, requested, _ := strings.Cut(message, "requested: ")
	requested, _, _ = strings.Cut(requested, ", used: ")
	memory, cpu := strings.Contains(requested, "memory"), strings.Contains(requested, "cpu")
	switch {
	case memory && !cpu:
		return "spark.driver.memory or spark.driver.memoryOverhead"
	case cpu && !memory:
		return "spark.driver.cores"
	}
	return "spark.driver.memory or spark.driver.cores"
}
