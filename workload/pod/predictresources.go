package pod

import (
	"cmp"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// resources are those that Spark gives the container that it runs in.
func (p *Prediction) resources(word string) {
	at := "spark.kubernetes." + word
	cores := at + ".request.cores"
	if p.get(cores) == "" {
		cores = "spark." + word + ".cores"
	}
	p.amount("requests", corev1.ResourceCPU, cmp.Or(p.get(cores), "1"), cores)
	if limit := p.get(at + ".limit.cores"); limit != "" {
		p.amount("limits", corev1.ResourceCPU, limit, at+".limit.cores")
	}
	in := spark.MemoryInput{Version: p.id.Version, Role: spark.Role(word), Conf: p.s.Conf, ClusterMode: true}
	in.Python, in.R = p.get(spark.KeyResourceType) == "python", p.get(spark.KeyResourceType) == "r"
	if memory, err := spark.PodMemory(in); err == nil {
		text := strconv.FormatInt(memory.Total(), 10) + "Mi"
		p.amount("requests", corev1.ResourceMemory, text, "spark."+word+".memory")
		p.amount("limits", corev1.ResourceMemory, text, "spark."+word+".memory")
	}
	prefix := "spark." + word + ".resource."
	p.prefixed(prefix, func(key, name, value string) {
		kind, ok := strings.CutSuffix(name, ".amount")
		if vendor := p.get(prefix + kind + ".vendor"); ok && vendor != "" {
			p.amount("limits", corev1.ResourceName(vendor+"/"+kind), value, key)
		}
	})
}

// amount sets a resource of the container; text that is no quantity sets nothing, and Spark would not start.
func (p *Prediction) amount(list string, name corev1.ResourceName, text, key string) {
	q, err := quantity.ParseQuantity(text)
	if err != nil {
		return
	}
	held := &p.c.Resources.Limits
	if list == "requests" {
		held = &p.c.Resources.Requests
	}
	if *held == nil {
		*held = corev1.ResourceList{}
	}
	(*held)[name] = q
	p.from(key, p.at.With("resources", list, string(name))...)
}
