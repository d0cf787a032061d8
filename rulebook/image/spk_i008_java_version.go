package image

import (
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func javaVersion() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I008", Name: "java-version", Level: rule.Error, Area: rule.Image,
		Doc: rule.Doc{
			Title: "The image's Java does not fit its Spark",
			Why: "Spark 4 is compiled for Java 17 and does not start on an older one. Spark 3.3 to 3.5 run on Java 8, 11 and 17; " +
				"on Java 21 and later parts of them fail.",
			Remedy:  "begin from a JRE that Spark is tested with: 17 or 21 for Spark 4, 17 for Spark 3",
			Levels:  "a warning where Java is newer than what Spark was tested with",
			Since:   "0.1.0",
			Sources: []string{"Spark: docs/index.md, Downloading, of 3.3 to 4.3"},
		},
		Build: built(rule.Error, func(b *build) {
			version, known := spark.ParseVersion(b.Version())
			java, at := b.java()
			if !known || java == 0 {
				return
			}
			switch {
			case version.AtLeast(4, 0) && java < 17:
				b.report(finding{at: at, message: "Spark %s needs Java 17, and the image has Java %d; Spark does not start", args: []any{b.Version(), java}, summary: "use Java 17 or 21"})
			case !version.AtLeast(4, 0) && java > 17:
				b.report(finding{at: at, level: rule.Warning, message: "Spark %s was tested with Java 8, 11 and 17, and the image has Java %d", args: []any{b.Version(), java}, summary: "use Java 17"})
			}
		}),
	}
}
