package reading

import (
	"regexp"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// SelectorOf are labels by which a PodMonitor or a NetworkPolicy finds a server's pods, or the drivers of a namespace: those that name
// the application, and none that changes.
func SelectorOf(p rule.Pass) map[string]string {
	own := p.Template().Labels
	if p.Role() == spark.Driver {
		return map[string]string{spark.LabelRole: string(spark.Driver)}
	}
	for _, names := range [][]string{{"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"}, {"app", "component", "role"}} {
		some := map[string]string{}
		for _, name := range names {
			if value := own[name]; value != "" {
				some[name] = value
			}
		}
		if own[names[0]] != "" {
			return some
		}
	}
	some := neighbour.Lasting(own)
	delete(some, spark.LabelApp)
	delete(some, spark.LabelVersion)
	return some
}

// maxServerName bounds a name made of labels: Prometheus has it in the name of a job.
const maxServerName = 60

var noName = regexp.MustCompile(`[^a-z0-9]+`)

// Slug is a text as a part of the name of an object.
func Slug(text string) string {
	return strings.Trim(noName.ReplaceAllString(strings.ToLower(text), "-"), "-")
}

// ServerName is a name for an object beside a server: that of its application, with the role.
func ServerName(role spark.Role, selector map[string]string) string {
	var parts []string
	for _, key := range []string{"app.kubernetes.io/instance", "app.kubernetes.io/name", "app", "app.kubernetes.io/component", "component"} {
		if value := Slug(selector[key]); value != "" && !strings.Contains(strings.Join(parts, "-"), value) {
			parts = append(parts, value)
		}
	}
	name, end := strings.Join(parts, "-"), "-"+string(role)
	if strings.Contains(name, string(role)) && len(name) <= maxServerName {
		return name
	}
	// Of a long name the end goes, and never the role: the objects of a master and of its workers have other names.
	name = name[:min(len(name), maxServerName-len(end))]
	return strings.Trim(strings.TrimRight(name, "-")+end, "-")
}
