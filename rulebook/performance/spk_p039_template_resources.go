package performance

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func templateResources() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P039", Name: "template-resources", Written: true, Level: rule.Warning, Area: rule.Performance,
		Roles: spark.Jobs,
		Doc: rule.Doc{
			Title: "Spark overwrites memory or CPU of a pod template",
			Why: "Spark reads a pod template, then overwrites memory request, memory limit and CPU request of its container. " +
				"The values come from spark.{driver,executor}.memory, memoryOverhead and cores, so the template's values have no effect. " +
				"Spark keeps a CPU limit and other resources of the template.",
			Remedy:  "remove them from the template; set spark.{driver,executor}.memory, memoryOverhead and cores, or the fields of the custom resource",
			Since:   "0.1.0",
			Sources: []string{"Spark: BasicDriverFeatureStep.scala, BasicExecutorFeatureStep.scala", "Spark documentation: running on Kubernetes, pod template properties"},
		},
		Parts: []rule.Part{
			{Name: "resources", Profile: rule.Safe, State: "sets what Spark overwrites", Says: "no memory and CPU request in a template for spark-submit"},
		},
		Ensure: rule.Pod(ensureTemplateResources),
	}
}

func ensureTemplateResources(p *rule.PodPass) {
	if !p.Submitted() {
		return // what Spark made of a template is no template
	}
	r := p.Main().Resources
	limits, some := amongThem("limits", r.Limits, corev1.ResourceMemory)
	requests, more := amongThem("requests", r.Requests, corev1.ResourceCPU, corev1.ResourceMemory)
	set := append(some, more...)
	if len(set) == 0 {
		return
	}
	conf := "spark." + string(p.Role())
	p.Evidence(strings.Join(set, ", "), "not set")
	p.Summary("remove memory and CPU from the pod template; set %s.memory, %s.memoryOverhead and %s.cores", conf, conf, conf)
	p.Message("the pod template sets %s; Spark overwrites these with its configuration", strings.Join(set, ", "))
	if len(limits) == len(r.Limits) && len(requests) == len(r.Requests) && len(r.Claims) == 0 {
		p.Remove("resources", p.At("resources"))
		return
	}
	for _, list := range []struct {
		name   string
		doomed []corev1.ResourceName
		all    int
	}{{"limits", limits, len(r.Limits)}, {"requests", requests, len(r.Requests)}} {
		if len(list.doomed) == list.all {
			p.Remove("resources", p.At("resources", list.name))
			continue
		}
		for _, name := range list.doomed {
			p.Remove("resources", p.At("resources", list.name, string(name)))
		}
	}
}

// amongThem is what a list holds of the given resources, which Spark overwrites, and the same in words.
func amongThem(name string, list corev1.ResourceList, overwritten ...corev1.ResourceName) (doomed []corev1.ResourceName, words []string) {
	for _, resource := range overwritten {
		if q, set := list[resource]; set {
			doomed = append(doomed, resource)
			words = append(words, name+"."+string(resource)+" "+q.String())
		}
	}
	return doomed, words
}
