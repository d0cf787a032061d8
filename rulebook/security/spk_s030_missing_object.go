package security

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func missingObject() *rule.Rule {
	return &rule.Rule{
		Code: "SPK-S030", Name: "missing-object", Level: rule.Error, Area: rule.Security, Client: true,
		Needs: []rule.Key{neighbour.FactObjects},
		Doc: rule.Doc{
			Title: "The pod names an object or key that does not exist",
			Why: "A pod with a missing Secret, ConfigMap or claim waits until it is created (ContainerCreating, CreateContainerConfigError or Pending). " +
				"A pod with a missing ServiceAccount is refused. Only names and keys of Secrets and ConfigMaps are read, never values.",
			Remedy:  "create the object, correct the name or key, or mark the reference optional",
			Levels:  "a warning for a pull secret, because the image may be public or already on the node",
			Since:   "0.1.0",
			Sources: []string{"Kubernetes: volumes, envFrom and valueFrom with optional; ServiceAccount admission", "kubeflow/spark-operator issue 2459"},
		},
		Inspect: rule.Pod(func(p *rule.PodPass) {
			objects, _ := rule.Get(p, neighbour.FactObjects)
			if p.Main() == nil {
				return
			}
			reported := map[string]bool{}
			all := references(&p.Template().Spec)
			for i, r := range all {
				tellReference(p, objects, r, all[i+1:], reported)
			}
		}),
	}
}

// reference is an object, and of some a key, that a pod names at a place.
type reference struct {
	at              rule.Path
	kind, name, key string
}

func references(spec *corev1.PodSpec) (refs []reference) {
	if name := spec.ServiceAccountName; name != "" {
		refs = append(refs, reference{rule.Path{"spec", "serviceAccountName"}, "ServiceAccount", name, ""})
	}
	for i := range spec.ImagePullSecrets {
		refs = append(refs, reference{rule.Path{"spec", "imagePullSecrets", strconv.Itoa(i)}, "pull Secret", spec.ImagePullSecrets[i].Name, ""})
	}
	for _, list := range []struct {
		field      string
		containers []corev1.Container
	}{{"initContainers", spec.InitContainers}, {"containers", spec.Containers}} {
		for i := range list.containers {
			refs = append(refs, ofContainer(rule.Path{"spec", list.field, strconv.Itoa(i)}, &list.containers[i])...)
		}
	}
	for i := range spec.Volumes {
		refs = append(refs, ofVolume(rule.Path{"spec", "volumes", strconv.Itoa(i)}, &spec.Volumes[i])...)
	}
	return refs
}

func ofContainer(at rule.Path, c *corev1.Container) (refs []reference) {
	for i := range c.Env {
		from := c.Env[i].ValueFrom
		one := at.With("env", strconv.Itoa(i))
		switch {
		case from == nil:
		case from.SecretKeyRef != nil && !isTrue(from.SecretKeyRef.Optional):
			refs = append(refs, reference{one, "Secret", from.SecretKeyRef.Name, from.SecretKeyRef.Key})
		case from.ConfigMapKeyRef != nil && !isTrue(from.ConfigMapKeyRef.Optional):
			refs = append(refs, reference{one, "ConfigMap", from.ConfigMapKeyRef.Name, from.ConfigMapKeyRef.Key})
		}
	}
	for i := range c.EnvFrom {
		one := at.With("envFrom", strconv.Itoa(i))
		if s := c.EnvFrom[i].SecretRef; s != nil && !isTrue(s.Optional) {
			refs = append(refs, reference{one, "Secret", s.Name, ""})
		}
		if m := c.EnvFrom[i].ConfigMapRef; m != nil && !isTrue(m.Optional) {
			refs = append(refs, reference{one, "ConfigMap", m.Name, ""})
		}
	}
	return refs
}

func ofVolume(at rule.Path, v *corev1.Volume) (refs []reference) {
	list := func(kind, name string, items []corev1.KeyToPath, optional *bool) {
		if isTrue(optional) {
			return
		}
		refs = append(refs, reference{at, kind, name, ""})
		for _, item := range items {
			refs = append(refs, reference{at, kind, name, item.Key})
		}
	}
	switch {
	case v.Secret != nil:
		list("Secret", v.Secret.SecretName, v.Secret.Items, v.Secret.Optional)
	case v.ConfigMap != nil:
		// Kubeflow's operator makes it with the pod of a Connect server.
		if items := v.ConfigMap.Items; v.Name != "spark-conf" || len(items) != 1 || items[0].Key != "executor-pod-template.yaml" {
			list("ConfigMap", v.ConfigMap.Name, items, v.ConfigMap.Optional)
		}
	case v.PersistentVolumeClaim != nil:
		refs = append(refs, reference{at, "PersistentVolumeClaim", v.PersistentVolumeClaim.ClaimName, ""})
	case v.Projected != nil:
		for _, source := range v.Projected.Sources {
			if s := source.Secret; s != nil {
				list("Secret", s.Name, s.Items, s.Optional)
			}
			if m := source.ConfigMap; m != nil {
				list("ConfigMap", m.Name, m.Items, m.Optional)
			}
		}
	}
	return refs
}

func isTrue(b *bool) bool { return b != nil && *b }

// madeBySpark says whether Spark or an operator makes the object with the pod.
func madeBySpark(r reference) bool {
	switch r.kind {
	case "PersistentVolumeClaim":
		return strings.EqualFold(r.name, "OnDemand") || strings.Contains(r.name, "SPARK_EXECUTOR_ID")
	case "ConfigMap":
		for _, mark := range []string{"spark-drv-", "spark-exec-", "-conf-map", "-prom-conf", "-hadoop-config", "-krb5-file", "-prometheus"} {
			if strings.Contains(r.name, mark) {
				return true
			}
		}
	case "Secret":
		return strings.HasSuffix(r.name, "-kubernetes-credentials") || strings.HasSuffix(r.name, "-kerberos-keytab") || strings.HasSuffix(r.name, "-delegation-tokens")
	}
	return false
}

// tellReference tells of an object that is missing, or of a key, with every place that names it. reported holds those of earlier calls.
func tellReference(p *rule.PodPass, objects neighbour.Objects, r reference, rest []reference, reported map[string]bool) {
	kind := strings.TrimPrefix(r.kind, "pull ")
	whole, part := fmt.Sprintf("%s %q", kind, r.name), kind+" "+r.name+" "+r.key
	if r.name == "" || madeBySpark(r) || reported[whole] || reported[part] {
		return
	}
	waits, create := "the pod waits for it and does not start", "create "+whole
	p.Level(rule.Error)
	switch r.kind {
	case "ServiceAccount":
		waits = "the pod is refused"
	case "pull Secret":
		p.Level(rule.Warning)
		waits, create = "a private image cannot be pulled", "create it with kubectl create secret docker-registry "+r.name
	}
	also := func(same func(reference) bool) {
		for _, other := range rest {
			if other.kind == r.kind && other.name == r.name && same(other) && other.at.Pointer() != r.at.Pointer() {
				p.Also(other.at)
			}
		}
	}
	switch exists := objects.Has(kind, r.name); {
	case exists == spark.No:
		reported[whole] = true
		also(func(reference) bool { return true })
		p.Summary("%s, or correct the name in %s", create, namedIn(r.at))
		p.Report(r.at, "%s does not exist; %s", label(r, whole), waits)
	case exists == spark.Unknown:
		p.NotKnown("to know whether %s exists", whole)
	case r.key != "" && objects.HasKey(kind, r.name, r.key) == spark.No:
		reported[part] = true
		also(func(other reference) bool { return other.key == r.key })
		p.Summary("add key %q to %s, or correct the key in %s", r.key, whole, namedIn(r.at))
		p.Report(r.at, "%s has no key %q; %s", whole, r.key, waits)
	}
}

// label names an object: Secrets of several types can be missing.
func label(r reference, whole string) string {
	if r.kind == "pull Secret" {
		return "image pull " + whole
	}
	return whole
}

// namedIn is the field of the pod that names an object.
func namedIn(at rule.Path) string { return at[1:].Field() + " of the pod" }
