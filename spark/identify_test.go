package spark

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type pod struct {
	labels      map[string]string
	annotations map[string]string
	containers  []corev1.Container
	never       bool
}

func (p pod) identify() Identity {
	spec := corev1.PodSpec{Containers: p.containers}
	if p.never {
		spec.RestartPolicy = corev1.RestartPolicyNever
	}
	return Identify(&metav1.ObjectMeta{Labels: p.labels, Annotations: p.annotations}, &spec)
}

func container(name string, args ...string) corev1.Container {
	return corev1.Container{Name: name, Args: args}
}

func env(c corev1.Container, pairs ...string) corev1.Container {
	for i := 0; i < len(pairs); i += 2 {
		c.Env = append(c.Env, corev1.EnvVar{Name: pairs[i], Value: pairs[i+1]})
	}
	return c
}

type labels = map[string]string

func TestEveryLauncherIsTold(t *testing.T) {
	driverArgs := []string{"driver", "--properties-file", "/opt/spark/conf/spark.properties", "--class"}
	driver := func(name, class string) corev1.Container {
		return container(name, append(driverArgs[:4:4], class, "local:///app")...)
	}
	sidecar := container("istio-proxy", "proxy")
	connectPorts := driver("spark-kubernetes-driver", "com.acme.Main")
	connectPorts.Ports = []corev1.ContainerPort{{Name: "spark-connect", ContainerPort: 15002}}
	script := func(name, text string) corev1.Container {
		return corev1.Container{Name: name, Command: []string{"bash"}, Args: []string{"-c", text}}
	}
	type want struct {
		role      Role
		launcher  Launcher
		container int
		why       string
	}
	for name, test := range map[string]struct {
		pod  pod
		want want
	}{
		"native driver":   {pod{labels: labels{"spark-role": "driver"}, containers: []corev1.Container{driver("spark-kubernetes-driver", "X")}}, want{Driver, Native, 0, ""}},
		"native executor": {pod{labels: labels{"spark-role": "executor"}, containers: []corev1.Container{container("spark-kubernetes-executor", "executor")}}, want{Executor, Native, 0, ""}},
		"a template's name, behind a sidecar": {pod{labels: labels{"spark-role": "executor", "spark-exec-id": "EXECID"},
			containers: []corev1.Container{sidecar, container("mine", "executor")}}, want{Executor, Native, 1, ""}},
		"4.1 driver that declares 15002": {pod{labels: labels{"spark-role": "driver"}, containers: []corev1.Container{connectPorts}}, want{Driver, Native, 0, ""}},
		"driver that is a Connect server": {pod{labels: labels{"spark-role": "driver"}, never: true,
			containers: []corev1.Container{driver("spark-kubernetes-driver", ClassConnect)}}, want{Connect, Native, 0, ""}},
		"driver that is a history server": {pod{labels: labels{"spark-role": "driver", "spark.operator/spark-app-name": "shs"},
			containers: []corev1.Container{driver("spark-kubernetes-driver", ClassHistory)}}, want{History, Apache, 0, ""}},
		"kubeflow driver":  {pod{labels: labels{"spark-role": "driver", "sparkoperator.k8s.io/app-name": "a"}, containers: []corev1.Container{driver("spark-kubernetes-driver", "X")}}, want{Driver, Kubeflow, 0, ""}},
		"kubeflow connect": {pod{labels: labels{"spark-role": "connect-server", "sparkoperator.k8s.io/connect-name": "c"}, containers: []corev1.Container{script("spark-kubernetes-driver", "/opt/spark/sbin/start-connect-server.sh")}}, want{Connect, Kubeflow, 0, ""}},
		"apache master": {pod{labels: labels{"spark-role": "master", "spark.operator/spark-cluster-name": "c"},
			containers: []corev1.Container{script("master", "/opt/spark/sbin/start-master.sh && while /opt/spark/sbin/spark-daemon.sh status org.apache.spark.deploy.master.Master 1; do sleep 1; done")}}, want{Master, Apache, 0, ""}},
		"bitnami worker":                  {pod{containers: []corev1.Container{env(container("spark-worker"), "SPARK_MODE", "worker")}}, want{Worker, Bitnami, 0, ""}},
		"hand-made master":                {pod{containers: []corev1.Container{container("m", "/opt/spark/bin/spark-class", ClassMaster, "--port", "7077")}}, want{Master, Standalone, 0, ""}},
		"hand-made worker script":         {pod{containers: []corev1.Container{sidecar, script("w", "sbin/start-worker.sh spark://m:7077; sleep inf")}}, want{Worker, Standalone, 1, ""}},
		"history server":                  {pod{containers: []corev1.Container{container("h", "/opt/spark/bin/spark-class", ClassHistory)}}, want{History, Standalone, 0, ""}},
		"thrift server":                   {pod{containers: []corev1.Container{container("t", "spark-submit", "--class", ClassThrift)}}, want{Thrift, Standalone, 0, ""}},
		"an image that starts a master":   {pod{containers: []corev1.Container{{Name: "a", Image: "bde2020/spark-master:3.3.0-hadoop3.3"}}}, want{Master, Standalone, 0, ""}},
		"an image that starts a worker":   {pod{containers: []corev1.Container{sidecar, {Name: "a", Image: "docker.io/bde2020/spark-worker:2.4.3-hadoop2.7"}}}, want{Worker, Standalone, 1, ""}},
		"such an image, given a command":  {pod{containers: []corev1.Container{{Name: "a", Image: "bde2020/spark-master:3.3.0", Command: []string{"sleep"}}}}, want{"", "", -1, WhyNoRole}},
		"two such images in one pod":      {pod{containers: []corev1.Container{{Name: "a", Image: "bde2020/spark-master"}, {Name: "b", Image: "bde2020/spark-worker"}}}, want{"", "", -1, WhyNoRole}},
		"somebody's image of such a name": {pod{containers: []corev1.Container{{Name: "a", Image: "corp/spark-master:1"}}}, want{"", "", -1, WhyNoRole}},
		"Kubernetes' old example":         {pod{containers: []corev1.Container{{Name: "a", Image: "k8s.gcr.io/spark:1.5.2_v1", Command: []string{"/start-worker"}}}}, want{Worker, Standalone, 0, ""}},
		"a command of such a name":        {pod{containers: []corev1.Container{{Name: "a", Image: "corp/celery", Command: []string{"/start-worker"}}}}, want{"", "", -1, WhyNoRole}},
		"our label decides":               {pod{labels: labels{LabelOwnRole: "driver"}, containers: []corev1.Container{container("app")}}, want{Driver, Standalone, 0, ""}},
		"our label over Spark's":          {pod{labels: labels{LabelOwnRole: "connect", "spark-role": "driver"}, containers: []corev1.Container{driver("spark-kubernetes-driver", "my.Server")}}, want{Connect, Native, 0, ""}},
		"our label with another word":     {pod{labels: labels{LabelOwnRole: "boss", "spark-role": "driver"}, containers: []corev1.Container{driver("spark-kubernetes-driver", "X")}}, want{Driver, Native, 0, WhyRoleUnknown}},
		"notebook":                        {pod{containers: []corev1.Container{container("notebook", "start-notebook.sh")}}, want{"", "", -1, WhyNoRole}},
		"notebook labelled driver":        {pod{labels: labels{"spark-role": "driver"}, containers: []corev1.Container{container("notebook", "start-notebook.sh")}}, want{Driver, Native, -1, WhyContainerUnknown}},
		"two containers, neither known": {pod{labels: labels{"spark-role": "driver"}, containers: []corev1.Container{container("a"), container("b")}},
			want{Driver, Native, -1, WhyManyContainers}},
		"submitter of a Connect server": {pod{containers: []corev1.Container{container("submit", "spark-submit", "--deploy-mode", "cluster", "--class", ClassConnect)}}, want{"", "", -1, WhyNoRole}},
		"master and worker in one pod":  {pod{containers: []corev1.Container{script("all", "start-master.sh; start-worker.sh spark://localhost")}}, want{Worker, Standalone, 0, WhyManyRoles}},
		"mirror pod": {pod{labels: labels{"spark-role": "driver"}, annotations: labels{annotationMirror: "x"},
			containers: []corev1.Container{driver("spark-kubernetes-driver", "X")}}, want{Driver, Native, 0, WhyMirror}},
		"no containers": {pod{labels: labels{"spark-role": "driver"}}, want{Driver, Native, -1, WhyManyContainers}},
		"longer word":   {pod{containers: []corev1.Container{container("x", "org.apache.spark.deploy.master.MasterTest")}}, want{"", "", -1, WhyNoRole}},
	} {
		t.Run(name, func(t *testing.T) {
			id := test.pod.identify()
			got := want{id.Role, id.Launcher, id.Container, id.Why}
			if got != test.want || id.Certain != (test.want.why == "") {
				t.Errorf("got %+v (certain %v), want %+v", got, id.Certain, test.want)
			}
			if id.Finite != test.pod.never {
				t.Errorf("finite %v, want %v", id.Finite, test.pod.never)
			}
		})
	}
}

func TestDriverTellsItsLanguageVersionAndApplication(t *testing.T) {
	c := container("spark-kubernetes-driver", "driver", "--properties-file", "x", "--class", ClassPython, "local:///a.py")
	c.Image = "apache/spark:3.5.6-java17"
	id := pod{labels: labels{"spark-role": "driver", "spark-app-selector": "spark-1"}, containers: []corev1.Container{c}}.identify()
	if id.Python == nil || !*id.Python || id.App != "spark-1" || id.Version != (Version{3, 5, 6}) {
		t.Errorf("got %+v", id)
	}
	executor := pod{labels: labels{"spark-role": "executor", "spark-version": "4.1.0"}, containers: []corev1.Container{container("executor")}}.identify()
	if executor.Python != nil || executor.Version != (Version{4, 1, 0}) {
		t.Errorf("got %+v", executor)
	}
}

func BenchmarkIdentifyExecutor(b *testing.B) {
	c := container("spark-kubernetes-executor", "executor")
	for range 30 {
		c = env(c, "SPARK_JAVA_OPT_1", "-Dspark.x=y")
	}
	meta := &metav1.ObjectMeta{Labels: labels{"spark-role": "executor", "spark-version": "4.1.0", "spark-app-selector": "a"}}
	spec := &corev1.PodSpec{Containers: []corev1.Container{c}}
	for b.Loop() {
		Identify(meta, spec)
	}
}
