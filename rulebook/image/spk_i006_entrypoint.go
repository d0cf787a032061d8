package image

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/workload/dockerfile"
)

func entrypoint() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-I006", Name: "entrypoint", Level: rule.Error, Area: rule.Image,
		Doc: rule.Doc{
			Title: "The entrypoint does not start drivers and executors",
			Why: "Spark on Kubernetes starts pods with the argument driver or executor and leaves the rest to the image's entrypoint. " +
				"An ENTRYPOINT in shell form gets no arguments, and another program does not know these words. The pod ends at once.",
			Remedy:  `keep the entrypoint of Spark's image, or set ENTRYPOINT ["/opt/entrypoint.sh"]`,
			Levels:  "a warning for another program: the image may be for something else than drivers and executors",
			Since:   "0.1.0",
			Sources: []string{"Spark: kubernetes/dockerfiles entrypoint.sh", "Docker: Dockerfile reference, shell and exec form"},
		},
		Build: built(rule.Error, func(b *build) {
			var last *dockerfile.Instruction
			for _, i := range b.FinalInstructions() {
				if i.Keyword == "entrypoint" {
					last = i
				}
			}
			if last == nil || len(last.Args) == 0 {
				return
			}
			text := strings.Join(last.Args, " ")
			spark := strings.Contains(text, "entrypoint")
			switch {
			case !last.JSON && spark:
				f := finding{at: last.Start(), message: "ENTRYPOINT in shell form gets no arguments; drivers and executors do not start", summary: "write ENTRYPOINT as a JSON list"}
				words := strings.Fields(text)
				if words[0] == "exec" {
					words = words[1:]
				}
				if len(words) > 0 && strings.Contains(words[0], "/") && !strings.ContainsAny(text, "=~?(){}[]#$&|;<>\"'`\\*") && last.First == last.Last {
					list, _ := json.Marshal(words) // strings have a form
					f.changes = []dockerfile.Change{{First: last.First, Last: last.Last, Lines: []string{"ENTRYPOINT " + strings.ReplaceAll(string(list), `","`, `", "`)}}}
				}
				b.report(f)
			case !spark && !server.MatchString(text) && b.hasSpark():
				b.report(finding{at: last.Start(), level: rule.Warning, message: "ENTRYPOINT is not Spark's; pods that Spark starts as driver or executor get another program",
					summary: `remove ENTRYPOINT and give the command to the pod, or set ENTRYPOINT ["/opt/entrypoint.sh"]`})
			}
		}),
	}
}

// server are programs of images that are for something else than drivers and executors.
var server = regexp.MustCompile(`start-[a-z-]+\.sh|spark-class|spark-submit|jupyter|start-notebook|start\.sh|run\.sh|airflow|zeppelin|livy`)
