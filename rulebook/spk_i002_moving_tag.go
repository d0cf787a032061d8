package rulebook

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
)

func movingTag() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I002", Name: "moving-tag", Level: rule.Warning, Area: rule.Image, Client: true,
		Uses: []rule.Fact{rule.FactConf},
		Doc: rule.Doc{
			Title: "The image is the repository's latest, whatever that is",
			Why: "latest, which no tag means too, is another image tomorrow: a rerun is not the run that was tested, and driver and executors need the same Spark. " +
				"With IfNotPresent, which is what Spark asks for by itself, each node keeps what it pulled first, so that pods of one application run different code.",
			Remedy:  "name a version, or better a digest",
			Levels:  "error where the image is pulled only when absent",
			Since:   "0.1.0",
			Sources: []string{"Kubernetes: Images, image pull policy", "Spark: Config.scala CONTAINER_IMAGE_PULL_POLICY, default IfNotPresent"},
		},
		Inspect: func(p *rule.Pass) {
			source, ok := imageNamed(p)
			if !ok || source.ref.Digest != "" || source.ref.Tag != "" && source.ref.Tag != "latest" {
				return
			}
			if source.policy == "" && p.Role().Job() && !made(p) {
				source.policy = "IfNotPresent" // Spark's own default; Kubernetes' for latest is Always
			}
			p.Summary("name a version, or better a digest")
			p.Evidence(source.text, "a tag that stays, or a digest")
			if source.policy == "IfNotPresent" || source.policy == "Never" {
				p.Level(rule.Error)
				reportImage(p, source, "image %s is whatever its node pulled first; pods of one application may run different code", source.text)
				return
			}
			reportImage(p, source, "image %s is whatever its repository holds when a pod starts; the next run may be another Spark", source.text)
		},
	}
}
