// Package generator makes pods of Spark as people write them, and as somebody would who wants injection to fail: every field
// that injection edits is set in every shape. A seed always makes the same pod.
package generator

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Namespace is that of every generated pod.
const Namespace = "generated"

// Pod is the pod of a seed, as the JSON that an API server sends to a webhook, and the profile by which it is injected.
func Pod(seed uint64) ([]byte, rule.Profile) {
	g := &generator{rand.New(rand.NewPCG(seed, 15))}
	pod := g.spark()
	g.container(pod)
	g.volumes(pod)
	g.pod(pod)
	g.others(pod)
	g.annotations(pod)
	raw, err := json.Marshal(pod)
	if err != nil {
		panic(err) // a pod always marshals
	}
	return g.odd(raw), pick(g, rule.Profiles()...)
}

// generator draws what a pod has.
type generator struct{ *rand.Rand }

// one says yes once in n times.
func (g *generator) one(n int) bool { return g.IntN(n) == 0 }

// pick draws one of several.
func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

// maybe draws one of several, or none.
func maybe[T any](g *generator, of ...T) *T {
	if i := g.IntN(len(of) + 1); i < len(of) {
		return &of[i]
	}
	return nil
}

// line is a line of Spark's versions and an image of it.
type line struct{ version, java string }

func lines() []line {
	return []line{{"2.4.8", "8"}, {"3.0.3", "11"}, {"3.1.3", "11"}, {"3.2.4", "11"}, {"3.3.4", "11"}, {"3.4.4", "11"}, {"3.5.9", "17"}, {"4.0.5", "17"}, {"4.1.4", "21"}, {"4.2.1", "17"}, {"4.3.0", "25"}}
}

// spark draws role, launcher and version, and makes the pod that they have by themselves.
func (g *generator) spark() *corev1.Pod {
	of := pick(g, lines()...)
	pod := &corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: "generated", Namespace: Namespace, Labels: map[string]string{}}}
	image := pick(g, "apache/spark:"+of.version, "docker.io/apache/spark:"+of.version+"-scala2.12-java"+of.java+"-ubuntu",
		"ghcr.io/team/spark:"+of.version, "registry.example:5000/etl", "docker.io/bitnami/spark:"+of.version, "apache/spark@sha256:"+fmt.Sprintf("%064x", g.Uint64()))
	c := corev1.Container{Image: image, Name: "spark"}
	if g.one(3) {
		pod.Labels["spark-version"] = of.version
	}
	switch role := pick(g, "driver", "executor", "master", "worker", "history", "connect", "thrift"); role {
	case "driver", "executor":
		g.job(pod, &c, role)
	default:
		g.server(pod, &c, role)
	}
	pod.Spec.Containers = []corev1.Container{c}
	return pod
}

// job is what Spark makes of an application, and what an operator adds to it.
func (g *generator) job(pod *corev1.Pod, c *corev1.Container, role string) {
	pod.Labels["spark-role"], pod.Labels["spark-app-selector"] = role, fmt.Sprintf("spark-%016x", g.Uint64())
	switch g.IntN(4) {
	case 0:
		pod.Labels["sparkoperator.k8s.io/app-name"], pod.Labels["sparkoperator.k8s.io/launched-by-spark-operator"] = "etl", "true"
	case 1:
		pod.Labels["spark.operator/name"], pod.Labels["spark.operator/spark-app-name"] = "spark-kubernetes-operator", "etl"
	case 2:
		pod.Labels["app.kubernetes.io/managed-by"], pod.Labels["app.kubernetes.io/instance"] = "spark.stackable.tech_sparkapplication", "etl"
	}
	c.Args = []string{role}
	pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	if role == "driver" {
		c.Name = pick(g, "spark-kubernetes-driver", "spark")
		c.Args = append(c.Args, "--properties-file", "/opt/spark/conf/spark.properties", "--class", pick(g, "org.example.Etl",
			"org.apache.spark.deploy.PythonRunner", "org.apache.spark.sql.connect.service.SparkConnectServer"), "local:///etl.jar")
		c.Ports = []corev1.ContainerPort{{Name: "driver-rpc-port", ContainerPort: 7078}, {Name: "spark-ui", ContainerPort: pick[int32](g, 4040, 8090)}}
		return
	}
	c.Name = pick(g, "spark-kubernetes-executor", "executor")
	pod.Labels["spark-exec-id"] = fmt.Sprint(1 + g.IntN(200))
	c.Env = append(c.Env, corev1.EnvVar{Name: "SPARK_EXECUTOR_MEMORY", Value: pick(g, "1g", "4096m", "512m", "0", "x", "999999g")},
		corev1.EnvVar{Name: "SPARK_EXECUTOR_CORES", Value: pick(g, "1", "4", "0", "-1", "many", "2147483648")})
	for i := range g.IntN(4) {
		c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("SPARK_JAVA_OPT_%d", i), Value: pick(g, options()...)})
	}
	if g.one(8) {
		c.Env = append(c.Env, corev1.EnvVar{Name: pick(g, "SPARK_JAVA_OPT_999999", "SPARK_JAVA_OPT_1000000", "SPARK_JAVA_OPT_99999999999999999999", "SPARK_JAVA_OPT_-1", "SPARK_JAVA_OPT_007"), Value: pick(g, options()...)})
	}
}

// server is a daemon as people and charts write it.
func (g *generator) server(pod *corev1.Pod, c *corev1.Container, role string) {
	script := map[string]string{"master": "start-master.sh", "worker": "start-worker.sh", "history": "start-history-server.sh", "connect": "start-connect-server.sh", "thrift": "start-thriftserver.sh"}[role]
	class := map[string]string{"master": "org.apache.spark.deploy.master.Master", "worker": "org.apache.spark.deploy.worker.Worker", "history": "org.apache.spark.deploy.history.HistoryServer",
		"connect": "org.apache.spark.sql.connect.service.SparkConnectServer", "thrift": "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"}[role]
	switch g.IntN(6) {
	case 0:
		pod.Labels["kubectl-spark.io/role"] = role
	case 1:
		c.Command = []string{"/opt/spark/sbin/" + script}
		c.Env = append(c.Env, corev1.EnvVar{Name: "SPARK_NO_DAEMONIZE", Value: "true"})
	case 2:
		c.Command, c.Args = []string{"bash", "-c"}, []string{"/opt/spark/sbin/" + script + " && tail -f /opt/spark/logs/*"}
	case 3:
		c.Args = []string{"/opt/spark/bin/spark-class", class, "--host", "$(POD_IP)"}
	case 4:
		pod.Labels["app.kubernetes.io/name"], pod.Labels["app.kubernetes.io/component"], pod.Labels["helm.sh/chart"] = "spark", role, "spark-9.1.0"
		c.Env = append(c.Env, corev1.EnvVar{Name: "SPARK_MODE", Value: role}, corev1.EnvVar{Name: "SPARK_METRICS_ENABLED", Value: pick(g, "true", "false", "")})
	default:
		pod.Labels["spark-role"], pod.Labels["spark.operator/spark-cluster-name"] = role, "shared"
		c.Name, c.Command, c.Args = role, []string{"bash"}, []string{"-c", "/opt/spark/sbin/" + script + " && while true; do sleep 1; done"}
	}
	pod.Spec.RestartPolicy = pick(g, corev1.RestartPolicyAlways, corev1.RestartPolicyAlways, corev1.RestartPolicyOnFailure, corev1.RestartPolicyNever)
	if g.one(2) {
		c.Ports = []corev1.ContainerPort{{Name: pick(g, "web", "http", "spark-ui"), ContainerPort: pick[int32](g, 8080, 8081, 18080, 4040, 15002, 10000)}}
	}
	for _, name := range []string{"SPARK_WORKER_CORES", "SPARK_WORKER_MEMORY", "SPARK_DAEMON_MEMORY", "SPARK_MASTER_WEBUI_PORT", "SPARK_WORKER_WEBUI_PORT", "SPARK_MASTER_OPTS", "SPARK_WORKER_OPTS"} {
		if g.one(3) {
			c.Env = append(c.Env, corev1.EnvVar{Name: name, Value: pick(g, "1", "2g", "8g", "0", "-3", "x", "1000000000000", "9e99", "100000000g", "8080", "-Da=b")})
		}
	}
}

// options are what stands in variables of JVM options: what we would set, what goes against it, and what is broken.
func options() []string {
	return []string{"", " ", "-Da=b", "-XX:+UseG1GC", "-XX:+UseZGC -XX:-UseG1GC", "-XX:ActiveProcessorCount=2", "-XX:ActiveProcessorCount=", "-Xmx3g -Xms1g",
		"-XX:+ExitOnOutOfMemoryError -XX:+HeapDumpOnOutOfMemoryError", "-XX:HeapDumpPath=/dumps", "-Xlog:gc*:file=/var/log/spark-gc/gc.log",
		"-Xlog:gc*,safepoint:file=/var/log/spark-gc/gc.log:time,uptime,level,tags:filecount=4,filesize=8m", "-Xloggc:/x -XX:+PrintGCDetails", "-Da='not closed", `-Da="b\" c"`, `-Da=\`,
		"-Dx=$(POD_IP)", "$$(x)", "-Djava.security.egd=file:/dev/./urandom", "-Dspark.ui.prometheus.enabled=true", "-Dспарк=\u00e9\u2028", "-D\t=\n-Db", "-javaagent:/agent.jar=8090:/c.yaml",
		"-Dspark.metrics.conf.*.sink.prometheusServlet.class=org.apache.spark.metrics.sink.PrometheusServlet", "-Da/b~c=/~0~1"}
}
