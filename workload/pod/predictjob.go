package pod

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// word is the section of the configuration that speaks of the pod: a server that spark-submit starts is a driver.
func (p *Prediction) word() spark.Role {
	if p.s.Role == spark.Executor {
		return spark.Executor
	}
	return spark.Driver
}

// Job is the pod that Spark itself makes (deploy/k8s/features: Basic{Driver,Executor}FeatureStep and those around them).
func (p *Prediction) Job() {
	word := string(p.word())
	at := "spark.kubernetes." + word + "."
	p.labels(at)
	p.image()
	p.version()
	p.pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	p.made("spec", "restartPolicy")
	p.placed(word)
	p.resources(word)
	if p.word() == spark.Executor {
		p.executor()
	} else {
		p.driver()
	}
	p.secrets(at)
	p.volumes(at + "volumes.")
	p.hardened()
	p.operated()
	p.handed()
	p.id.Finite = true
}

// handed are the ConfigMaps that Spark makes beside the one of a driver's settings.
func (p *Prediction) handed() {
	switch {
	case p.word() == spark.Executor && p.get("spark.kubernetes.executor.disableConfigMap") != "true":
		p.given("spark-conf-volume-exec", "spark-exec-conf-map", "/opt/spark/conf")
	case p.word() != spark.Executor && p.s.Section != nil: // an operator gives executors a template even where the resource has none
		p.given("pod-template-volume", "spark-drv-podspec-conf-map", "/opt/spark/pod-template")
	}
}

func (p *Prediction) labels(at string) {
	if p.s.Section != nil || p.d.Kind == "SparkConnect" {
		p.label("sparkoperator.k8s.io/launched-by-spark-operator", "true")
		if p.s.Section != nil && p.s.Missing { // its webhook edits the others just as well
			p.label("sparkoperator.k8s.io/mutated-by-spark-operator", "true")
		}
		if p.d.Kind == "ScheduledSparkApplication" {
			p.label("sparkoperator.k8s.io/scheduled-app-name", p.d.Name)
		}
		for _, key := range slices.Sorted(maps.Keys(p.d.Meta.Labels)) {
			if !strings.HasPrefix(key, "kueue.x-k8s.io/") {
				p.label(key, p.d.Meta.Labels[key])
				p.copied(patch.Path{"metadata", "labels", key}, "metadata", "labels", key)
			}
		}
	}
	p.prefixed(at+"label.", func(key, name, value string) {
		p.label(name, value)
		p.from(key, "metadata", "labels", name)
	})
	p.label(spark.LabelRole, string(p.word()))
	if p.s.Section != nil && p.word() != spark.Executor && p.d.Kind == "SparkApplication" {
		p.label("spark-app-name", p.d.Name) // executors have what the program calls itself
	}
	p.prefixed(at+"annotation.", func(key, name, value string) {
		if p.pod.Annotations == nil {
			p.pod.Annotations = map[string]string{}
		}
		p.pod.Annotations[name] = value
		p.from(key, "metadata", "annotations", name)
	})
}

func (p *Prediction) image() {
	at := "spark.kubernetes.container.image"
	if key := "spark.kubernetes." + string(p.word()) + ".container.image"; p.get(key) != "" {
		at = key
	}
	if image := p.get(at); image != "" {
		p.c.Image = strings.ReplaceAll(image, "{{SPARK_VERSION}}", p.id.Version.String())
		p.from(at, p.at.With("image")...)
	}
	at = "spark.kubernetes.container.image.pullPolicy"
	p.c.ImagePullPolicy = corev1.PullPolicy(cmp.Or(p.get(at), string(corev1.PullIfNotPresent)))
	p.from(at, p.at.With("imagePullPolicy")...)
	at = "spark.kubernetes.container.image.pullSecrets"
	for _, name := range strings.Split(p.get(at), ",") {
		if name = strings.TrimSpace(name); name != "" {
			p.from(at, "spec", "imagePullSecrets", strconv.Itoa(len(p.pod.Spec.ImagePullSecrets)))
			p.pod.Spec.ImagePullSecrets = append(p.pod.Spec.ImagePullSecrets, corev1.LocalObjectReference{Name: name})
		}
	}
}

// placed is where the pod runs and as whom (DriverKubernetesCredentialsFeatureStep, ExecutorKubernetesCredentialsFeatureStep).
func (p *Prediction) placed(word string) {
	keys := []string{"spark.kubernetes.authenticate.driver.serviceAccountName"}
	if word == string(spark.Executor) {
		// What the template says comes first, then the executors' own account, then the driver's.
		keys = []string{"spark.kubernetes.authenticate.executor.serviceAccountName", keys[0]}
		if p.pod.Spec.DeprecatedServiceAccount != "" {
			keys = nil
		}
	}
	for _, key := range keys {
		if name := p.get(key); name != "" {
			p.pod.Spec.ServiceAccountName, p.pod.Spec.DeprecatedServiceAccount = name, name
			p.from(key, "spec", "serviceAccountName")
			p.from(key, "spec", "serviceAccount")
			break
		}
	}
	for _, prefix := range []string{"spark.kubernetes.node.selector.", "spark.kubernetes." + word + ".node.selector."} {
		p.prefixed(prefix, func(key, name, value string) { p.selector(key, name, value) })
	}
	for _, key := range []string{"spark.kubernetes.scheduler.name", "spark.kubernetes." + word + ".scheduler.name"} {
		if name := p.get(key); name != "" {
			p.pod.Spec.SchedulerName = name
			p.from(key, "spec", "schedulerName")
		}
	}
}

func (p *Prediction) selector(key, name, value string) {
	if p.pod.Spec.NodeSelector == nil {
		p.pod.Spec.NodeSelector = map[string]string{}
	}
	p.pod.Spec.NodeSelector[name] = value
	p.from(key, "spec", "nodeSelector", name)
}

func (p *Prediction) driver() {
	p.c.Command, p.c.Args = nil, []string{"driver", "--properties-file", "/opt/spark/conf/spark.properties", "--class", p.id.MainClass}
	if p.id.MainClass == "" && p.id.Python != nil && *p.id.Python {
		p.c.Args[4] = spark.ClassPython
	}
	if p.c.Args[4] == "" {
		p.c.Args = p.c.Args[:3]
	}
	p.made(p.at.With("command")...)
	p.made(p.at.With("args")...)
	p.field("SPARK_DRIVER_BIND_ADDRESS", "status.podIP")
	p.variables("spark.kubernetes.driverEnv.")
	p.variable("SPARK_CONF_DIR", "/opt/spark/conf")
	p.port(spark.PortNameDriverRPC, "spark.driver.port", spark.PortDriverRPC)
	p.port(spark.PortNameBlockManager, "spark.driver.blockManager.port", spark.PortBlockManager)
	p.port(spark.PortNameUI, "spark.ui.port", spark.PortUI)
	p.given("spark-conf-volume-driver", "spark-drv-conf-map", "/opt/spark/conf")
}

// given is a ConfigMap that spark-submit makes for the pod, under a name that holds an id.
func (p *Prediction) given(volume, name, path string) {
	p.volume(corev1.Volume{Name: volume,
		VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}}, "")
	p.mount(corev1.VolumeMount{Name: volume, MountPath: path}, "")
}

// variables are those that the configuration sets. A Kubeflow resource's own list is put on the pod by its webhook, behind
// these, and stands among the settings for rules that read them.
func (p *Prediction) variables(prefix string) {
	section := p.s.Section
	p.prefixed(prefix, func(key, name, value string) {
		if section == nil || !patch.Under(p.s.Conf[key].Path, section.With("env")) {
			p.env(corev1.EnvVar{Name: name, Value: value}, key)
		}
	})
}

func (p *Prediction) executor() {
	p.c.Command, p.c.Args = nil, []string{"executor"}
	p.made(p.at.With("command")...)
	p.made(p.at.With("args")...)
	p.env(corev1.EnvVar{Name: "SPARK_EXECUTOR_CORES", Value: cmp.Or(p.get("spark.executor.cores"), "1")}, "spark.executor.cores")
	heap := p.get("spark.executor.memory")
	if mib, err := spark.ParseSizeFor(p.id.Version, cmp.Or(heap, strconv.Itoa(spark.DefaultHeapMiB)), spark.MiB, spark.MiB); err == nil {
		heap = strconv.FormatInt(mib, 10) + "m"
	}
	p.env(corev1.EnvVar{Name: "SPARK_EXECUTOR_MEMORY", Value: heap}, "spark.executor.memory")
	p.field("SPARK_EXECUTOR_POD_IP", "status.podIP")
	p.variables("spark.executorEnv.")
	n := 0
	for _, key := range []string{"spark.executor.defaultJavaOptions", spark.KeyExecutorOptions} {
		tokens, err := spark.SplitOptions(p.get(key))
		for _, token := range tokens {
			p.env(corev1.EnvVar{Name: spark.Channel(spark.Executor) + strconv.Itoa(n), Value: token}, key)
			n++
		}
		if err != nil { // Spark would not start it; nothing is merged into what cannot be read
			p.field(spark.Channel(spark.Executor)+strconv.Itoa(n), "metadata.name")
			n++
		}
	}
	p.field("SPARK_EXECUTOR_POD_NAME", "metadata.name")
	p.variable("SPARK_CONF_DIR", "/opt/spark/conf")
	p.port(spark.PortNameBlockManager, "spark.blockManager.port", spark.PortBlockManager)
	p.resizable()
}

// port adds a port as Spark declares it; where the configuration says 0, Spark chooses and declares none.
func (p *Prediction) port(name, key string, otherwise int32) {
	number := otherwise
	if n, err := strconv.ParseInt(p.get(key), 10, 32); err == nil {
		number = int32(n)
	}
	if number > 0 {
		p.from(key, p.at.With("ports", strconv.Itoa(len(p.c.Ports)))...)
		p.c.Ports = append(p.c.Ports, corev1.ContainerPort{Name: name, ContainerPort: number, Protocol: corev1.ProtocolTCP})
	}
}
