package image

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func decommissioning() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I007", Name: "decommissioning", Level: rule.Advice, Area: rule.Image,
		Doc: rule.Doc{
			Title: "The image cannot decommission executors",
			Why: "With spark.decommission.enabled the kubelet runs /opt/decom.sh in an executor that is about to stop, and the executor moves its blocks to others. " +
				"The script finds the JVM with ps. Without the script or ps nothing is moved: shuffle and cached blocks are lost, and stages run again. " +
				"An image that unpacks Spark's archive has the script in another folder, and slim images of Debian have no ps.",
			Remedy:  "copy kubernetes/dockerfiles/spark/decom.sh of Spark's archive to /opt/decom.sh, make it executable, and install procps",
			Since:   "0.1.0",
			Sources: []string{"Spark: kubernetes/dockerfiles/spark/decom.sh and Dockerfile; BasicExecutorFeatureStep, preStop"},
		},
		Build: built(rule.Advice, func(b *build) {
			at := b.unpacked()
			if at == nil {
				return
			}
			switch {
			case !b.mentions(nil, decomScript):
				b.report(finding{at: at.Start(), message: "Spark's archive is unpacked, and nothing puts decom.sh into /opt; executors cannot be decommissioned",
					summary: "copy kubernetes/dockerfiles/spark/decom.sh of the archive to /opt/decom.sh, with the right to execute it"})
			case slim(b.Image(b.Last())) && !b.mentions(nil, procps):
				b.report(finding{at: at.Start(), message: "decom.sh needs ps, and the base image has none; executors cannot be decommissioned", summary: "install procps"})
			}
		}),
	}
}

var (
	decomScript = regexp.MustCompile(`decom\.sh|dockerfiles/spark/?(?:\s|\*|$)`)
	procps      = regexp.MustCompile(`\bprocps\b`)
)

// unpacked is the instruction that unpacks Spark's archive in an image that starts executors; nil where there is none, or the image has Spark
// from another place.
func (b *build) unpacked() *dockerfile.Instruction {
	final := b.FinalInstructions()
	if dockerfile.SparkImage(b.Image(b.Last())) || !slices.ContainsFunc(final, func(i *dockerfile.Instruction) bool {
		return i.Keyword == "entrypoint" && strings.Contains(strings.Join(i.Args, " "), "entrypoint")
	}) {
		return nil
	}
	for _, v := range b.Versions() {
		if v.By == "archive" && slices.Contains(final, v.In) {
			return v.In
		}
	}
	return nil
}

// slim says that an image is Debian without ps.
func slim(image string) bool {
	of := baseOf(image)
	return of.name == "debian" || strings.Contains(of.tag, "slim")
}
