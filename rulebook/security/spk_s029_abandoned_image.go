package security

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// abandoned are repositories that nobody mends any more, with what became of them.
var abandoned = []struct{ prefix, fate, instead string }{
	{"docker.io/bitnami/spark", "Bitnami moved its tags to docker.io/bitnamilegacy in 2025, so new pulls can fail", bitnamiInstead},
	{"docker.io/bitnamilegacy/spark", "Bitnami stopped updating bitnamilegacy in 2025", bitnamiInstead},
	{"gcr.io/spark-operator/", "its images were removed in October 2023, so new pulls can fail", anotherImage},
}

const (
	anotherImage = "apache/spark or to your own image"
	// bitnamiInstead says that the images of Apache have another entrypoint.
	bitnamiInstead = anotherImage + ". apache/spark does not read SPARK_MODE"
)

func abandonedImage() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S029", Name: "abandoned-image", Level: rule.Warning, Area: rule.Security, Client: true,
		Uses: []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "The image's repository is not maintained",
			Why: "Such an image is not rebuilt when Java, the base system or Spark get a fix. Its tags may disappear, and new pods then cannot pull it. " +
				"A copy in another registry looks like your own image and is not reported.",
			Remedy: "use apache/spark, or build your own image",
			Since:  "0.1.0",
			Sources: []string{"Bitnami: bitnami/containers issue 83267, the change of its public catalogue of August 2025",
				"Kubeflow: spark-operator issues 1860 and 2012"},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			source, ok := reading.NamedImage(p)
			// Bitnami may still publish its latest; SPK-I002 tells what that is worth.
			if latest := source.Reference.Tag == "latest" || source.Reference.Tag+source.Reference.Digest == ""; !ok || latest && source.Reference.Repository == abandoned[0].prefix {
				return
			}
			for _, a := range abandoned {
				if source.Reference.Repository != a.prefix && !(strings.HasSuffix(a.prefix, "/") && strings.HasPrefix(source.Reference.Repository, a.prefix)) {
					continue
				}
				p.Evidence(source.Text, "apache/spark")
				p.Summary("set %s to %s%s", source.Where(p), a.instead, startedBy(p, a.instead))
				reading.ReportImage(p, source, "image %s gets no security fixes; %s", source.Text, a.fate)
			}
		}),
	}
}

// startedBy is how a server starts in an image that does not read Bitnami's variables; "" for what Spark starts.
func startedBy(p rule.Pass, instead string) string {
	class := map[spark.Role]string{spark.Master: spark.ClassMaster, spark.Worker: spark.ClassWorker + " spark://MASTER:7077"}[p.Role()]
	if instead != bitnamiInstead || class == "" {
		return ""
	}
	return ", so set args of the container to /opt/spark/bin/spark-class " + class
}
