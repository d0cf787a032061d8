package monitoring

import (
	"reflect"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func driverReadiness() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M022", Name: "driver-readiness", Level: rule.Advice, Area: rule.Monitoring, Admit: true,
		Roles: spark.Roles{spark.Driver},
		Uses:  []rule.Key{rule.FactConf},
		Doc: rule.Doc{
			Title: "A driver lacks the requested readiness probe",
			Why: "This probe is added only on request (want: SPK-M022). No traffic depends on a driver's readiness, and an unready driver can fail. " +
				"Apache's operator treats a driver that was never ready as failed. " +
				"Until 4.2 executors find their driver by the name of a headless Service, which has no address until the driver is ready. " +
				"From 4.1 on spark.kubernetes.executor.useDriverPodIP gives executors the pod's address instead. It is true by default from 4.3 on. " +
				"The probe connects to the driver's RPC port, which is open before user code requests executors.",
			Remedy:      "add readinessProbe with tcpSocket port driver-rpc-port to the driver's container, or remove SPK-M022 from annotation " + rule.WantAnnotation,
			Since:       "0.1.0",
			Consequence: "the pod counts as Ready before the driver listens",
			Sources: []string{
				"Spark 4.1.4, 4.2.1: spark.kubernetes.executor.useDriverPodIP is false; 4.3.0: true (deploy/k8s/Config.scala)",
				"Spark 4.3.0: spark.kubernetes.driver.service.publishNotReadyAddresses, false by default",
				"SPARK-32975: an unready driver has no DNS name behind its headless service",
				"Apache spark-kubernetes-operator: AppDriverStartObserver, a driver that ends before it was ready has failed",
			},
		},
		Parts: []rule.Part{
			{Name: "readiness", Profile: rule.ByWant, State: "the requested readiness probe is missing", Says: "TCP readiness probe on the driver's port, if operator and executors tolerate it"},
		},
		Ensure: rule.Pod(ensureDriverReadiness),
	}
}

func ensureDriverReadiness(p *rule.PodPass) {
	const part = "readiness"
	at := p.At("readinessProbe")
	port, declared := spark.NamedPort(p.Main(), spark.PortNameDriverRPC)
	wanted := probe(port, 5, 3)
	if own := p.Main().ReadinessProbe; !p.Wanted(part) || own != nil && !reflect.DeepEqual(*own, wanted) {
		return
	}
	switch {
	case p.Launcher().Traits().ReadsReadiness:
		p.Refuse(part, at, rule.OperatorReads)
	case neverRestarted(p.Main()):
		p.Refuse(part, at, rule.NeverRestart)
	case !declared || port <= 0 || p.Template().Spec.HostNetwork || loopback(p.Main()):
		p.Refuse(part, at, rule.PortUnknown) // with the node's network Spark takes the next port where this one is taken
	default:
		if reason := needsName(p); reason != "" {
			p.Refuse(part, at, reason)
			return
		}
		p.Fill(part, at, wanted)
	}
}

// needsName says why executors may need a name of the driver that resolves only once it is ready; "" where they do not.
func needsName(p rule.Pass) rule.Reason {
	conf, _ := p.Conf()
	byAddress, said := conf.Get("spark.kubernetes.executor.useDriverPodIP")
	published, _ := conf.Get("spark.kubernetes.driver.service.publishNotReadyAddresses")
	switch v := p.Version(); {
	case !v.Known():
		return rule.SparkUnknown
	case v.AtLeast(4, 3) && (!said || strings.EqualFold(published, "true")):
		return ""
	case v.AtLeast(4, 1) && strings.EqualFold(byAddress, "true"):
		return ""
	}
	return rule.NeedsName
}
