package pod

import (
	"encoding/json"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// section is what a Kubeflow resource says of one pod that the operator's own webhook puts there, behind what Spark did.
type section struct {
	at, spec patch.Path
	raw      []byte // the resource
}

// in reads a field of the section, or of the specification above it. One of another type than the operator's own counts as
// absent: the API server takes none.
func in[T any](h section, at patch.Path) (v T, ok bool) {
	raw, ok := patch.Lookup(h.raw, at)
	if !ok || string(raw) == "null" || kjson.Unmarshal(raw, &v) != nil {
		var none T
		return none, false
	}
	return v, true
}

// each reads a list of the section, element by element, and gives each with its place.
func each[T any](h section, at patch.Path, use func(one T, at patch.Path)) {
	list, _ := in[[]json.RawMessage](h, at)
	for i := range list {
		place := at.With(strconv.Itoa(i))
		if one, ok := in[T](h, place); ok {
			use(one, place)
		}
	}
}

// operated adds what the operator's webhook brings to a pod, in the order in which it does
// (internal/webhook/sparkpod_defaulter.go).
func (p *Prediction) operated() {
	at := p.s.Section
	if at == nil {
		return
	}
	h := section{at: at, spec: at[:len(at)-1], raw: p.d.Raw}
	if first := p.first(); first >= 0 {
		main := p.at
		p.c, p.at = &p.pod.Spec.Containers[first], patch.Path{"spec", "containers", strconv.Itoa(first)}
		defer func() { p.at = main }()
	}
	each(h, at.With("env"), func(e corev1.EnvVar, from patch.Path) {
		p.copied(from, p.at.With("env", strconv.Itoa(len(p.c.Env)))...)
		p.c.Env = append(p.c.Env, e)
	})
	each(h, at.With("envFrom"), func(e corev1.EnvFromSource, from patch.Path) {
		p.copied(from, p.at.With("envFrom", strconv.Itoa(len(p.c.EnvFrom)))...)
		p.c.EnvFrom = append(p.c.EnvFrom, e)
	})
	p.configMaps(h)
	p.sectionVolumes(h)
	each(h, at.With("ports"), func(port corev1.ContainerPort, from patch.Path) {
		p.copied(from, p.at.With("ports", strconv.Itoa(len(p.c.Ports)))...)
		p.c.Ports = append(p.c.Ports, corev1.ContainerPort{Name: port.Name, ContainerPort: port.ContainerPort, Protocol: port.Protocol})
	})
	p.podWide(h)
	p.sectionResources(h)
	p.agent(h)
	if sc, ok := in[*corev1.SecurityContext](h, at.With("securityContext")); ok {
		p.c.SecurityContext = sc
		p.copied(at.With("securityContext"), p.at.With("securityContext")...)
	}
	if hooks, ok := in[*corev1.Lifecycle](h, at.With("lifecycle")); ok {
		p.c.Lifecycle = hooks
		p.copied(at.With("lifecycle"), p.at.With("lifecycle")...)
	}
	p.containers(h) // last of all here, for the list may move with it
}

// first is the container that the webhook edits in the place of Spark's own, which it knows by its name alone: of others it takes the first,
// and Spark puts its own behind those of a template. -1 where it edits Spark's.
func (p *Prediction) first() int {
	if p.c.Name == spark.ContainerName(p.word()) || p.word() == spark.Executor && p.c.Name == "executor" {
		return -1
	}
	return slices.IndexFunc(p.pod.Spec.Containers, func(c corev1.Container) bool { return c.Name != p.c.Name })
}

// podWide are the fields of the pod around its containers.
func (p *Prediction) podWide(h section) {
	spec := &p.pod.Spec
	if on, _ := in[bool](h, h.at.With("hostNetwork")); on {
		spec.HostNetwork, spec.DNSPolicy = true, corev1.DNSClusterFirstWithHostNet
		p.copied(h.at.With("hostNetwork"), "spec", "hostNetwork")
		p.made("spec", "dnsPolicy")
	}
	each(h, h.at.With("hostAliases"), func(a corev1.HostAlias, from patch.Path) {
		p.copied(from, "spec", "hostAliases", strconv.Itoa(len(spec.HostAliases)))
		spec.HostAliases = append(spec.HostAliases, a)
	})
	if v, ok := in[*corev1.PodDNSConfig](h, h.at.With("dnsConfig")); ok {
		spec.DNSConfig = v
		p.copied(h.at.With("dnsConfig"), "spec", "dnsConfig")
	}
	if v, _ := in[string](h, h.at.With("priorityClassName")); v != "" {
		spec.PriorityClassName, spec.Priority, spec.PreemptionPolicy = v, nil, nil
		p.copied(h.at.With("priorityClassName"), "spec", "priorityClassName")
	}
	scheduler := h.spec.With("batchScheduler") // wins over the section's
	if _, ok := in[string](h, scheduler); !ok {
		scheduler = h.at.With("schedulerName")
	}
	if v, _ := in[string](h, scheduler); v != "" {
		spec.SchedulerName = v
		p.copied(scheduler, "spec", "schedulerName")
	}
	labels, _ := in[map[string]string](h, h.at.With("nodeSelector"))
	for name, value := range labels {
		p.selector("", name, value)
		p.copied(h.at.With("nodeSelector", name), "spec", "nodeSelector", name)
	}
	if v, ok := in[*corev1.Affinity](h, h.at.With("affinity")); ok {
		spec.Affinity = v
		p.copied(h.at.With("affinity"), "spec", "affinity")
	}
	each(h, h.at.With("tolerations"), func(t corev1.Toleration, from patch.Path) {
		p.copied(from, "spec", "tolerations", strconv.Itoa(len(spec.Tolerations)))
		spec.Tolerations = append(spec.Tolerations, t)
	})
	if v, ok := in[*corev1.PodSecurityContext](h, h.at.With("podSecurityContext")); ok {
		spec.SecurityContext = v
		p.copied(h.at.With("podSecurityContext"), "spec", "securityContext")
	}
	if v, ok := in[*int64](h, h.at.With("terminationGracePeriodSeconds")); ok {
		spec.TerminationGracePeriodSeconds = v
		p.copied(h.at.With("terminationGracePeriodSeconds"), "spec", "terminationGracePeriodSeconds")
	}
	if on, _ := in[bool](h, h.at.With("shareProcessNamespace")); on {
		spec.ShareProcessNamespace = &on
		p.copied(h.at.With("shareProcessNamespace"), "spec", "shareProcessNamespace")
	}
}

// containers are those beside Spark's. One that is there by name and image is not put there again.
func (p *Prediction) containers(h section) {
	add := func(list *[]corev1.Container, field, name string) {
		each(h, h.at.With(field), func(c corev1.Container, from patch.Path) {
			if !slices.ContainsFunc(*list, func(o corev1.Container) bool { return o.Name == c.Name && o.Image == c.Image }) {
				p.copied(from, "spec", name, strconv.Itoa(len(*list)))
				*list = append(*list, c)
			}
		})
	}
	add(&p.pod.Spec.InitContainers, "initContainers", "initContainers")
	add(&p.pod.Spec.Containers, "sidecars", "containers")
	p.c = &p.pod.Spec.Containers[p.id.Container]
}

// AgentPort is where the agent listens.
func AgentPort(raw []byte, prometheus patch.Path) int32 {
	if port, ok := in[int32](section{raw: raw}, prometheus.With("port")); ok {
		return port
	}
	return 8090
}
