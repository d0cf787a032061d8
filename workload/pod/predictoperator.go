package pod

import (
	"cmp"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Connect is the pod that Kubeflow's operator makes for a Connect server (internal/controller/sparkconnect).
func (p *Prediction) Connect() {
	if p.c.Image == "" {
		p.c.Image = p.get("spark.kubernetes.container.image")
		p.from("spark.kubernetes.container.image", p.at.With("image")...)
	}
	p.c.Command = []string{"bash", "-c"}
	p.c.Args = []string{"${SPARK_HOME}/sbin/start-connect-server.sh --master k8s://https://kubernetes.default.svc"}
	p.made(p.at.With("command")...)
	p.made(p.at.With("args")...)
	p.field("POD_IP", "status.podIP")
	p.variable("SPARK_NO_DAEMONIZE", "true")
	p.label("sparkoperator.k8s.io/launched-by-spark-operator", "true")
	p.label(spark.LabelRole, "connect-server")
	const file = "executor-pod-template.yaml"
	p.given("spark-conf", p.d.Name+"-conf", "/tmp/spark/"+file)
	mount, volume := &p.c.VolumeMounts[len(p.c.VolumeMounts)-1], &p.pod.Spec.Volumes[len(p.pod.Spec.Volumes)-1]
	mount.SubPath, mount.ReadOnly, volume.ConfigMap.Items = file, true, []corev1.KeyToPath{{Key: file, Path: file}}
	p.c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"bash", "-c", "${SPARK_HOME}/sbin/stop-connect-server.sh"}}}}
	p.made(p.at.With("lifecycle")...)
	p.id.Finite = p.pod.Spec.RestartPolicy == corev1.RestartPolicyNever || p.pod.Spec.RestartPolicy == corev1.RestartPolicyOnFailure
}

// Daemon is the pod of an Apache SparkCluster's master or worker (SparkClusterResourceSpec).
func (p *Prediction) Daemon() {
	const image = "spark.kubernetes.container.image"
	switch {
	case p.get(image) != "":
		p.c.Image = strings.ReplaceAll(p.get(image), "{{SPARK_VERSION}}", p.id.Version.String())
		p.from(image, p.at.With("image")...)
	case p.c.Image == "":
		p.doubt("the operator chooses the image", p.at.With("image")...)
	}
	word := string(p.s.Role)
	p.label(spark.LabelRole, word)
	if name := p.get("spark.kubernetes.scheduler.name"); name != "" {
		p.pod.Spec.SchedulerName = name
		p.from("spark.kubernetes.scheduler.name", "spec", "schedulerName")
	}
	now := int64(0)
	p.pod.Spec.TerminationGracePeriodSeconds = &now
	p.made("spec", "terminationGracePeriodSeconds")
	var options strings.Builder
	for _, key := range p.s.Conf.Keys() {
		options.WriteString("-D" + key + `="` + p.get(key) + `" `)
	}
	start, class := "start-master.sh", spark.ClassMaster
	ports := []corev1.ContainerPort{{Name: "web", ContainerPort: 8080}, {Name: "spark", ContainerPort: 7077}, {Name: "rest", ContainerPort: 6066}}
	if p.s.Role == spark.Worker {
		start, class = "start-worker.sh spark://"+p.d.Name+"-master-svc:7077", spark.ClassWorker
		ports = []corev1.ContainerPort{{Name: "web", ContainerPort: 8081}}
		p.variable("SPARK_LOG_DIR", "/opt/spark/work/logs")
		p.pod.Spec.DNSConfig = &corev1.PodDNSConfig{Searches: []string{p.d.Name + "-worker-svc." + cmp.Or(p.d.Namespace, "default") + ".svc.cluster.local"}}
		p.made("spec", "dnsConfig")
	}
	p.variable("SPARK_"+strings.ToUpper(word)+"_OPTS", options.String())
	p.origins[len(p.origins)-1].At = patch.Path{"spec", "sparkConf"}
	p.made(p.at.With("command", strconv.Itoa(len(p.c.Command)))...)
	p.c.Command = append(p.c.Command, "bash")
	for _, arg := range []string{"-c", "/opt/spark/sbin/" + start + " && while /opt/spark/sbin/spark-daemon.sh status " + class + " 1; do sleep 1; done"} {
		p.made(p.at.With("args", strconv.Itoa(len(p.c.Args)))...)
		p.c.Args = append(p.c.Args, arg)
	}
	for _, port := range ports {
		port.Protocol = corev1.ProtocolTCP
		p.made(p.at.With("ports", strconv.Itoa(len(p.c.Ports)))...)
		p.c.Ports = append(p.c.Ports, port)
	}
}
