package rulebook

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// lines are the version lines, each with the release whose pods were captured.
var lines = []string{"3.3.4", "3.4.4", "3.5.9", "4.0.5", "4.1.4", "4.2.1", "4.3.0"}

// cell is a pod as one launcher makes it for one role.
type cell struct {
	role     spark.Role
	launcher spark.Launcher
	since    string // the first release that can bring it
	until    string // the last; "": all
	build    func(version spark.Version, image string) *corev1.PodTemplateSpec
}

// cells are the roles with the launchers that can bring them. spark-submit takes a Connect server in cluster mode from
// 4.2 on and a Thrift server never; Connect exists since 3.4; Bitnami's images end with 4.0.
var cells = []cell{
	{spark.Driver, spark.Native, "3.3.4", "", nativeDriver("com.example.Pi")},
	{spark.Driver, spark.Kubeflow, "3.3.4", "", kubeflow(nativeDriver("com.example.Pi"))},
	{spark.Driver, spark.Apache, "3.5.9", "", apacheApp(nativeDriver("com.example.Pi"))},
	{spark.Executor, spark.Native, "3.3.4", "", nativeExecutor},
	{spark.Executor, spark.Kubeflow, "3.3.4", "", kubeflow(nativeExecutor)},
	{spark.Executor, spark.Apache, "3.5.9", "", apacheApp(nativeExecutor)},
	{spark.Master, spark.Apache, "3.5.9", "", apacheDaemon(spark.Master)},
	{spark.Master, spark.Bitnami, "3.3.4", "4.0.5", bitnami(spark.Master)},
	{spark.Master, spark.Standalone, "3.3.4", "", server(spark.Master, "/opt/spark/bin/spark-class", spark.ClassMaster)},
	{spark.Worker, spark.Apache, "3.5.9", "", apacheDaemon(spark.Worker)},
	{spark.Worker, spark.Bitnami, "3.3.4", "4.0.5", bitnami(spark.Worker)},
	{spark.Worker, spark.Standalone, "3.3.4", "", server(spark.Worker, "/opt/spark/bin/spark-class", spark.ClassWorker, "spark://spark-master:7077")},
	{spark.History, spark.Standalone, "3.3.4", "", server(spark.History, "/opt/spark/bin/spark-class", spark.ClassHistory)},
	{spark.Connect, spark.Native, "4.2.1", "", nativeDriver(spark.ClassConnect)},
	{spark.Connect, spark.Kubeflow, "3.5.9", "", kubeflowConnect},
	{spark.Connect, spark.Standalone, "3.4.4", "", server(spark.Connect, "/opt/spark/sbin/start-connect-server.sh", "--master", "k8s://https://kubernetes.default.svc")},
	{spark.Thrift, spark.Standalone, "3.3.4", "", server(spark.Thrift, "/opt/spark/sbin/start-thriftserver.sh", "--master", "spark://spark-master:7077")},
}

// raw is a built pod as bytes, with what the API server sets on every pod.
func raw(t testing.TB, template *corev1.PodTemplateSpec) []byte {
	t.Helper()
	on := corev1.DefaultEnableServiceLinks
	template.Spec.EnableServiceLinks = &on
	text, err := json.Marshal(map[string]any{"metadata": template.ObjectMeta, "spec": template.Spec})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func envs(pairs ...string) (list []corev1.EnvVar) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, corev1.EnvVar{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}

func podIP(name, path string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path}}}
}

func port(name string, number int32) corev1.ContainerPort {
	return corev1.ContainerPort{Name: name, ContainerPort: number, Protocol: corev1.ProtocolTCP}
}

// sized gives a container a memory request and limit, and a CPU request where there is one.
func sized(memory, cpu string) corev1.ResourceRequirements {
	r := corev1.ResourceRequirements{Limits: corev1.ResourceList{"memory": resource.MustParse(memory)}, Requests: corev1.ResourceList{"memory": resource.MustParse(memory)}}
	if cpu != "" {
		r.Requests["cpu"] = resource.MustParse(cpu)
	}
	return r
}

// nativePod is what driver and executor have in common (KubernetesDriverBuilder, KubernetesExecutorBuilder).
func nativePod(role spark.Role, v spark.Version, c corev1.Container) *corev1.PodTemplateSpec {
	t := &corev1.PodTemplateSpec{}
	t.Labels = map[string]string{"spark-app-name": "pi", "spark-app-selector": "spark-1", "spark-role": string(role), "spark-version": v.String()}
	if v.AtLeast(4, 3) {
		no := false
		c.SecurityContext = &corev1.SecurityContext{AllowPrivilegeEscalation: &no}
	}
	c.Name, c.Resources = "spark-kubernetes-"+string(role), sized("1408Mi", "1")
	conf := map[spark.Role]string{spark.Driver: "spark-conf-volume-driver", spark.Executor: "spark-conf-volume-exec"}[role]
	c.VolumeMounts = []corev1.VolumeMount{{Name: "spark-local-dir-1", MountPath: "/var/data/spark-1"}, {Name: conf, MountPath: "/opt/spark/conf"}}
	t.Spec = corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever, ServiceAccountName: "spark", Containers: []corev1.Container{c}, Volumes: []corev1.Volume{
		{Name: "spark-local-dir-1", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		{Name: conf, VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "spark-conf-map"}}}},
	}}
	return t
}

func nativeDriver(class string) func(spark.Version, string) *corev1.PodTemplateSpec {
	return func(v spark.Version, image string) *corev1.PodTemplateSpec {
		c := corev1.Container{Image: image,
			Args:  []string{"driver", "--properties-file", "/opt/spark/conf/spark.properties", "--class", class, "local:///opt/spark/jobs/pi.jar", "1000"},
			Env:   append(envs("SPARK_USER", "spark", "SPARK_APPLICATION_ID", "spark-1"), podIP("SPARK_DRIVER_BIND_ADDRESS", "status.podIP")),
			Ports: []corev1.ContainerPort{port("driver-rpc-port", 7078), port("blockmanager", 7079), port("spark-ui", 4040)}}
		c.Env = append(c.Env, envs("SPARK_LOCAL_DIRS", "/var/data/spark-1", "SPARK_CONF_DIR", "/opt/spark/conf")...)
		if v.AtLeast(4, 1) {
			c.Ports = append(c.Ports, port("spark-connect", 15002))
		}
		return nativePod(spark.Driver, v, c)
	}
}

func nativeExecutor(v spark.Version, image string) *corev1.PodTemplateSpec {
	c := corev1.Container{Image: image, Args: []string{"executor"}, Ports: []corev1.ContainerPort{port("blockmanager", 7079)},
		Env: envs("SPARK_USER", "spark", "SPARK_DRIVER_URL", "spark://CoarseGrainedScheduler@pi-driver-svc.team.svc:7078", "SPARK_EXECUTOR_CORES", "1", "SPARK_EXECUTOR_MEMORY", "1024m",
			"SPARK_APPLICATION_ID", "spark-1", "SPARK_CONF_DIR", "/opt/spark/conf", "SPARK_EXECUTOR_ID", "1", "SPARK_RESOURCE_PROFILE_ID", "0",
			"SPARK_JAVA_OPT_0", "-XX:+IgnoreUnrecognizedVMOptions", "SPARK_JAVA_OPT_1", "-Dspark.driver.port=7078")}
	c.Env = append(c.Env, podIP("SPARK_EXECUTOR_POD_IP", "status.podIP"), podIP("SPARK_EXECUTOR_POD_NAME", "metadata.name"))
	c.Env = append(c.Env, envs("SPARK_LOCAL_DIRS", "/var/data/spark-1")...)
	t := nativePod(spark.Executor, v, c)
	t.Labels["spark-exec-id"], t.Labels["spark-exec-resourceprofile-id"] = "1", "0"
	return t
}

// kubeflow is a pod that Kubeflow's operator had spark-submit make (api/v1beta2, labels of submission.go).
func kubeflow(build func(spark.Version, string) *corev1.PodTemplateSpec) func(spark.Version, string) *corev1.PodTemplateSpec {
	return func(v spark.Version, image string) *corev1.PodTemplateSpec {
		t := build(v, image)
		t.Labels["sparkoperator.k8s.io/app-name"], t.Labels["sparkoperator.k8s.io/launched-by-spark-operator"] = "pi", "true"
		t.Labels["sparkoperator.k8s.io/submission-id"] = "7e3f"
		return t
	}
}

// kubeflowConnect is the server of a SparkConnect (internal/controller/sparkconnect), probes and all.
func kubeflowConnect(v spark.Version, image string) *corev1.PodTemplateSpec {
	t := &corev1.PodTemplateSpec{}
	t.Labels = map[string]string{"spark-role": "connect-server", "spark-version": v.String(), "sparkoperator.k8s.io/connect-name": "notebooks", "sparkoperator.k8s.io/launched-by-spark-operator": "true"}
	tcp := corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(15002)}}
	t.Spec.Containers = []corev1.Container{{Name: "spark-kubernetes-driver", Image: image, Command: []string{"bash", "-c"},
		Args:         []string{"${SPARK_HOME}/sbin/start-connect-server.sh --master k8s://https://kubernetes.default.svc --conf spark.driver.host=${POD_IP}"},
		Env:          append([]corev1.EnvVar{podIP("POD_IP", "status.podIP")}, envs("SPARK_NO_DAEMONIZE", "true")...),
		StartupProbe: &corev1.Probe{ProbeHandler: tcp, FailureThreshold: 30, PeriodSeconds: 10}, ReadinessProbe: &corev1.Probe{ProbeHandler: tcp}}}
	return t
}

// apacheApp is a pod of an application of Apache's operator: Spark's own, with its labels, and no escalation of privileges
// (decorators/SecurityContextDecorator).
func apacheApp(build func(spark.Version, string) *corev1.PodTemplateSpec) func(spark.Version, string) *corev1.PodTemplateSpec {
	return func(v spark.Version, image string) *corev1.PodTemplateSpec {
		t, no := build(v, image), false
		t.Labels["spark.operator/name"], t.Labels["spark.operator/spark-app-name"] = "spark-kubernetes-operator", "pi"
		if t.Labels["spark-role"] == "driver" {
			t.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{AllowPrivilegeEscalation: &no}
		}
		return t
	}
}

// apacheDaemon is a pod of a SparkCluster (SparkClusterResourceSpec): a script in a shell, and no resources.
func apacheDaemon(role spark.Role) func(spark.Version, string) *corev1.PodTemplateSpec {
	return func(v spark.Version, image string) *corev1.PodTemplateSpec {
		t, none := &corev1.PodTemplateSpec{}, int64(0)
		t.Labels = map[string]string{"spark-role": string(role), "spark-version": v.String(), "spark.operator/name": "spark-kubernetes-operator", "spark.operator/spark-cluster-name": "shared"}
		c := corev1.Container{Name: string(role), Image: image, Command: []string{"bash"}}
		script, class := "start-master.sh", spark.ClassMaster
		if role == spark.Worker {
			script, class = "start-worker.sh spark://shared-master-svc:7077", spark.ClassWorker
			c.Ports, c.Env = []corev1.ContainerPort{port("web", 8081)}, envs("SPARK_LOG_DIR", "/opt/spark/logs", "SPARK_WORKER_OPTS", "-Dspark.master.rest.enabled=false")
		} else {
			c.Ports = []corev1.ContainerPort{port("web", 8080), port("spark", 7077), port("rest", 6066)}
			c.Env = envs("SPARK_LOG_DIR", "/opt/spark/logs", "SPARK_MASTER_OPTS", "-Dspark.master.rest.enabled=false")
		}
		c.Args = []string{"-c", fmt.Sprintf("/opt/spark/sbin/%s && while /opt/spark/sbin/spark-daemon.sh status %s 1; do sleep 1; done", script, class)}
		t.Spec = corev1.PodSpec{TerminationGracePeriodSeconds: &none, Containers: []corev1.Container{c}}
		return t
	}
}

// bitnami is a pod of Bitnami's chart: hardened, probed and sized by its preset.
func bitnami(role spark.Role) func(spark.Version, string) *corev1.PodTemplateSpec {
	return func(v spark.Version, _ string) *corev1.PodTemplateSpec {
		t := &corev1.PodTemplateSpec{}
		t.Labels = map[string]string{"app.kubernetes.io/name": "spark", "app.kubernetes.io/instance": "a", "app.kubernetes.io/component": string(role), "helm.sh/chart": "spark-9.3.5"}
		uid, yes, no := int64(1001), true, false
		web := &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromString("http")}}, PeriodSeconds: 20, FailureThreshold: 6}
		c := corev1.Container{Name: "spark-" + string(role), Image: "docker.io/bitnami/spark:" + v.String(), Ports: []corev1.ContainerPort{port("http", 8080), port("cluster", 7077)},
			Env:           envs("SPARK_MODE", string(role), "SPARK_DAEMON_MEMORY", "", "SPARK_MASTER_PORT", "7077", "SPARK_MASTER_WEBUI_PORT", "8080"),
			LivenessProbe: web, ReadinessProbe: web,
			Resources:    corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("500m"), "memory": resource.MustParse("512Mi")}, Limits: corev1.ResourceList{"cpu": resource.MustParse("750m"), "memory": resource.MustParse("768Mi")}},
			VolumeMounts: []corev1.VolumeMount{{Name: "empty-dir", MountPath: "/tmp", SubPath: "tmp-dir"}, {Name: "empty-dir", MountPath: "/opt/bitnami/spark/conf", SubPath: "app-conf-dir"}},
			SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}, RunAsUser: &uid, RunAsGroup: &uid, RunAsNonRoot: &yes,
				ReadOnlyRootFilesystem: &yes, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}}
		if role == spark.Worker {
			c.Ports = c.Ports[:1]
			c.Env = envs("SPARK_MODE", "worker", "SPARK_MASTER_URL", "spark://a-master-svc:7077", "SPARK_WORKER_WEBUI_PORT", "8080")
		}
		t.Spec = corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{FSGroup: &uid}, Containers: []corev1.Container{c},
			Volumes: []corev1.Volume{{Name: "empty-dir", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}}
		return t
	}
}

// server is a pod of a Deployment or StatefulSet as people write it. A worker says what it hands out.
func server(role spark.Role, command ...string) func(spark.Version, string) *corev1.PodTemplateSpec {
	return func(_ spark.Version, image string) *corev1.PodTemplateSpec {
		t := &corev1.PodTemplateSpec{}
		t.Labels = map[string]string{"app": "spark-" + string(role)}
		c := corev1.Container{Name: string(role), Image: image, Command: command[:1], Args: command[1:]}
		switch role {
		case spark.Worker:
			c.Env = envs("SPARK_WORKER_MEMORY", "4g", "SPARK_WORKER_CORES", "2")
		case spark.History:
			c.Env = envs("SPARK_HISTORY_OPTS", "-Dspark.history.fs.logDirectory=s3a://logs/spark")
		case spark.Connect, spark.Thrift:
			c.Env = envs("SPARK_NO_DAEMONIZE", "true")
		}
		t.Spec.Containers = []corev1.Container{c}
		return t
	}
}

// officialImage is the image of a release as the official repository tags it.
func officialImage(v spark.Version) string {
	switch {
	case v.AtLeast(4, 0):
		return "apache/spark:" + v.String() + "-scala2.13-java21-ubuntu"
	case v.AtLeast(3, 4):
		return "apache/spark:" + v.String() + "-scala2.12-java17-ubuntu"
	}
	return "apache/spark:" + strings.TrimPrefix(v.String(), "v") + "-scala2.12-java11-ubuntu"
}
