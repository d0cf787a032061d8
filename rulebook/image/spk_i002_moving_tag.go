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
			Title: "The image is the repository's latest, whatever that is",
			Why: "latest, which no tag means too, is another image tomorrow: a rerun is not the run that was tested, and driver and executors need the same Spark. " +
				"With IfNotPresent, which is what Spark asks for by itself, each node keeps what it pulled first, so that pods of one application run different code.",
			Remedy:  "name a version, or better a digest",
			Levels:  "error where the image is pulled only when absent",
			Since:   "0.1.0",
			Sources: []string{"Kubernetes: Images, image pull policy", "Spark: Config.scala CONTAINER_IMAGE_PULL_POLICY, default IfNotPresent"},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			source, ok := reading.NamedImage(p)
			if !ok || source.Reference.Digest != "" || source.Reference.Tag != "" && source.Reference.Tag != "latest" {
				return
			}
			if source.PullPolicy == "" && p.Role().Job() && !reading.RunsAsShown(p) {
				source.PullPolicy = "IfNotPresent" // Spark's own default; Kubernetes' for latest is Always
			}
			p.Summary("name a version, or better a digest")
			p.Evidence(source.Text, "a tag that stays, or a digest")
			if source.PullPolicy == "IfNotPresent" || source.PullPolicy == "Never" {
				p.Level(rule.Error)
				reading.ReportImage(p, source, "image %s is whatever its node pulled first; pods of one application may run different code", source.Text)
				return
			}
			reading.ReportImage(p, source, "image %s is whatever its repository holds when a pod starts; the next run may be another Spark", source.Text)
		}),
	}
}
