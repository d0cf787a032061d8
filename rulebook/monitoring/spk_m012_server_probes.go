package monitoring

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook/reading"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func serverProbes() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-M012", Name: "server-probes", Level: rule.Advice, Area: rule.Monitoring, Admit: true,
		Doc: rule.Doc{
			Title: "A Spark server runs without probes",
			Why: "Without a readiness probe, clients connect to a server that does not listen yet. Without a liveness probe, a hung server is never restarted. " +
				"All probes use TCP. A long GC delays an HTTP answer, a page may require a login, and Spark Connect has no gRPC health service. " +
				"Time limits are long, because a restarted worker loses its executors. A worker's limit is longer than the time after which the master removes it. A stopped JVM still gets connections until the kernel's queue is full: two on the web ports of master, worker and History server, 4,097 on Connect's port 15002. Until then no TCP probe sees that it hangs. " +
				"Connect has no liveness probe, because a restart loses its clients' sessions. Drivers and executors get no probes: their pods are not restarted, so a failed probe ends the job. " +
				"Apache's operator treats a driver that was never ready as failed. SPK-M022 adds a driver's readiness probe on request.",
			Remedy:      "add readinessProbe, startupProbe and livenessProbe with tcpSocket on the server's port to the server's container",
			Levels:      "a suggestion, because a server works without probes and most launchers' manifests have none",
			Since:       "0.1.0",
			Consequence: "clients connect too early, and a hung server is never restarted",
			Sources: []string{
				"Spark: spark.worker.timeout, 60 s by default, after which a master marks a worker dead",
				"SPARK-57584: the gRPC health service of Connect is only proposed",
				"SPARK-32975: an unready driver has no DNS name behind its headless service",
				"Measured on a node, Spark 3.5.9 and 4.3.0: a worker was stopped. The master removed it after 88 and 72 s, its probe restarted it after 321 and 332 s, and the job lost no task",
			},
		},
		Uses: []rule.Key{rule.FactConf},
		Parts: []rule.Part{
			{Name: "readiness", Profile: rule.Safe, Roles: spark.Servers, State: "no readiness probe", Says: "TCP readiness probe"},
			{Name: "startup", Profile: rule.Standard, Roles: spark.Servers, State: "no startup probe", Says: "TCP startup probe"},
			{Name: "liveness", Profile: rule.Standard, Roles: spark.Roles{spark.Master, spark.Worker, spark.History, spark.Thrift}, State: "no liveness probe", Says: "TCP liveness probe with long time limits"},
		},
		None: []rule.None{
			{Roles: spark.Roles{spark.Driver}, Launchers: spark.Launchers(readsReadiness), Reason: rule.OperatorReads},
			{Roles: spark.Jobs, Reason: rule.RunsToEnd},
			{Part: "liveness", Roles: spark.Roles{spark.Connect}, Reason: rule.HoldsSessions},
			// As an application, its pod is a driver's.
			{Part: "readiness", Roles: spark.Roles{spark.Connect, spark.Thrift}, Launchers: spark.Launchers(readsReadiness), Reason: rule.OperatorReads},
			// Some operators write the Connect server's pod and its probes themselves.
			{Part: "readiness", Roles: spark.Roles{spark.Connect}, Launchers: spark.Launchers(ownConnect), Reason: rule.NotYours},
			{Part: "startup", Roles: spark.Roles{spark.Connect}, Launchers: spark.Launchers(ownConnect), Reason: rule.NotYours},
		},
		Ensure: rule.Pod(ensureProbes),
	}
}

// restartPolicy is the container's own where it has one, else its pod's.
func restartPolicy(p rule.Pass) corev1.RestartPolicy {
	if own := p.Main().RestartPolicy; own != nil {
		return corev1.RestartPolicy(*own)
	}
	return p.Template().Spec.RestartPolicy
}

// neverRestarted says whether the container itself is to run once, whatever its pod does.
func neverRestarted(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyNever
}

func readsReadiness(t spark.Traits) bool { return t.ReadsReadiness }
func ownConnect(t spark.Traits) bool     { return t.OwnConnect }

func ensureProbes(p *rule.PodPass) {
	if p.Role() == spark.Connect && p.Launcher().Traits().OwnConnect {
		return
	}
	serve, web := spark.ServicePort(p.Main(), p.Role()), spark.WebPort(p.Main(), p.Role())
	if p.Role() == spark.Connect || p.Role() == spark.Thrift {
		web = serve // their page belongs to the driver that they are, and may be switched off
	}
	if serve <= 0 || web <= 0 || loopback(p.Main()) {
		for _, part := range []string{"readiness", "startup", "liveness"} {
			p.Refuse(part, p.At("ports"), rule.PortUnknown)
		}
		return
	}
	if neverRestarted(p.Main()) {
		for _, part := range []string{"readiness", "startup", "liveness"} {
			if p.Wanted(part) {
				p.Decline(part, rule.NeverRestart)
			}
		}
		return
	}
	switch c := p.Main(); {
	case c.ReadinessProbe == nil && c.LivenessProbe != nil:
		p.Message("no readiness probe; clients connect too early")
	case c.ReadinessProbe != nil && c.LivenessProbe == nil && p.Role() != spark.Connect:
		p.Message("no liveness probe; a hung server is never restarted")
	}
	unready := ensureReadiness(p, serve)
	if restart := restartPolicy(p); restart != "" && restart != corev1.RestartPolicyAlways {
		for _, part := range []string{"startup", "liveness"} {
			if p.Wanted(part) {
				p.Decline(part, rule.NeverRestart)
			}
		}
		orderProbes(p, unready, serve, "")
		return
	}
	alive := liveness(p, web)
	// A user's own liveness probe was made to start with: a startup probe would only put it off.
	ours := p.Main().LivenessProbe == nil || reflect.DeepEqual(*p.Main().LivenessProbe, alive)
	had := *p.Main()
	if p.Role() != spark.Connect {
		p.Fill("liveness", p.At("livenessProbe"), alive)
	}
	if ours {
		p.Fill("startup", p.At("startupProbe"), probe(web, 10, 60))
	}
	var added []string
	if had.StartupProbe == nil && p.Main().StartupProbe != nil {
		added = append(added, "startupProbe")
	}
	if had.LivenessProbe == nil && p.Main().LivenessProbe != nil {
		added = append(added, "livenessProbe")
	}
	restarts := ""
	if added != nil {
		restarts = fmt.Sprintf("%s with tcpSocket port %d", strings.Join(added, " and "), web)
	}
	orderProbes(p, unready, serve, restarts)
}

// orderProbes says which probes to add, with their ports. unready says that the readiness probe is among them, and restarts names the
// others.
func orderProbes(p *rule.PodPass, unready bool, serve int32, restarts string) {
	var all []string
	if unready {
		all = append(all, fmt.Sprintf("readinessProbe with tcpSocket port %d", serve))
	}
	if restarts != "" {
		all = append(all, restarts)
	}
	if all != nil {
		p.Summary("add to container %s: %s", p.Main().Name, strings.Join(all, "; "))
	}
}

// ensureReadiness leaves out whom others find by a name that resolves only once the pod is ready. lacks says that the probe is
// missing, and wanted.
func ensureReadiness(p *rule.PodPass, port int32) (lacks bool) {
	const part = "readiness"
	at := p.At("readinessProbe")
	session := p.Role() == spark.Connect || p.Role() == spark.Thrift
	hosts := hostsOf(p)
	_, known := p.Conf()
	switch {
	case session && p.Launcher().Traits().ReadsReadiness: // declined
	case p.Main().ReadinessProbe != nil:
		p.Fill(part, at, probe(port, 10, 3))
	case session && p.Launcher().Traits().Submits && needsName(p) != "":
		p.Decline(part, needsName(p)) // spark-submit made it a driver, with a driver's headless service
	case session && p.Launcher().Traits().Submits && !known:
		p.Decline(part, rule.ConfUnseen) // spark.kubernetes.executor.useDriverPodIP may be false there
	case slices.ContainsFunc(hosts, func(host string) bool { return named(p, host) }):
		p.Refuse(part, at, rule.OwnName)
		return true
	case session && !p.Launcher().Traits().Submits && len(hosts) == 0 && reading.ConfMounted(p):
		p.Refuse(part, at, rule.ConfUnseen) // spark.driver.host may stand there
		return true
	default:
		if c := p.Main(); c.LivenessProbe == nil && c.StartupProbe == nil {
			p.Message("no probes; clients connect too early, and a hung server is never restarted")
		}
		p.Fill(part, at, probe(port, 10, 3))
		return p.Main().ReadinessProbe != nil
	}
	return false
}

// hostsOf are the names and addresses on which the server was told to listen or, for Connect and Thrift, by which its
// executors find it.
func hostsOf(p rule.Pass) (hosts []string) {
	c := p.Main()
	words := append(append([]string(nil), c.Command...), c.Args...)
	variables := []string{"SPARK_LOCAL_HOSTNAME"}
	switch p.Role() {
	case spark.Master, spark.Worker:
		variables = append(variables, map[spark.Role]string{spark.Master: "SPARK_MASTER_HOST", spark.Worker: "SPARK_WORKER_HOST"}[p.Role()])
		for i, word := range words {
			if (word == "--host" || word == "-h") && i+1 < len(words) {
				hosts = append(hosts, words[i+1])
			}
		}
	case spark.Connect, spark.Thrift:
		for _, word := range strings.Fields(strings.Join(words, " ")) {
			if _, host, ok := strings.Cut(word, "spark.driver.host="); ok {
				hosts = append(hosts, strings.Trim(host, `"'`))
			}
		}
	}
	for _, name := range variables {
		if host := spark.EnvString(c, name); host != "" {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// named says whether a host is a name that may resolve only once its pod is ready: a headless Service's. Addresses need
// no resolving, and a pod's own host name stands in its hosts file, where a daemon that listens on it looks.
func named(p rule.Pass, host string) bool {
	if strings.Trim(host, "0123456789.") == "" || strings.Contains(host, ":") || strings.Contains(host, "$") {
		return false
	}
	own := p.Template().Spec.Hostname
	return own == "" || p.Role() == spark.Connect || p.Role() == spark.Thrift || host != own && !strings.HasPrefix(host, own+".")
}

// loopback says whether the server was told to listen where the kubelet cannot reach it.
func loopback(c *corev1.Container) bool {
	local := func(address string) bool {
		return address == "localhost" || address == "::1" || strings.HasPrefix(address, "127.")
	}
	for _, name := range []string{"SPARK_LOCAL_IP", "SPARK_MASTER_HOST", "SPARK_WORKER_HOST"} {
		if local(spark.EnvString(c, name)) {
			return true
		}
	}
	words := append(append([]string(nil), c.Command...), c.Args...)
	for i, word := range words {
		flag, value, joined := strings.Cut(word, "=")
		if !joined && i+1 < len(words) {
			value = words[i+1]
		}
		switch flag {
		case "--host", "-h", "--ip", "-i", "spark.connect.grpc.binding.address", "hive.server2.thrift.bind.host":
			if local(value) {
				return true
			}
		}
	}
	return false
}

// probe is a TCP probe. period is in seconds; period times failures is its budget.
func probe(port, period, failures int32) corev1.Probe {
	return corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(port)}},
		PeriodSeconds: period, TimeoutSeconds: 5, FailureThreshold: failures, SuccessThreshold: 1,
	}
}

func liveness(p rule.Pass, port int32) corev1.Probe {
	switch p.Role() {
	case spark.Master:
		return probe(port, 20, 6) // two minutes
	case spark.Thrift:
		return probe(port, 30, 20) // ten minutes: it is a driver with sessions
	case spark.Worker:
		// Twice the time after which the master gives the worker up, five minutes at the least.
		return probe(port, 30, int32(max(10, min(2*workerTimeout(p)/30, 2880))))
	}
	return probe(port, 30, 10) // five minutes
}

// workerTimeout is spark.worker.timeout in seconds where the worker's own options say it; 60 otherwise.
func workerTimeout(p rule.Pass) int64 {
	for _, token := range p.JVMOptions().Tokens {
		if text, ok := strings.CutPrefix(token, "-Dspark.worker.timeout="); ok {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 && n < 1<<31 {
				return n
			}
		}
	}
	return 60
}
