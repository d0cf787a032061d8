package rule

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Options are what whoever runs the rules brings along.
type Options struct {
	Profile Profile         // where neither pod nor namespace names one; empty: standard
	Images  spark.Catalogue // facts of private images
}

// Subject makes the input for a pod or a pod template: who it is, what is wanted of it, and what its image is.
// raw is the JSON that the template was decoded from. Settings that mean nothing are named in problems.
func Subject(raw []byte, template *corev1.PodTemplateSpec, namespace Marks, o Options) (in Input, problems []string) {
	in = Input{Template: template, Raw: raw, Identity: spark.Identify(&template.ObjectMeta, &template.Spec)}
	if o.Profile == "" {
		o.Profile = Standard
	}
	in.Settings, problems = Resolve(Marks{Labels: template.Labels, Annotations: template.Annotations}, namespace, o.Profile)
	if in.Identity.Container < 0 {
		return in, problems
	}
	var own *spark.Image
	if text, has := template.Annotations[ImageAnnotation]; has {
		if image, err := spark.ParseImageAnnotation(text); err == nil {
			own = &image
		} else {
			problems = append(problems, "annotation "+ImageAnnotation+": "+err.Error())
		}
	}
	if facts, known := o.Images.Facts(template.Spec.Containers[in.Identity.Container].Image, own); known {
		in.Image = &facts
		if !in.Identity.Version.Known() {
			in.Identity.Version = facts.Spark
		}
	}
	return in, problems
}

// AdmitPod is what the webhook and inject do with a pod or a pod template: Subject, then Admit.
func (s *Set) AdmitPod(raw []byte, template *corev1.PodTemplateSpec, namespace Marks, o Options) (Admitted, []string, error) {
	in, problems := Subject(raw, template, namespace, o)
	out, err := s.Admit(in)
	return out, problems, err
}
