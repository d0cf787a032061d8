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
		Code: "SPK-P053", Name: "service-links", Level: rule.Advice, Area: rule.Performance, Client: true, Admit: true,
		Uses: []rule.Key{neighbour.FactLinks},
		Doc: rule.Doc{
			Title: "Each Service adds variables to the containers",
			Why: "Unless enableServiceLinks is false, the kubelet sets seven variables for each Service of the namespace that has an address. " +
				"With thousands of Services no process starts: \"exec: argument list too long\". Spark reads none of these variables. " +
				"The API server sets enableServiceLinks: true on every pod without it, and a user's true looks the same. " +
				"Templates and custom resources are therefore changed, but pods at admission only with want: SPK-P053.",
			Remedy:      "set enableServiceLinks: false in the pod template",
			Levels:      "a warning from 1,000 Services; an error from about 4,000, when pods begin to fail",
			Since:       "0.1.0",
			Consequence: "each Service adds seven environment variables; with thousands of Services the container cannot start",
			Sources:     []string{"Kubernetes issues 84539, 121787; kubeflow/spark-operator issues 1160, 2713", "Kubernetes: SetDefaults_Pod, enableServiceLinks true by default, of pods alone; kubelet envvars.FromServices"},
		},
		Parts: []rule.Part{
			{Name: "links", Profile: rule.Standard, State: "service links are on", Says: "`enableServiceLinks: false` in templates and custom resources that lack it"},
			{Name: "defaulted", Profile: rule.ByWant, State: "service links are on by default", Says: "`enableServiceLinks: false` on pods, where the API server's default looks like a user's value"},
		},
		Ensure: rule.Pod(func(p *rule.PodPass) {
			at := rule.Path{"spec", "enableServiceLinks"}
			count, counted := rule.Get(p, neighbour.FactLinks)
			on := p.Template().Spec.EnableServiceLinks
			switch {
			case on != nil && !*on:
				p.Fill("links", at, false)
				p.FillOver("defaulted", at, false, true)
				return
			case count >= manyServices:
				p.Level(rule.Warning)
				if count >= tooManyServices {
					p.Level(rule.Error)
				}
				p.Evidence(strconv.Itoa(count)+" Services", "enableServiceLinks: false")
				p.Message("%d Services add environment variables to each container; with thousands it cannot start (argument list too long)", count)
				p.Correct("links", at, false)
			case on == nil:
				p.Fill("links", at, false)
			default:
				if !counted {
					p.NotKnown("the number of Services")
				}
				p.FillOver("defaulted", at, false, true)
			}
			p.Summary("set enableServiceLinks: false in the spec of the pod template")
		}),
	}
}
