package pod

import (
	"maps"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Overrides is what the operator puts into the pods that it has made, before the user's overrides are merged in.
func (p *Prediction) Overrides() {
	role := p.s.At[:len(p.s.At)-1]
	h := section{at: role, spec: patch.Path{"spec"}, raw: p.d.Raw}
	if p.pod.Spec.SecurityContext == nil {
		p.pod.Spec.SecurityContext = &corev1.PodSecurityContext{}
	}
	if sc := p.pod.Spec.SecurityContext; sc.FSGroup == nil {
		group := int64(1000)
		sc.FSGroup = &group
		p.made("spec", "securityContext", "fsGroup")
	}
	if p.pod.Spec.ServiceAccountName == "" && p.s.Role != spark.Executor {
		p.pod.Spec.ServiceAccountName = p.d.Name
		p.made("spec", "serviceAccountName")
	}
	variable := func(e corev1.EnvVar, from patch.Path) {
		if slices.ContainsFunc(p.c.Env, func(o corev1.EnvVar) bool { return o.Name == e.Name }) {
			return
		}
		p.copied(from, p.at.With("env", strconv.Itoa(len(p.c.Env)))...)
		p.c.Env = append(p.c.Env, e)
	}
	overrides, _ := in[map[string]string](h, role.With("envOverrides"))
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		variable(corev1.EnvVar{Name: name, Value: overrides[name]}, role.With("envOverrides", name))
	}
	if p.s.Role == spark.History { // what the role says holds for each of its groups
		whole := role[:len(role)-2].With("envOverrides")
		overrides, _ := in[map[string]string](h, whole)
		for _, name := range slices.Sorted(maps.Keys(overrides)) {
			variable(corev1.EnvVar{Name: name, Value: overrides[name]}, whole.With(name))
		}
		p.historyOptions(h, role[:len(role)-2], role)
	}
	each(h, h.spec.With("env"), variable)
	each(h, h.spec.With("volumes"), func(v corev1.Volume, from patch.Path) {
		p.copied(from, "spec", "volumes", strconv.Itoa(len(p.pod.Spec.Volumes)))
		p.pod.Spec.Volumes = append(p.pod.Spec.Volumes, v)
	})
	each(h, role.With("config", "volumeMounts"), func(m corev1.VolumeMount, from patch.Path) {
		p.copied(from, p.at.With("volumeMounts", strconv.Itoa(len(p.c.VolumeMounts)))...)
		p.c.VolumeMounts = append(p.c.VolumeMounts, m)
	})
	p.doubt("the operator adds log volumes, init containers and affinity", "spec", "initContainers")
	if p.c.Image == "" && p.get("spark.kubernetes.container.image")+p.get("spark.kubernetes."+string(p.word())+".container.image") == "" {
		p.doubt("the operator chooses the image of the version", p.at.With("image")...)
	}
}

// historyOptions are the operator's own options of a History server's JVM, then those that the role adds, then its group's
// (history/config/jvm.rs). A variable of that name among the overrides takes their place.
func (p *Prediction) historyOptions(h section, levels ...patch.Path) {
	const name = "SPARK_HISTORY_OPTS"
	if slices.ContainsFunc(p.c.Env, func(o corev1.EnvVar) bool { return o.Name == name }) {
		return
	}
	options := "-Dlog4j.configurationFile=/stackable/log_config/log4j2.properties -Djava.security.properties=/stackable/spark/conf/security.properties " +
		"-javaagent:/stackable/jmx/jmx_prometheus_javaagent.jar=18081:/stackable/jmx/config.yaml"
	var from patch.Path
	for _, level := range levels {
		each(h, level.With("jvmArgumentOverrides", "add"), func(option string, at patch.Path) {
			options, from = options+" "+option, at
		})
	}
	p.variable(name, options)
	if from != nil {
		value := p.at.With("env", strconv.Itoa(len(p.c.Env)-1), "value")
		p.origins = append(p.origins, Origin{Pod: value, At: from[:len(from)-1], Stands: true})
	}
}

// Stackable is the pod of a Connect or History server, which the operator makes by itself.
func (p *Prediction) Stackable() {
	role := p.s.At[:len(p.s.At)-1]
	script, memory := "/stackable/spark/sbin/start-history-server.sh --properties-file /stackable/spark/conf/spark-defaults.conf", "512Mi"
	if p.s.Role == spark.Connect {
		script, memory = "/stackable/spark/sbin/start-connect-server.sh --deploy-mode client --properties-file /tmp/spark.properties", "1024Mi"
	}
	p.c.Command, p.c.Args = []string{"/bin/bash", "-x", "-euo", "pipefail", "-c"}, []string{script}
	p.made(p.at.With("command")...)
	p.made(p.at.With("args")...)
	p.variable("SPARK_NO_DAEMONIZE", "true")
	if image := p.get("spark.kubernetes.container.image"); image != "" {
		p.c.Image = image
		p.from("spark.kubernetes.container.image", p.at.With("image")...)
	}
	h := section{at: role, spec: patch.Path{"spec"}, raw: p.d.Raw}
	set := func(list *corev1.ResourceList, name corev1.ResourceName, field []string, otherwise string, place string) {
		from := role.With("config").With(append([]string{"resources"}, field...)...)
		text, said := in[string](h, from)
		if !said && p.s.Role == spark.History { // what the role says holds for each of its groups
			from = role[:len(role)-2].With("config").With(append([]string{"resources"}, field...)...)
			text, said = in[string](h, from)
		}
		if !said {
			text = otherwise
		}
		q, err := quantity.ParseQuantity(text)
		if err != nil {
			return
		}
		if *list == nil {
			*list = corev1.ResourceList{}
		}
		if _, has := (*list)[name]; has {
			return // the overrides' word
		}
		(*list)[name] = q
		at := p.at.With("resources", place, string(name))
		if said {
			p.copied(from, at...)
		} else {
			p.made(at...)
		}
	}
	r := &p.c.Resources
	set(&r.Requests, corev1.ResourceCPU, []string{"cpu", "min"}, "250m", "requests")
	set(&r.Limits, corev1.ResourceCPU, []string{"cpu", "max"}, "1", "limits")
	set(&r.Requests, corev1.ResourceMemory, []string{"memory", "limit"}, memory, "requests")
	set(&r.Limits, corev1.ResourceMemory, []string{"memory", "limit"}, memory, "limits")
	if p.s.Role == spark.Connect {
		p.doubt("the operator sets its own probes", p.at.With("readinessProbe")...)
		p.doubt("the operator sets its own probes", p.at.With("livenessProbe")...)
	}
	p.id.Finite = false
}
