package workload

import (
	"encoding/json"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// section is what a Kubeflow resource says of one pod that its own webhook puts there (internal/webhook/sparkpod_defaulter.go).
type section struct {
	Env                []corev1.EnvVar            `json:"env"`
	EnvFrom            []corev1.EnvFromSource     `json:"envFrom"`
	VolumeMounts       []corev1.VolumeMount       `json:"volumeMounts"`
	SecurityContext    *corev1.SecurityContext    `json:"securityContext"`
	PodSecurityContext *corev1.PodSecurityContext `json:"podSecurityContext"`
}

// sectionAt is where a Kubeflow application speaks of the slot's pod; nil for other owners.
func sectionAt(d *Document, s *Slot) patch.Path {
	if groupOf(d) != groupKubeflow || d.Kind == "SparkConnect" || len(s.At) == 0 {
		return nil
	}
	return s.At[:len(s.At)-1]
}

// operated adds what the operator's webhook brings to a pod: variables and volumes behind the others, security contexts
// in the place of others.
func (p *prediction) operated() {
	at := sectionAt(p.d, p.s)
	if at == nil {
		return
	}
	var held section
	if raw, ok := patch.Lookup(p.d.Raw, at); !ok || json.Unmarshal(raw, &held) != nil {
		return
	}
	var volumes []corev1.Volume
	if raw, ok := patch.Lookup(p.d.Raw, at[:len(at)-1].With("volumes")); ok && json.Unmarshal(raw, &volumes) != nil {
		return
	}
	for _, e := range held.Env {
		p.c.Env = slices.DeleteFunc(p.c.Env, func(old corev1.EnvVar) bool { return old.Name == e.Name && old.Value == e.Value && e.ValueFrom == nil })
		p.c.Env = append(p.c.Env, e)
	}
	p.c.EnvFrom = append(p.c.EnvFrom, held.EnvFrom...)
	for _, m := range held.VolumeMounts {
		i := slices.IndexFunc(volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		if i < 0 {
			continue
		}
		if !slices.ContainsFunc(p.pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name }) {
			p.pod.Spec.Volumes = append(p.pod.Spec.Volumes, volumes[i])
		}
		p.c.VolumeMounts = append(p.c.VolumeMounts, m)
	}
	if held.SecurityContext != nil {
		p.c.SecurityContext = held.SecurityContext
	}
	if held.PodSecurityContext != nil {
		p.pod.Spec.SecurityContext = held.PodSecurityContext
	}
}

// connect is the pod that Kubeflow's operator makes for a Connect server (internal/controller/sparkconnect).
func (p *prediction) connect() {
	if p.c.Image == "" {
		p.c.Image = p.get("spark.kubernetes.container.image")
	}
	p.c.Command = []string{"bash", "-c"}
	p.c.Args = []string{"${SPARK_HOME}/sbin/start-connect-server.sh --master k8s://https://kubernetes.default.svc"}
	p.field("POD_IP", "status.podIP")
	p.env("SPARK_NO_DAEMONIZE", "true")
	p.id.Finite = p.pod.Spec.RestartPolicy == corev1.RestartPolicyNever || p.pod.Spec.RestartPolicy == corev1.RestartPolicyOnFailure
}

// daemon is the pod of an Apache SparkCluster's master or worker (SparkClusterResourceSpec).
func (p *prediction) daemon() {
	p.c.Image = orDefault(p.get("spark.kubernetes.container.image"), p.c.Image)
	word := string(p.s.Role)
	p.label(spark.LabelRole, word)
	var options strings.Builder
	for _, key := range p.s.Conf.Keys() {
		options.WriteString("-D" + key + `="` + p.get(key) + `" `)
	}
	script := "start-master.sh"
	port, web := int32(8080), []corev1.ContainerPort{{Name: "spark", ContainerPort: 7077, Protocol: corev1.ProtocolTCP}, {Name: "rest", ContainerPort: 6066, Protocol: corev1.ProtocolTCP}}
	if p.s.Role == spark.Worker {
		script = "start-worker.sh"
		port, web = 8081, nil
		p.env("SPARK_LOG_DIR", "/opt/spark/work/logs")
	}
	p.env("SPARK_"+strings.ToUpper(word)+"_OPTS", options.String())
	p.c.Command = append(p.c.Command, "bash")
	p.c.Args = append(p.c.Args, "-c", "/opt/spark/sbin/"+script)
	p.c.Ports = append(append(p.c.Ports, corev1.ContainerPort{Name: "web", ContainerPort: port, Protocol: corev1.ProtocolTCP}), web...)
}
