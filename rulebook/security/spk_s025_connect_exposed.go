package security

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	connectPlugin   = "org.apache.spark.sql.connect.SparkConnectPlugin"
	connectTokenEnv = "SPARK_CONNECT_AUTHENTICATE_TOKEN"
)

func connectExposed() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S025", Name: "connect-exposed", Level: rule.Error, Area: rule.Security,
		Roles: spark.Roles{spark.Connect, spark.Driver},
		Needs: []rule.Key{neighbour.FactServices}, Uses: []rule.Key{rule.FactConf, rule.FactFiles},
		Doc: rule.Doc{
			Title: "Connect is open to the outside without a token",
			Why: "A client of Spark Connect runs code and reads data with the server's rights. The server has no user accounts. " +
				"From 4.0 on it requires a shared token if " + connectTokenEnv + " or spark.connect.authenticate.token is set. Before 4.0 it requires nothing. " +
				"A driver is a Connect server if spark.plugins names the Connect plugin. The port alone proves nothing, because drivers declare it from 4.1 on.",
			Remedy: "keep the port inside the cluster, add a proxy with a login, and set " + connectTokenEnv + " from a Secret (from 4.0 on)",
			Levels: "a warning behind an Ingress, gateway or private load balancer, or where the image may contain a configuration",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: Connect.scala (spark.connect.authenticate.token since 4.0.0, spark.connect.grpc.interceptor.classes)",
				"Spark: spark-connect-overview.md: no built-in authentication before 4.0",
			},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			if p.Main() == nil {
				return
			}
			if plugins, _, _ := reading.Property(p, "spark.plugins"); p.Role() == spark.Driver && !strings.Contains(plugins, connectPlugin) {
				return
			}
			port := portSet(p, "spark.connect.grpc.binding.port", spark.ServicePort(p.Main(), spark.Connect))
			way, found := outside(p, port)
			if !found || proxied(p) {
				return
			}
			interceptors, _, seen := reading.Property(p, "spark.connect.grpc.interceptor.classes")
			_, _, inEnv := spark.EnvValue(p.Main(), connectTokenEnv)
			_, inConf, _ := reading.Property(p, "spark.connect.authenticate.token")
			token := inEnv || inConf
			reads := !p.Version().Known() || p.Version().AtLeast(4, 0)
			if interceptors != "" || token && reads {
				return
			}
			if !seen {
				p.NotKnown("all settings (%s may be set elsewhere)", "spark.connect.grpc.interceptor.classes")
				return
			}
			p.Level(wayLevel(way))
			if !reading.SettingsComplete(p) {
				p.Level(rule.Warning)
			}
			state := "no token is required"
			if token {
				state = "Spark " + p.Version().String() + " ignores the token"
			}
			p.Evidence(wayName(way)+" to port "+strconv.Itoa(int(port)), "a token, or no access from outside")
			p.Summary("%s, or set the variable %s in the container, from a Secret", closingPort(way, port), connectTokenEnv)
			if !reads {
				p.Summary("%s. Or upgrade to Spark 4.0, and set the variable %s in the container, from a Secret", closingPort(way, port), connectTokenEnv)
			}
			p.Report(p.At("ports"), "%s exposes the Connect server, and %s; anyone can run code and read data", wayName(way), state)
		}),
	}
}

// closingPort is the order that takes the way to a port away.
func closingPort(way neighbour.Exposure, port int32) string {
	if way.Kind == "Service" {
		return closing(way)
	}
	return fmt.Sprintf("remove port %d from %s", port, wayName(way))
}

// proxied says whether another container of the pod may stand in front of the port.
func proxied(p rule.Pass) bool {
	for i := range p.Template().Spec.Containers {
		name := p.Template().Spec.Containers[i].Name
		if name != p.Main().Name && (strings.Contains(name, "proxy") || strings.Contains(name, "envoy")) {
			return true
		}
	}
	return false
}
