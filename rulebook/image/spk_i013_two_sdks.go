package image

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func twoSDKs() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I013", Name: "two-sdks", Level: rule.Warning, Area: rule.Image,
		Doc: rule.Doc{
			Title: "The image gets both bundles of the AWS SDK",
			Why: "The bundle of the first AWS SDK has 280 MB, that of the second one 600 MB. hadoop-aws of Hadoop 3.3 uses the first one, and of Hadoop 3.4 the second one. " +
				"The other one is only pulled by every node.",
			Remedy:  "keep aws-java-sdk-bundle for Hadoop 3.3, or bundle of software.amazon.awssdk for Hadoop 3.4",
			Since:   "0.1.0",
			Sources: []string{"Hadoop: HADOOP-18073, S3A on AWS SDK 2, of 3.4.0"},
		},
		Build: built(rule.Warning, func(b *build) {
			first, second := false, false
			b.jars(func(_ *dockerfile.Instruction, at dockerfile.Place, text string) {
				before := first && second
				first = first || strings.Contains(text, "aws-java-sdk-bundle")
				second = second || strings.Contains(text, "awssdk/bundle") || strings.Contains(text, "awssdk:bundle")
				if first && second && !before {
					needed := "one of them"
					if hadoop := hadoopOf[minor(b.Version())]; strings.HasPrefix(hadoop, "3.3") {
						needed = "aws-java-sdk-bundle, which Hadoop " + hadoop + " uses"
					} else if hadoop != "" {
						needed = "bundle of software.amazon.awssdk, which Hadoop " + hadoop + " uses"
					}
					b.report(finding{at: at, message: "both bundles of the AWS SDK come into the image, 900 MB; one of them is never used", summary: "keep " + needed})
				}
			})
		}),
	}
}
