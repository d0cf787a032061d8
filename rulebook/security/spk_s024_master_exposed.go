package security

import (
	"strconv"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	restKey        = "spark.master.rest.enabled"
	restFiltersKey = "spark.master.rest.filters"
)

func masterExposed() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S024", Name: "master-exposed", Level: rule.Error, Area: rule.Security,
		Roles: spark.Roles{spark.Master},
		Uses:  []rule.Key{neighbour.FactServices, rule.FactConf, rule.FactFiles},
		Doc: rule.Doc{
			Title: "Anyone who reaches the master can run code",
			Why: "A client that registers an application or submits a driver runs code on every worker. The master's port needs a secret only with spark.authenticate. " +
				"The REST API on port 6066 has no login unless spark.master.rest.filters sets one. It is on by default from 4.1 on.",
			Remedy: "set spark.master.rest.enabled=false in SPARK_MASTER_OPTS, or a login filter in spark.master.rest.filters (from 4.0 on); set spark.authenticate; keep both ports inside the cluster",
			Levels: "an error where the port is reachable from outside; a warning behind a gateway or private load balancer, with an unknown image, or inside the cluster",
			Since:  "0.1.0",
			Sources: []string{
				"seen: the default of spark.master.rest.enabled is false in 3.3.4, 3.5.9 and 4.0.5, and true in 4.1.4, 4.2.1 and 4.3.0",
				"Spark: Master.scala, StandaloneRestServer.scala; security.md: standalone mode",
			},
		},
		Inspect: rule.Workload(func(p *rule.WorkloadPass) {
			inspectMasterPort(p)
			inspectRest(p)
		}),
	}
}

func inspectMasterPort(p *rule.WorkloadPass) {
	if p.Main() == nil {
		return
	}
	port := spark.ServicePort(p.Main(), spark.Master)
	way, found := outside(p, port)
	secret, _, seen := reading.Property(p, "spark.authenticate")
	// Bitnami's entrypoint writes what this says into spark-defaults.conf.
	_, _, bitnami := spark.EnvValue(p.Main(), "SPARK_RPC_AUTHENTICATION_ENABLED")
	if bitnami || reading.IsTrue(secret) {
		return
	}
	if !found {
		if _, known := rule.Get(p, neighbour.FactServices); !known {
			p.NotKnown("%s", neighbour.FactServices)
		}
		return
	}
	if !seen {
		p.NotKnown("all settings (%s may be set elsewhere)", keyAuthenticate)
		return
	}
	p.Level(masterLevel(p, way))
	p.Summary("remove port %d from %s. Or set spark.authenticate=true, one spark.authenticate.secret for master, workers and applications, and %s=false (its REST API does not support the secret)", port, wayPorts(way), restKey)
	p.Report(p.At("ports"), "%s exposes port "+strconv.Itoa(int(port))+", and spark.authenticate is off; anyone who reaches it can run code on every worker", wayName(way))
}

// masterLevel is that of the way, and a warning where the image may hold a configuration of its own.
func masterLevel(p rule.Pass, way neighbour.Exposure) rule.Level {
	if !reading.SettingsComplete(p) {
		return rule.Warning
	}
	return wayLevel(way)
}

func inspectRest(p *rule.WorkloadPass) {
	value, set, _ := reading.Property(p, restKey)
	on := reading.IsTrue(value) || !set && p.Version().AtLeast(4, 1)
	filters, _, seen := reading.Property(p, restFiltersKey)
	host, _, _ := reading.Property(p, "spark.master.rest.host")
	port := portSet(p, "spark.master.rest.port", spark.PortMasterREST)
	if !on || filters != "" || port == 0 || host == "localhost" || strings.HasPrefix(host, "127.") {
		return
	}
	if !seen {
		p.NotKnown("all settings (%s may be set elsewhere)", restFiltersKey)
		return
	}
	state := "is on"
	if !set {
		state = "is on by default"
	}
	p.Level(rule.Warning)
	who := "any pod that reaches it"
	if way, found := outside(p, port); found {
		p.Level(masterLevel(p, way))
		who = "anyone who reaches " + wayName(way)
	}
	p.Evidence(restKey+" "+strings.TrimPrefix(state, "is "), restKey+"=false")
	p.Summary("set %s=false (disables submissions over REST)", restKey)
	if p.Version().AtLeast(4, 0) {
		p.Evidence(restKey+" "+strings.TrimPrefix(state, "is "), restKey+"=false, or a filter in "+restFiltersKey)
		p.Summary("set %s=false (disables submissions over REST), or %s", restKey, loginFilter(p.Version(), restFiltersKey))
	}
	const format = "port %d (the REST API) has no login; %s can run code on the workers"
	conf, _ := p.Conf()
	switch _, inConf := conf.Get(restKey); {
	case inConf:
		p.ReportConf(restKey, format, port, who)
	case p.Main() == nil:
		p.ReportOwner(rule.Path{"spec", "sparkConf"}, format, port, who)
	default:
		p.Report(p.At("ports"), format, port, who)
	}
}
