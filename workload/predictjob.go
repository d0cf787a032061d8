package workload

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// word is the section of the configuration that speaks of the pod: a server that spark-submit starts is a driver.
func (p *prediction) word() spark.Role {
	if p.s.Role == spark.Executor {
		return spark.Executor
	}
	return spark.Driver
}

// job is the pod that Spark itself makes (deploy/k8s/features: Basic{Driver,Executor}FeatureStep, DriverCommandFeatureStep).
func (p *prediction) job() {
	word := string(p.word())
	at := "spark.kubernetes." + word + "."
	p.prefixed(at+"label.", p.label)
	p.label(spark.LabelRole, word)
	p.prefixed(at+"annotation.", func(name, value string) {
		if p.pod.Annotations == nil {
			p.pod.Annotations = map[string]string{}
		}
		p.pod.Annotations[name] = value
	})
	if image := spark.ImageOf(p.s.Conf, p.word()); image != "" {
		p.c.Image = strings.ReplaceAll(image, "{{SPARK_VERSION}}", p.id.Version.String())
	}
	p.pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	p.resources(word)
	if p.word() == spark.Executor {
		p.executor()
	} else {
		p.driver()
	}
	p.claims(at + "volumes.persistentVolumeClaim.")
	p.operated()
	p.id.Finite = true
}

func (p *prediction) driver() {
	p.c.Command, p.c.Args = nil, []string{"driver", "--properties-file", "/opt/spark/conf/spark.properties", "--class", p.id.MainClass}
	if p.id.MainClass == "" && p.id.Python != nil && *p.id.Python {
		p.c.Args[4] = spark.ClassPython
	}
	if p.c.Args[4] == "" {
		p.c.Args = p.c.Args[:3]
	}
	p.field("SPARK_DRIVER_BIND_ADDRESS", "status.podIP")
	p.prefixed("spark.kubernetes.driverEnv.", p.env)
	p.env("SPARK_CONF_DIR", "/opt/spark/conf")
	p.port(spark.PortNameDriverRPC, "spark.driver.port", spark.PortDriverRPC)
	p.port(spark.PortNameBlockManager, "spark.driver.blockManager.port", spark.PortBlockManager)
	p.port(spark.PortNameUI, "spark.ui.port", spark.PortUI)
	p.pod.Spec.Volumes = append(p.pod.Spec.Volumes, corev1.Volume{Name: "spark-conf-volume-driver",
		VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "spark-drv-conf-map"}}}})
	p.c.VolumeMounts = append(p.c.VolumeMounts, corev1.VolumeMount{Name: "spark-conf-volume-driver", MountPath: "/opt/spark/conf"})
}

func (p *prediction) executor() {
	p.c.Command, p.c.Args = nil, []string{"executor"}
	p.env("SPARK_EXECUTOR_CORES", orDefault(p.get("spark.executor.cores"), "1"))
	p.env("SPARK_EXECUTOR_MEMORY", orDefault(p.get("spark.executor.memory"), strconv.Itoa(spark.DefaultHeapMiB)+"m"))
	p.field("SPARK_EXECUTOR_POD_IP", "status.podIP")
	p.prefixed("spark.executorEnv.", p.env)
	n := 0
	for _, key := range []string{"spark.executor.defaultJavaOptions", keyExecutorOptions} {
		tokens, err := spark.SplitOptions(p.get(key))
		for _, token := range tokens {
			p.env(spark.Channel(spark.Executor)+strconv.Itoa(n), token)
			n++
		}
		if err != nil { // Spark would not start it; nothing is merged into what cannot be read
			p.field(spark.Channel(spark.Executor)+strconv.Itoa(n), "metadata.name")
			n++
		}
	}
}

const keyExecutorOptions = "spark.executor.extraJavaOptions"

func orDefault(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// port adds a port as Spark declares it; where the configuration says 0, Spark chooses and declares none.
func (p *prediction) port(name, key string, otherwise int32) {
	number := otherwise
	if n, err := strconv.ParseInt(p.get(key), 10, 32); err == nil {
		number = int32(n)
	}
	if number > 0 {
		p.c.Ports = append(p.c.Ports, corev1.ContainerPort{Name: name, ContainerPort: number, Protocol: corev1.ProtocolTCP})
	}
}

func (p *prediction) resources(word string) {
	set := func(list *corev1.ResourceList, name corev1.ResourceName, text string) {
		if q, err := quantity.ParseQuantity(text); err == nil {
			if *list == nil {
				*list = corev1.ResourceList{}
			}
			(*list)[name] = q
		}
	}
	r := &p.c.Resources
	at := "spark.kubernetes." + word
	set(&r.Requests, corev1.ResourceCPU, orDefault(p.get(at+".request.cores"), orDefault(p.get("spark."+word+".cores"), "1")))
	if limit := p.get(at + ".limit.cores"); limit != "" {
		set(&r.Limits, corev1.ResourceCPU, limit)
	}
	in := spark.MemoryInput{Version: p.id.Version, Role: spark.Role(word), Conf: p.s.Conf, ClusterMode: true}
	in.Python, in.R = p.get(spark.KeyResourceType) == "python", p.get(spark.KeyResourceType) == "r"
	if memory, err := spark.PodMemory(in); err == nil {
		text := strconv.FormatInt(memory.Total(), 10) + "Mi"
		set(&r.Requests, corev1.ResourceMemory, text)
		set(&r.Limits, corev1.ResourceMemory, text)
	}
}

// claims adds the volumes of claims that the configuration mounts, each of which an fsGroup would concern.
func (p *prediction) claims(prefix string) {
	names := map[string]bool{}
	p.prefixed(prefix, func(rest, _ string) {
		name, _, _ := strings.Cut(rest, ".")
		names[name] = true
	})
	for _, name := range slices.Sorted(maps.Keys(names)) {
		p.pod.Spec.Volumes = append(p.pod.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: orDefault(p.get(prefix+name+".options.claimName"), name)}}})
		if path := p.get(prefix + name + ".mount.path"); path != "" {
			p.c.VolumeMounts = append(p.c.VolumeMounts, corev1.VolumeMount{Name: name, MountPath: path})
		}
	}
}
