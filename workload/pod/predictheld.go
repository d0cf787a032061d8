package pod

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Held is the pod of a template of a workflow, whose container stands at a place: Argo runs it as it is written, with what
// the template and, for lack of that, the whole workflow say of the pod (workflow/controller/workflowpod.go).
func (p *Prediction) Held(container, template, spec patch.Path) {
	h := section{at: template, spec: spec, raw: p.d.Raw}
	if c, ok := in[corev1.Container](h, container); ok {
		name := p.c.Name
		*p.c = c
		if p.c.Name == "" {
			p.c.Name = name
		}
		p.copied(container, p.at...)
	}
	p.pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	for _, at := range []patch.Path{template, spec} {
		each(h, at.With("volumes"), func(v corev1.Volume, from patch.Path) {
			p.copied(from, "spec", "volumes", strconv.Itoa(len(p.pod.Spec.Volumes)))
			p.pod.Spec.Volumes = append(p.pod.Spec.Volumes, v)
		})
		if sc, ok := in[*corev1.PodSecurityContext](h, at.With("securityContext")); ok && p.pod.Spec.SecurityContext == nil {
			p.pod.Spec.SecurityContext = sc
			p.copied(at.With("securityContext"), "spec", "securityContext")
		}
		if name, ok := in[string](h, at.With("serviceAccountName")); ok && p.pod.Spec.ServiceAccountName == "" {
			p.pod.Spec.ServiceAccountName = name
			p.copied(at.With("serviceAccountName"), "spec", "serviceAccountName")
		}
		if pairs, ok := in[map[string]string](h, at.With("nodeSelector")); ok && p.pod.Spec.NodeSelector == nil {
			p.pod.Spec.NodeSelector = pairs
			p.copied(at.With("nodeSelector"), "spec", "nodeSelector")
		}
		each(h, at.With("tolerations"), func(t corev1.Toleration, from patch.Path) {
			p.copied(from, "spec", "tolerations", strconv.Itoa(len(p.pod.Spec.Tolerations)))
			p.pod.Spec.Tolerations = append(p.pod.Spec.Tolerations, t)
		})
		if text, _ := in[string](h, at.With("podSpecPatch")); text != "" {
			p.doubt("the podSpecPatch of the workflow was not read")
		}
	}
}
