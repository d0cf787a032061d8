package generator

import (
	"bytes"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// container sets the fields of Spark's container that injection edits or looks at.
func (g *generator) container(pod *corev1.Pod) {
	c := &pod.Spec.Containers[0]
	for _, name := range []string{"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "SPARK_SUBMIT_OPTS", "SPARK_DAEMON_JAVA_OPTS", "MALLOC_ARENA_MAX", "SPARK_HISTORY_OPTS"} {
		for range pick(g, 0, 0, 0, 1, 1, 2) { // twice: the last one counts
			v := corev1.EnvVar{Name: name, Value: pick(g, options()...)}
			switch g.IntN(12) {
			case 0:
				v = corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}}
			case 1:
				v = corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "opts"}, Key: "k"}}}
			case 2:
				v.Value = pick(g, "1", "4", "")
			}
			c.Env = append(c.Env, v)
		}
	}
	for i := range pick(g, 0, 2, 20, 60) {
		c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("TEAM_%d", i), Value: fmt.Sprint(i)})
	}
	g.Shuffle(len(c.Env), func(i, j int) { c.Env[i], c.Env[j] = c.Env[j], c.Env[i] })
	if g.one(10) {
		c.EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}}}}
	}
	if g.one(20) {
		c.Command = []string{"/bin/sh", "-c", "exec /opt/entrypoint.sh " + strings.Join(c.Args, " ")}
	}
	c.Resources = g.resources()
	c.SecurityContext = g.security()
	c.StartupProbe, c.ReadinessProbe, c.LivenessProbe = g.probe(), g.probe(), g.probe()
	if g.one(12) {
		c.RestartPolicy = maybe(g, corev1.ContainerRestartPolicyNever, corev1.ContainerRestartPolicyAlways, corev1.ContainerRestartPolicyOnFailure)
	}
}

func (g *generator) resources() (r corev1.ResourceRequirements) {
	for _, list := range []*corev1.ResourceList{&r.Requests, &r.Limits} {
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
			if !g.one(3) {
				continue
			}
			if *list == nil {
				*list = corev1.ResourceList{}
			}
			(*list)[name] = resource.MustParse(pick(g, "1", "2Gi", "500m", "0", "1536Mi", "0.5", "100e6", "64Mi", "9223372036854775807"))
		}
	}
	return r
}

func (g *generator) security() *corev1.SecurityContext {
	if g.one(3) {
		return nil
	}
	sc := &corev1.SecurityContext{
		Privileged: maybe(g, true, false), RunAsUser: maybe[int64](g, 0, 185, 1001, 65534), RunAsGroup: maybe[int64](g, 0, 185), RunAsNonRoot: maybe(g, true, false),
		AllowPrivilegeEscalation: maybe(g, true, false), ReadOnlyRootFilesystem: maybe(g, true, false), SeccompProfile: g.seccomp(),
	}
	if g.one(2) {
		sc.Capabilities = &corev1.Capabilities{Add: pick(g, nil, []corev1.Capability{"SYS_ADMIN"}, []corev1.Capability{"NET_BIND_SERVICE"}, []corev1.Capability{"CAP_SYS_ADMIN"}, []corev1.Capability{"ALL"}),
			Drop: pick(g, nil, []corev1.Capability{"ALL"}, []corev1.Capability{"NET_RAW"}, []corev1.Capability{"all"}, []corev1.Capability{"KILL", "ALL"})}
	}
	return sc
}

func (g *generator) seccomp() *corev1.SeccompProfile {
	path := "spark.json"
	return pick(g, nil, nil, &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}, &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeUnconfined},
		&corev1.SeccompProfile{Type: corev1.SeccompProfileTypeLocalhost, LocalhostProfile: &path})
}

func (g *generator) probe() *corev1.Probe {
	switch g.IntN(6) {
	case 0:
		return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: pick(g, intstr.FromInt32(8080), intstr.FromString("web"))}}}
	case 1:
		return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"true"}}}, PeriodSeconds: 3}
	}
	return nil
}

// volumes sets volumes and mounts: those of ours, others by their names, and others at their paths, above and below.
func (g *generator) volumes(pod *corev1.Pod) {
	c := &pod.Spec.Containers[0]
	paths := []string{"/var/log/spark-gc", "/var/log/spark-gc/", "/var/log", "/var/log/spark-gc/gc.log", "/var/log/spark-heap-dump", "/tmp", "/opt/spark/work-dir", "/opt/spark/logs", "/opt/spark/conf", "/data"}
	for i := range g.IntN(4) {
		v := corev1.Volume{Name: pick(g, "kubectl-spark-gc-log", "kubectl-spark-heap-dump", "kubectl-spark-tmp", "kubectl-spark-work-dir", fmt.Sprintf("data-%d", i))}
		size := resource.MustParse("64Mi")
		v.VolumeSource = pick(g, corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}, corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: &size}},
			corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/log"}}, corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "c"}},
			corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "conf"}}})
		if v.PersistentVolumeClaim != nil && g.one(3) {
			c.VolumeDevices = append(c.VolumeDevices, corev1.VolumeDevice{Name: v.Name, DevicePath: pick(g, paths...)})
		} else if !g.one(4) {
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: v.Name, MountPath: pick(g, paths...), ReadOnly: g.one(4)})
		}
		pod.Spec.Volumes = append(pod.Spec.Volumes, v)
	}
}

// pod sets the fields of the pod itself.
func (g *generator) pod(pod *corev1.Pod) {
	if g.one(2) {
		pod.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsUser: maybe[int64](g, 0, 185, 1000), RunAsNonRoot: maybe(g, true, false),
			FSGroup: maybe[int64](g, 0, 185, 2000), FSGroupChangePolicy: maybe(g, corev1.FSGroupChangeAlways, corev1.FSGroupChangeOnRootMismatch), SeccompProfile: g.seccomp()}
	}
	if g.one(12) {
		pod.Spec.Resources = &corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(pick(g, "1Gi", "32Gi"))}}
	}
	if g.one(20) {
		pod.Spec.OS = &corev1.PodOS{Name: pick(g, corev1.Windows, corev1.Linux)}
	}
	pod.Spec.HostNetwork = g.one(20)
	pod.Spec.EnableServiceLinks = maybe(g, true, true, false)
	pod.Spec.TerminationGracePeriodSeconds = maybe[int64](g, 0, 30, 600)
}

// others sets containers beside Spark's, before and behind it.
func (g *generator) others(pod *corev1.Pod) {
	image := pod.Spec.Containers[0].Image
	for i := range pick(g, 0, 0, 1, 3) {
		always := corev1.ContainerRestartPolicyAlways
		c := corev1.Container{Name: fmt.Sprintf("beside-%d", i), Image: pick(g, image, "istio/proxyv2:1.27", "busybox"), SecurityContext: g.security()}
		switch g.IntN(3) {
		case 0:
			c.RestartPolicy = &always
			fallthrough
		case 1:
			pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
		default:
			pod.Spec.Containers = append(pod.Spec.Containers, c)
		}
	}
	if len(pod.Spec.Containers) > 1 && g.one(2) {
		last := len(pod.Spec.Containers) - 1
		pod.Spec.Containers[0], pod.Spec.Containers[last] = pod.Spec.Containers[last], pod.Spec.Containers[0]
	}
}

// annotations sets those that injection sets, and those that steer it.
func (g *generator) annotations(pod *corev1.Pod) {
	values := map[string][]string{
		"prometheus.io/scrape": {"true", "false", ""}, "prometheus.io/port": {"4040", "8090", "", "x"}, "prometheus.io/path": {"/metrics/prometheus/", "/metrics/executors/prometheus", ""},
		"cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes": {"kubectl-spark-gc-log", "data-0", ""},
		"kubectl-spark.io/profile":                                     {"safe", "bold", ""}, "kubectl-spark.io/want": {"SPK-S011/readOnlyRoot", "SPK-M025", "SPK-S011,SPK-M025,SPK-P053,SPK-P999/x", "SPK-P053", ","},
		"kubectl-spark.io/skip": {"SPK-M024", "SPK-S011/capabilities, SPK-P044", "x"}, "kubectl-spark.io/image": {"{uid: 185, java: 17, spark: 3.5.9, entrypoint: spark}", `{"uid": 1001, "java": 21, "libc": "glibc"}`, "{uid: 0}", "{java: 8}", "{uid: x}", "{"},
		"team/notes~/": {"\u00e9\u2028", strings.Repeat("long ", 2000)}, "seccomp.security.alpha.kubernetes.io/pod": {"runtime/default"},
	}
	for _, key := range []string{"prometheus.io/scrape", "prometheus.io/port", "prometheus.io/path", "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes", "kubectl-spark.io/profile",
		"kubectl-spark.io/want", "kubectl-spark.io/skip", "kubectl-spark.io/image", "team/notes~/", "seccomp.security.alpha.kubernetes.io/pod"} {
		n := 5
		if key == "team/notes~/" || strings.HasPrefix(key, "seccomp") {
			n = 40
		}
		if !g.one(n) {
			continue
		}
		if pod.Annotations == nil {
			pod.Annotations = map[string]string{}
		}
		pod.Annotations[key] = pick(g, values[key]...)
	}
}

// odd writes some fields as nobody's client does, but a file may: empty, or null.
func (g *generator) odd(raw []byte) []byte {
	if !g.one(3) {
		return raw
	}
	for _, place := range []struct {
		behind string
		fields []string
	}{
		{`"metadata":{`, []string{`"annotations":`}},
		{`"spec":{`, []string{`"volumes":`, `"securityContext":`, `"initContainers":`}},
		{`"containers":[{`, []string{`"env":`, `"volumeMounts":`, `"securityContext":`, `"resources":`, `"livenessProbe":`, `"envFrom":`}},
	} {
		for _, field := range place.fields {
			at := bytes.Index(raw, []byte(place.behind))
			if at < 0 || bytes.Contains(raw, []byte(field)) || !g.one(3) {
				continue
			}
			at += len(place.behind)
			empty := pick(g, "null", "{}")
			if empty == "{}" && (strings.HasSuffix(field, `nv":`) || strings.HasSuffix(field, `s":`) && field != `"resources":` && field != `"annotations":` || field == `"envFrom":`) {
				empty = "[]"
			}
			if field == `"livenessProbe":` {
				empty = "null"
			}
			raw = bytes.Join([][]byte{raw[:at], []byte(field + empty + ","), raw[at:]}, nil)
		}
	}
	return raw
}
