package pod

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// version is the image's where the owner names none.
func (p *Prediction) version() {
	if !p.id.Version.Known() {
		facts, _ := spark.Facts(p.c.Image, nil)
		p.id.Version = facts.Spark
	}
}

// hardened is what Spark itself says of privileges, from 4.3.0 on, over whatever a template has. An operator makes drivers
// by a Spark of its own, of another version than the application's.
func (p *Prediction) hardened() {
	if !p.id.Version.AtLeast(4, 3) || !p.s.Launcher.Traits().Submits && p.word() == spark.Driver {
		return
	}
	key := "spark.kubernetes.securityContext.allowPrivilegeEscalation"
	if own := "spark.kubernetes." + string(p.word()) + ".securityContext.allowPrivilegeEscalation"; p.get(own) != "" {
		key = own
	}
	allowed := p.get(key) == "true"
	if p.c.SecurityContext == nil {
		p.c.SecurityContext = &corev1.SecurityContext{}
	}
	p.c.SecurityContext.AllowPrivilegeEscalation = &allowed
	p.from(key, p.at.With("securityContext", "allowPrivilegeEscalation")...)
}

// resizable is what Spark says of executors from 4.2.0 on, behind what a template says: the kubelet changes their resources and leaves
// them running (SPARK-55431; BasicExecutorFeatureStep).
func (p *Prediction) resizable() {
	if !p.id.Version.AtLeast(4, 2) {
		return
	}
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		p.made(p.at.With("resizePolicy", strconv.Itoa(len(p.c.ResizePolicy)))...)
		p.c.ResizePolicy = append(p.c.ResizePolicy, corev1.ContainerResizePolicy{ResourceName: name, RestartPolicy: corev1.NotRequired})
	}
}

// Guarded doubts what Apache's operator says of the privileges of the containers that it makes itself: it forbids their
// escalation from 1.0 on where nothing is said (SecurityContextDecorator), and a resource does not tell the operator's version.
func (p *Prediction) Guarded() {
	for list, containers := range map[string][]corev1.Container{"containers": p.pod.Spec.Containers, "initContainers": p.pod.Spec.InitContainers} {
		for i := range containers {
			if sc := containers[i].SecurityContext; sc == nil || sc.AllowPrivilegeEscalation == nil {
				p.doubt("the operator sets it from version 1.0 on", "spec", list, strconv.Itoa(i), "securityContext", "allowPrivilegeEscalation")
			}
		}
	}
}

// templateFile doubts the whole pod where spark-submit takes a template that is not part of the document, or may take one.
func (p *Prediction) templateFile() {
	file := p.get("spark.kubernetes." + string(p.word()) + ".podTemplateFile")
	switch {
	case p.d.Operator() != "" && (!p.s.Missing || p.s.Launcher.Traits().OwnTemplates):
		return // the operator writes the file itself, from the resource's template
	case file != "" && p.s.Apart:
		p.doubt("its pod template " + file + " is judged by itself")
	case file != "":
		p.doubt("the pod template " + file + " was not read: give it, too")
	case p.d.Submits():
		p.doubt("spark-submit may be given a pod template and more settings")
	case p.s.BySubmit != nil && p.s.Section == nil:
		if why := p.s.BySubmit.Partial(); len(why) > 0 {
			p.doubt(why[0])
		}
	}
}
