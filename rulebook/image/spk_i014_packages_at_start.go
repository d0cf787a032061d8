package image

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

func packagesAtStart() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I014", Name: "packages-at-start", Level: rule.Warning, Area: rule.Image,
		Doc: rule.Doc{
			Title: "Packages are downloaded when the application starts",
			Why: "With --packages or spark.jars.packages each driver asks a Maven repository at each start. The start takes longer, and fails where the repository does not answer. " +
				"A user without a home folder has no place for what Ivy downloads.",
			Remedy:  "download the jars when the image is built, in a separate stage, into Spark's jars folder",
			Since:   "0.1.0",
			Sources: []string{"Spark: DependencyUtils.scala resolveMavenDependencies", "Spark: SPARK-52542, images with HOME=/nonexistent"},
		},
		Build: built(rule.Warning, func(b *build) {
			for _, i := range b.FinalInstructions() {
				var texts []string
				switch i.Keyword {
				case "cmd", "entrypoint":
					texts = i.Args
				case "env":
					for _, pair := range i.Pairs() {
						texts = append(texts, pair.Value)
					}
				case "run":
					for _, c := range i.Commands {
						if c.Name() == "echo" || c.Name() == "printf" {
							for _, w := range c.Words {
								texts = append(texts, w.Text)
							}
						}
					}
				}
				if slices.ContainsFunc(texts, func(text string) bool {
					return slices.Contains(strings.Fields(text), "--packages") || strings.Contains(text, "spark.jars.packages")
				}) {
					b.report(finding{at: i.Start(), message: "packages are downloaded at each start of a driver; a repository that does not answer stops it", summary: "download the jars when the image is built"})
				}
			}
		}),
	}
}
