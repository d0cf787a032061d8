package image

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
)

func movingTag() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I002", Name: "moving-tag", Level: rule.Warning, Area: rule.Image, Client: true,
		Uses: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "The image's tag is latest",
			Why: "An image without a tag uses latest, and latest can change at any time. A rerun may differ from the tested run, and driver and executors need the same Spark. " +
				"With IfNotPresent, Spark's default, each node keeps the image that it pulled first. Pods of one application can then run different code.",
			Remedy:  "use a fixed tag, or a digest",
			Levels:  "an error where the image is pulled only if absent; in a Dockerfile a suggestion where Spark's version is written several times",
			Since:   "0.1.0",
			Sources: []string{"Kubernetes: Images, image pull policy", "Spark: Config.scala CONTAINER_IMAGE_PULL_POLICY, default IfNotPresent"},
		},
		Build: built(rule.Warning, movingTags),
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			source, ok := reading.NamedImage(p)
			if !ok || source.Reference.Digest != "" || source.Reference.Tag != "" && source.Reference.Tag != "latest" {
				return
			}
			if source.PullPolicy == "" && p.Role().Job() && !reading.RunsAsShown(p) {
				source.PullPolicy = "IfNotPresent" // Spark's own default; Kubernetes' for latest is Always
			}
			p.Summary("set %s to a fixed tag, as of a release or commit, or to a digest", source.Where(p))
			seen := source.Text
			if source.Reference.Tag == "" {
				seen += " (no tag: latest)"
			}
			p.Evidence(seen, "a fixed tag, or a digest")
			if source.PullPolicy == "IfNotPresent" || source.PullPolicy == "Never" {
				p.Level(rule.Error)
				reading.ReportImage(p, source, "the image tag is latest, and the pull policy is %s; pods on different nodes can run different code", source.PullPolicy)
				return
			}
			reading.ReportImage(p, source, "the image tag is latest; the next run may start another Spark version")
		}),
	}
}
