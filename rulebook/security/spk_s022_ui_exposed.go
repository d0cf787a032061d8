package security

import (
	"strconv"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func uiExposed() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S022", Name: "ui-exposed", Level: rule.Error, Area: rule.Security,
		Roles: spark.Roles{spark.Driver, spark.Master, spark.Worker, spark.History, spark.Connect, spark.Thrift},
		Needs: []rule.Key{neighbour.FactServices}, Uses: []rule.Key{rule.FactConf, rule.FactFiles},
		Doc: rule.Doc{
			Title: "A web UI is open to the outside without a login",
			Why: "Spark's web UI has no login unless spark.ui.filters sets one. It shows the configuration, environment, queries and logs. " +
				"The UIs of drivers and masters also have buttons that kill jobs, stages and applications (spark.ui.killEnabled, on by default).",
			Remedy: "change the Service to type ClusterIP, or add a login: spark.ui.filters=org.apache.spark.ui.JWSFilter (from 4.0 on), or the ingress controller's authentication",
			Levels: "a warning behind an Ingress, gateway, or internal or filtered load balancer, or where the image may contain a configuration",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: UI.scala (spark.ui.filters, spark.ui.killEnabled), security.md: web UI",
				"Kubernetes: a NodePort is open on every node",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			if p.Main() == nil {
				return
			}
			if off, _, _ := reading.Property(p, "spark.ui.enabled"); reading.IsFalse(off) && p.Role() != spark.History {
				return
			}
			port := portSet(p, webPortKey(p.Role()), spark.WebPort(p.Main(), p.Role()))
			way, found := outside(p, port)
			filters, _, seen := reading.Property(p, "spark.ui.filters")
			if !found || filters != "" {
				return
			}
			if !seen {
				p.NotKnown("all settings (%s may be set elsewhere)", "spark.ui.filters")
				return
			}
			p.Level(wayLevel(way))
			if !reading.SettingsComplete(p) {
				p.Level(rule.Warning)
			}
			consequence := "anyone outside can read configuration and logs"
			if kill, _, _ := reading.Property(p, "spark.ui.killEnabled"); !reading.IsFalse(kill) && p.Role() != spark.History && p.Role() != spark.Worker {
				consequence += ", and kill jobs"
			}
			p.Evidence(wayName(way)+" to port "+strconv.Itoa(int(port)), "a login")
			p.Summary("%s, or %s", closing(way), loginFilter(p.Version(), "spark.ui.filters"))
			p.Report(p.At("ports"), "%s exposes the web UI without a login; %s", wayName(way), consequence)
		}),
	}
}

// closing is the order that takes a way from outside away.
func closing(way neighbour.Exposure) string {
	if way.Kind == "Service" {
		return "change Service " + way.Name + " to type ClusterIP"
	}
	return "add a login to " + wayName(way)
}

// loginFilter is the order to set a servlet filter that asks for a login: Spark has one from 4.0 on.
func loginFilter(v spark.Version, key string) string {
	switch {
	case !v.Known():
		return "set " + key + " to a login filter (" + jwsFilter + " from Spark 4.0 on)"
	case v.AtLeast(4, 0):
		return "set " + key + "=" + jwsFilter + " and spark." + jwsFilter + ".param.secretKey"
	}
	return "set " + key + " to your login filter's class (Spark " + v.Line() + " ships none)"
}

const jwsFilter = "org.apache.spark.ui.JWSFilter"

// webPortKey is the setting that moves a role's web interface.
func webPortKey(role spark.Role) string {
	switch role {
	case spark.Master:
		return "spark.master.ui.port"
	case spark.Worker:
		return "spark.worker.ui.port"
	case spark.History:
		return "spark.history.ui.port"
	}
	return "spark.ui.port"
}
