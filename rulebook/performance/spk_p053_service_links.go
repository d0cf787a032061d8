package performance

import (
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Each Service sets seven variables or more, about 350 bytes with common names; Linux gives arguments and environment of
// a process a quarter of its stack's limit, 2 MiB.
const (
	manyServices    = 1000
	tooManyServices = 4000
)

func serviceLinks() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P053", Name: "service-links", Level: rule.Warning, Area: rule.Performance, Client: true,
		Needs: []rule.Key{neighbour.FactLinks},
		Doc: rule.Doc{
			Title: "Variables of thousands of Services fill the pod's environment",
			Why: "Unless enableServiceLinks is false the kubelet sets seven variables in each container for each Service of the namespace that has an address. With some thousands of them no process starts any more: " +
				"\"exec: argument list too long\". Spark reads none of these variables.",
			Remedy:  "set enableServiceLinks: false in the pod template",
			Levels:  "an error from about 4,000 Services on, where pods begin to fail",
			Since:   "0.1.0",
			Sources: []string{"Kubernetes issues 84539, 121787; kubeflow/spark-operator issues 1160, 2713", "Kubernetes: PodSpec.enableServiceLinks, true by default; kubelet envvars.FromServices"},
		},
		Parts: []rule.Part{{Name: "links", Profile: rule.Safe, State: "variables of Services fill the environment", Says: "no variables of Services"}},
		Ensure: rule.Pod(func(p *rule.PodPass) {
			count, _ := rule.Get(p, neighbour.FactLinks)
			if off := p.Template().Spec.EnableServiceLinks; count < manyServices || off != nil && !*off {
				return
			}
			if count >= tooManyServices {
				p.Level(rule.Error)
			}
			p.Evidence(strconv.Itoa(count)+" Services", "enableServiceLinks: false")
			p.Message("%d Services add variables to each container; with thousands no process starts (argument list too long)", count)
			p.Summary("set enableServiceLinks: false")
			p.Correct("links", rule.Path{"spec", "enableServiceLinks"}, new(bool))
		}),
	}
}
