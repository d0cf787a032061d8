package performance

import (
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const keyDriverHost = "spark.driver.host"

func driverHost() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-P047", Name: "driver-host", Level: rule.Error, Area: rule.Performance, Client: true,
		Roles: spark.Roles{spark.Driver, spark.Connect, spark.Thrift},
		Needs: []rule.Key{rule.FactConf}, Uses: []rule.Key{rule.FactFiles},
		Doc: rule.Doc{
			Title: "Executors cannot reach the driver by its name",
			Why: "In client mode executors connect to spark.driver.host. The default is the name of the driver's pod, which other pods cannot resolve. " +
				"Executors then fail with UnknownHostException and are replaced forever. A loopback address points each executor to itself. " +
				"In cluster mode Spark sets the host itself, and refuses to submit if it is already set.",
			Remedy: "in client mode set spark.driver.host to the pod's IP (status.podIP) or a headless Service for the pod; in cluster mode remove it",
			Levels: "a warning where client mode has no host, because the application's code may set it",
			Since:  "0.1.0",
			Sources: []string{
				"Spark: running-on-kubernetes.md, client mode networking; Utils.scala localCanonicalHostName",
				"Spark 3.5.9 and 4.3.0: DriverServiceFeatureStep, \"is not supported in Kubernetes mode, as the driver's hostname will be managed via a Kubernetes service\"",
				"apache/kyuubi issue 1594, bitnami/containers issue 2883",
			},
		},
		Parts: []rule.Part{{Name: "host", Profile: rule.Safe, State: "executors cannot reach the driver", Says: "a driver's host that executors reach"}},
		Ensure: rule.Workload(func(p *rule.WorkloadPass) {
			conf, _ := p.Conf()
			if !reading.OnKubernetes(p, conf) {
				return
			}
			host, set, seen := reading.Property(p, keyDriverHost)
			mode := strings.ToLower(reading.ValueOr(conf, "spark.submit.deployMode", ""))
			switch client := reading.ClientDriver(p) || mode == "client"; {
			case set && !client && submitsCluster(p, mode):
				p.Evidence(keyDriverHost+"="+host, "not set")
				p.Message("%s is set in cluster mode; Spark refuses to submit", keyDriverHost)
				p.Summary("remove %s", keyDriverHost)
				p.UnsetConf("host", keyDriverHost)
			case set && client && loopback(host):
				p.Evidence(keyDriverHost+"="+host, "an address that executors reach")
				p.Message("%s is %s, which is each executor's own pod; executors cannot reach the driver and fail", keyDriverHost, host)
				p.Summary("set %s to the driver pod's IP (fieldRef status.podIP) or to the name of a headless Service", keyDriverHost)
				p.RefuseConf("host", keyDriverHost, rule.NoExactForm)
			case !set && !seen && reading.ClientDriver(p) && (p.Main() == nil || namedAfterPod(p)):
				p.NotKnown("all settings (%s may be set elsewhere)", keyDriverHost)
			case !set && reading.ClientDriver(p) && p.Main() != nil && namedAfterPod(p):
				p.Level(rule.Warning)
				p.Evidence("the pod's name", "an address that executors reach")
				p.Message("%s is unset in client mode; executors cannot resolve the pod's name and fail", keyDriverHost)
				p.Summary("set %s to the driver pod's IP (fieldRef status.podIP) or to the name of a headless Service", keyDriverHost)
				p.RefuseConf("host", keyDriverHost, rule.NoExactForm)
			}
		}),
	}
}

// submitsCluster says for certain that what is judged will be submitted in cluster mode, and was not yet: Spark writes
// the host into the configuration of the driver that it makes.
func submitsCluster(p rule.Pass, mode string) bool {
	conf, _ := p.Conf()
	_, cluster := conf.Get(spark.KeyResourceType) // found out in cluster mode only
	return (p.Template() == nil || p.Submitted()) && p.Role() == spark.Driver && (mode == "cluster" || spark.HasResources(p.Launcher().Traits()) && cluster || p.Launcher().Traits().ClusterMode)
}

func loopback(host string) bool {
	return strings.HasPrefix(host, "127.") || slices.Contains([]string{"localhost", "0.0.0.0", "::", "::1", "[::]", "[::1]"}, strings.ToLower(host))
}

// namedAfterPod says whether the host's name is the pod's own, which only the pod itself knows: no subdomain makes it a
// name of the cluster's DNS, no variable stands in for it, and it is not the node's.
func namedAfterPod(p rule.Pass) bool {
	spec := &p.Template().Spec
	return !spec.HostNetwork && spec.Subdomain == "" && !set(p, "SPARK_LOCAL_HOSTNAME") && !set(p, "SPARK_LOCAL_IP") && len(p.Main().EnvFrom) == 0
}

func set(p rule.Pass, name string) bool { return reading.LastVariable(p.Main(), name) >= 0 }
